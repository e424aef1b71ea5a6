/**
 * Resetting somebody's second factor, for whoever presents it: API clients and the console call the same. The order of checks is
 * such that no refusal wastes the acting person's code: target → known retry → rank, self → state → caps → step-up → burn → act.
 */
import { z } from 'zod'
import type { Account, Reset } from '../../../core/account.ts'
import { isUnfinished } from '../../../core/questions.ts'
import { burntAct } from '../../../core/stepUp.ts'
import type { Outcome } from '../../../perform.ts'
import type { Person } from '../../../ports.ts'
import type { Desk } from '../../desk.ts'
import { invalid, orInvalid, valid } from '../valid.ts'
import { type Asked, refusedAs, refuseRank } from './acting.ts'
import { countMail } from './mails.ts'
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

export interface ResetAsked extends Asked, StepUp {
  /** The same key of the same person is the same reset, however often it is sent. null: each call is another. */
  readonly key: string | null
  /** As `resetRequest`. */
  readonly request: unknown
}

export async function startReset(desk: Desk, asked: ResetAsked): Promise<ResetOf> {
  const { actor, by } = asked
  const target = await findPerson(desk, asked.targetId)
  const key = valid(idempotencyKey, asked.key)
  const given = resetRequest.safeParse(asked.request)
  const { reason = null, seen } = given.data ?? {}
  const act = desk.journey.actOf({ does: 'reset', actorId: actor.id, key, target: target.id, what: [reason] })
  const { id } = act
  const [acting, account] = await Promise.all([desk.corridor.look(actor.id), desk.corridor.look(target.id)])

  const known = acting && burntAct(acting, act)
  if (known) {
    // What does not fit was not what this key came with.
    if (!given.success || known === 'other') throw refusedAs(desk, { is: 'idempotency-conflict' })
    const reset = account?.resets.find((one) => one.id === id)
    if (reset) return { target, reset }
    if (!account || !desk.journey.mayMend(known, account)) throw refusedAs(desk, { is: 'reset-finished' })
  }
  await refuseRank(desk, asked, target)
  if (!known) {
    const { status, roles } = target
    const no = account && desk.journey.resetRefusal({ actor: acting, target: account, status, roles, seen })
    if (no) throw refusedAs(desk, no)
    orInvalid(given)
    if (desk.requireReason && reason === null)
      throw invalid([{ path: 'reason', message: 'say how you verified who asks' }])
    await stepUp(desk, asked, act, asked)
  }
  return resetIn(desk, target, id, await desk.journey.startReset({ id, target, reason, seen, by }))
}

export interface OfReset extends Asked {
  readonly resetId: string
}

/** A fresh link, the old one dead, a new life. */
export async function resend(desk: Desk, asked: OfReset): Promise<ResetOf> {
  const { target } = await findUnfinished(desk, asked)
  // A link that opens nothing now would open something once the account is enabled again.
  if (target.status === 'disabled') throw refusedAs(desk, { is: 'account-disabled' })
  await countMail(desk, asked.actor)
  return resetIn(desk, target, asked.resetId, await desk.journey.resend(target.id, asked.resetId, asked.by))
}

export const revokeRequest = z.strictObject({
  freeze: z.boolean().default(false).meta({ description: 'Shut the sign-in door too, until a new reset.' }),
})

export interface RevokeAsked extends OfReset {
  /** As `revokeRequest`. */
  readonly request: unknown
}

/** The link dies, the obligation to set up anew stays; with `freeze` both doors are shut until a new reset. */
export async function revoke(desk: Desk, asked: RevokeAsked): Promise<ResetOf> {
  const { target } = await findUnfinished(desk, asked)
  const { freeze } = valid(revokeRequest, asked.request)
  const outcome = await desk.journey.revoke(target.id, asked.resetId, freeze, asked.by)
  return resetIn(desk, target, asked.resetId, outcome)
}

/** Looked at before it is changed, so that 404 comes before rank and 409 before what is wrong with the body. The swap has the last word. */
async function findUnfinished(desk: Desk, asked: OfReset): Promise<ResetOf> {
  const target = await findPerson(desk, asked.targetId)
  const found = pick(desk, target, asked.resetId, await desk.corridor.look(target.id))
  await refuseRank(desk, asked, target)
  if (!isUnfinished(found.reset)) throw refusedAs(desk, { is: 'reset-finished' })
  return found
}

/** Newest first. */
export async function listResets(desk: Desk, targetId: string): Promise<readonly Reset[]> {
  return (await findUser(desk, targetId)).account?.resets ?? []
}

export async function findReset(desk: Desk, targetId: string, resetId: string): Promise<ResetOf> {
  const { person, account } = await findUser(desk, targetId)
  return pick(desk, person, resetId, account)
}

function resetIn(desk: Desk, target: Person, resetId: string, outcome: Outcome): ResetOf {
  if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
  return pick(desk, target, resetId, outcome.account)
}

function pick(desk: Desk, target: Person, resetId: string, account: Account | null): ResetOf {
  const reset = account?.resets.find((one) => one.id === resetId)
  if (!reset) throw refusedAs(desk, { is: 'reset-not-found' })
  return { target, reset }
}
