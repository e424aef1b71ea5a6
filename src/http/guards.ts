/** What stands before a handler, by name, in the guard column of routes.ts. A guard lets through or throws. */
import type { Context } from 'koa'
import type { Principal } from '../oidc/bearer.ts'
import type { Place } from '../ports.ts'
import type { Desk } from './desk.ts'
import type { Forms } from './forms.ts'
import { bearerToken, isCrossSite, readJson } from './input.ts'
import { insufficientScope, invalidToken, ProblemError, stepUpRequired } from './management/problem.ts'
import { findVisit, NotSignedIn, refuseOutsiders } from './visit.ts'

export interface Guard {
  readonly name: string
  readonly check: (desk: Desk, forms: Forms, ctx: Context) => Promise<void>
}

/** A form of ours, from our own page, in the browser that it was shown in. */
export const form: Guard = {
  name: 'form',
  async check(_desk, forms, ctx) {
    ctx.state['submitted'] = await forms.receive(ctx)
  },
}

/** What a client may do for itself: a leaked key of a machine must not be able to change anything. */
const forMachines = new Set(['users:read', 'two-factor:read', 'audit:read'])

/**
 * The acting person of a management call: a live token of theirs for this API, with a second factor, the scope and a role. Or a
 * machine that only looks: then there is no acting person.
 */
export const may = (scope: string): Guard => ({
  name: `may ${scope}`,
  async check(desk, _forms, ctx) {
    const token = bearerToken(ctx)
    // Whole before anybody is looked up: whoever lets it trickle in would act with a role that was taken away meanwhile. What is wrong
    // with it is said in its turn.
    if (token !== null && ctx.method !== 'GET' && ctx.method !== 'HEAD') await readJson(ctx).catch(() => null)
    const principal = token === null ? null : await desk.bearer.principal(token, desk.managementResource)
    if (!principal) {
      const machine = token === null ? null : await desk.bearer.machine(token, desk.managementResource)
      if (!machine) throw new ProblemError(invalidToken)
      if (!forMachines.has(scope) || !machine.scopes.has(scope)) throw new ProblemError(insufficientScope(scope))
      return
    }
    if (principal.acr !== desk.twoFactorAcr || principal.secondFactorAt === null)
      throw new ProblemError(stepUpRequired(desk, 'This needs a sign-in with a second factor.'))
    const { roles } = principal.person
    const acting = roles.includes('admin') || roles.includes('helpdesk')
    if (!acting || !principal.scopes.has(scope)) throw new ProblemError(insufficientScope(scope))
    ctx.state['principal'] = principal
  },
})

/** A visitor of the console or of their own account, whose session at the provider is alive. */
export const signedIn = (place: Place): Guard => ({
  name: `signedIn ${place}`,
  async check(desk, _forms, ctx) {
    const visit = await findVisit(desk, ctx, place)
    if (!visit) throw new NotSignedIn(place)
    if (place === 'admin') refuseOutsiders(visit)
    ctx.state['visit'] = visit
  },
})

/** Calls that change something do not come from another site's page, whatever token it got hold of. */
export const sameOrigin: Guard = {
  name: 'sameOrigin',
  async check(desk, _forms, ctx) {
    if (!isCrossSite(ctx, desk.issuer)) return
    const detail = 'This call came from a page of another site.'
    throw new ProblemError({ status: 403, code: 'origin_mismatch', detail })
  },
}

export function principalOf(ctx: Context): Principal {
  const principal = ctx.state['principal'] as Principal | undefined
  if (!principal) throw new Error(`the route of ${ctx.method} has no guard "may"`)
  return principal
}
