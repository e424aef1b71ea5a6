/** The guards of the routes, by name. A guard passes or throws. */
import type { Context } from 'koa'
import type { Principal } from '../oidc/bearer.ts'
import { type App, type ManagementScope, type Person, readScopes, roles as knownRoles } from '../ports.ts'
import type { Services } from './context.ts'
import { readJson } from './body.ts'
import { presentedToken } from './challenge.ts'
import { isCrossSite } from './crossSite.ts'
import { insufficientScope, invalidToken, ProblemError, stepUpRequired } from './problem.ts'
import { findWebSession, NotSignedIn, refuseUnauthorisedPeople, webSessionFrame } from './webSession.ts'

export interface Guard {
  readonly name: string
  readonly check: (services: Services, ctx: Context) => Promise<void>
}

/** A form of our own page, submitted by the browser that received it. */
export const form: Guard = {
  name: 'form',
  async check(services, ctx) {
    ctx.state['submitted'] = await services.forms.receive(ctx)
  },
}

/**
 * A management call: an active token for this API with these scopes, of a person with a second factor and a role. A machine client may read;
 * then there is no acting person.
 */
export const may = (...wanted: [ManagementScope, ...ManagementScope[]]): Guard => ({
  name: `may ${wanted.join(' ')}`,
  check: (services, ctx) => requireScopes(services, ctx, wanted, services.bearer.verify),
})

/** The guard `may` once more, for an answer that has waited: token, grant, person and roles may have ended meanwhile. */
export const requireStill = (services: Services, ctx: Context, ...wanted: ManagementScope[]): Promise<void> =>
  requireScopes(services, ctx, wanted, services.bearer.verifyAgain)

async function requireScopes(
  services: Services,
  ctx: Context,
  wanted: readonly ManagementScope[],
  verify: Services['bearer']['verify'],
): Promise<void> {
  const { origin } = new URL(services.managementResource)
  const presented = presentedToken(ctx.req, origin + ctx.path)
  // The whole body first: a slow sender would otherwise act with a role that was removed meanwhile. Its reader reports the faults.
  if (presented && ctx.method !== 'GET' && ctx.method !== 'HEAD') await readJson(ctx).catch(() => null)
  const verified = presented && (await verify(presented, services.managementResource))
  if (!verified || verified.is === 'refused') throw new ProblemError(invalidToken(services, ctx.req, verified))
  if (verified.is === 'machine') {
    const missing = wanted.find((scope) => !readScopes.includes(scope) || !verified.machine.scopes.has(scope))
    if (missing) throw new ProblemError(insufficientScope(services, missing))
    return
  }
  const { principal } = verified
  if (!services.isTwoFactorAcr(principal.acr) || principal.secondFactorAt === null)
    throw new ProblemError(stepUpRequired(services, 'This needs a sign-in with a second factor.'))
  const { roles } = principal.person
  const acting = roles.some((role) => knownRoles.includes(role))
  const missing = wanted.find((scope) => !acting || !principal.scopes.has(scope))
  if (missing) throw new ProblemError(insufficientScope(services, missing))
  ctx.state['principal'] = principal
}

/** A person in the console or in their own account, with an active session at the provider. */
export const signedIn = (app: App): Guard => ({
  name: `signedIn ${app}`,
  async check(services, ctx) {
    const webSession = await findWebSession(services, ctx, app)
    if (!webSession) throw new NotSignedIn(app)
    if (app === 'admin') refuseUnauthorisedPeople(webSession)
    ctx.state['web-session'] = webSession
    ctx.state['frame'] = () => webSessionFrame(services, ctx, webSession)
  },
})

/** A page of another site must not change anything, even with a stolen token. */
export const sameOrigin: Guard = {
  name: 'sameOrigin',
  async check(services, ctx) {
    if (!isCrossSite(ctx.req, services.issuer)) return
    const detail = 'This call came from a page of another site.'
    throw new ProblemError({ status: 403, code: 'origin_mismatch', detail })
  },
}

/** The acting person; null: a machine client. */
export const personOf = (ctx: Context): Person | null =>
  (ctx.state['principal'] as Principal | undefined)?.person ?? null

export function principalOf(ctx: Context): Principal {
  const principal = ctx.state['principal'] as Principal | undefined
  if (!principal) throw new Error(`the route of ${ctx.method} has no guard "may"`)
  return principal
}
