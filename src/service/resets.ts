/**
 * Resetting somebody's second factor, for whoever presents it: API clients and the console call the same. The order of checks is
 * such that no refusal wastes the acting person's code: target → known retry → rank, self → state → caps → step-up → burn → act.
 */
import { z } from 'zod'
import type { Account, Reset } from '../core/account.ts'
import { isUnfinished } from '../core/questions.ts'
import { burntAct } from '../core/stepUp.ts'
import type { Outcome } from '../accounts/accounts.ts'
import type { Person } from '../ports.ts'
import type { Services } from '../http/context.ts'
import { invalid, orInvalid, valid } from '../http/api/valid.ts'
import { type Action, refusedAs, refuseUnauthorised } from './authority.ts'
import { countMail } from '../http/management/operations/mails.ts'
import { idempotencyKey, type StepUp, stepUp } from './stepUp.ts'
import { findPerson, findUser } from './users.ts'

export interface ResetOf {
  readonly target: Person
  readonly reset: Reset
}

/** What is said with a reset besides the step-up. */
export const resetRequest = z.strictObject({
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .nullish()
    .meta({
      description: 'How the person was verified, for the audit.',
      examples: ['Called back, staff number checked'],
    }),
  seen: z.string().max(100).nullish().meta({
    description:
      'Id of the newest reset you have seen, null: none. A newer one there: 409 `reset_superseded_meanwhile`. Absent: reset whatever happened meanwhile.',
  }),
})

export interface ResetRequest extends Action, StepUp {
  /** The same key of the same person is the same reset, however often it is sent. null: each call is another. */
  readonly key: string | null
  /** As `resetRequest`. */
  readonly request: unknown
}

export async function startReset(services: Services, action: ResetRequest): Promise<ResetOf> {
  const { actor, by } = action
  const target = await findPerson(services, action.targetId)
  const key = valid(idempotencyKey, action.key)
  const given = resetRequest.safeParse(action.request)
  const { reason = null, seen } = given.data ?? {}
  const act = services.enrolments.actOf({ does: 'reset', actorId: actor.id, key, target: target.id, what: [reason] })
  const { id } = act
  const [acting, account] = await Promise.all([services.accounts.get(actor.id), services.accounts.get(target.id)])

  const known = acting && burntAct(acting, act)
  if (known) {
    // What does not fit was not what this key came with.
    if (!given.success || known === 'other') throw refusedAs(services, { is: 'idempotency-conflict' })
    const reset = account?.resets.find((item) => item.id === id)
    if (reset) return { target, reset }
    if (!account || !services.enrolments.mayResume(known, account)) throw refusedAs(services, { is: 'reset-finished' })
  }
  await refuseUnauthorised(services, action, target)
  if (!known) {
    const { status, roles } = target
    const refusal = account && services.enrolments.resetRefusal({ actor: acting, target: account, status, roles, seen })
    if (refusal) throw refusedAs(services, refusal)
    orInvalid(given)
    if (services.requireReason && reason === null)
      throw invalid([{ path: 'reason', message: 'say how you verified who asks' }])
    await stepUp(services, action, act, action)
  }
  return resetIn(services, target, id, await services.enrolments.startReset({ id, target, reason, seen, by }))
}

export interface OfReset extends Action {
  readonly resetId: string
}

/** A fresh link, the old one dead, a new life. */
export async function resend(services: Services, action: OfReset): Promise<ResetOf> {
  const { target } = await findUnfinished(services, action)
  // A link that opens nothing now would open something once the account is enabled again.
  if (target.status === 'disabled') throw refusedAs(services, { is: 'account-disabled' })
  await countMail(services, action.actor)
  return resetIn(
    services,
    target,
    action.resetId,
    await services.enrolments.resend(target.id, action.resetId, action.by),
  )
}

export const revokeRequest = z.strictObject({
  freeze: z.boolean().default(false).meta({ description: 'Shut the sign-in door too, until a new reset.' }),
})

export interface RevokeRequest extends OfReset {
  /** As `revokeRequest`. */
  readonly request: unknown
}

/** The link dies, the obligation to set up anew stays; with `freeze` both doors are shut until a new reset. */
export async function revoke(services: Services, action: RevokeRequest): Promise<ResetOf> {
  const { target } = await findUnfinished(services, action)
  const { freeze } = valid(revokeRequest, action.request)
  const outcome = await services.enrolments.revoke(target.id, action.resetId, freeze, action.by)
  return resetIn(services, target, action.resetId, outcome)
}

/** Looked at before it is changed, so that 404 comes before rank and 409 before what is wrong with the body. The swap has the last word. */
async function findUnfinished(services: Services, action: OfReset): Promise<ResetOf> {
  const target = await findPerson(services, action.targetId)
  const found = pick(services, target, action.resetId, await services.accounts.get(target.id))
  await refuseUnauthorised(services, action, target)
  if (!isUnfinished(found.reset)) throw refusedAs(services, { is: 'reset-finished' })
  return found
}

/** Newest first. */
export async function listResets(services: Services, targetId: string): Promise<readonly Reset[]> {
  return (await findUser(services, targetId)).account?.resets ?? []
}

export async function findReset(services: Services, targetId: string, resetId: string): Promise<ResetOf> {
  const { person, account } = await findUser(services, targetId)
  return pick(services, person, resetId, account)
}

function resetIn(services: Services, target: Person, resetId: string, outcome: Outcome): ResetOf {
  if (outcome.is === 'refused') throw refusedAs(services, outcome.refusal)
  return pick(services, target, resetId, outcome.account)
}

function pick(services: Services, target: Person, resetId: string, account: Account | null): ResetOf {
  const reset = account?.resets.find((item) => item.id === resetId)
  if (!reset) throw refusedAs(services, { is: 'reset-not-found' })
  return { target, reset }
}
