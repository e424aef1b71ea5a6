/**
 * Resetting somebody's second factor, for whoever presents it: API clients and the console call the same. The order of checks is
 * such that no refusal wastes the acting person's code: target → known retry → rank, self → state → caps → step-up → burn → act.
 */
import { z } from 'zod'
import type { Account, Reset } from '../../../core/account.ts'
import { digest } from '../../../crypto/tokens.ts'
import type { Outcome } from '../../../perform.ts'
import type { Person } from '../../../ports.ts'
import type { Desk } from '../../desk.ts'
import { invalid, valid } from '../valid.ts'
import { type Asked, refusedAs, refuseRank } from './acting.ts'
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
  readonly request: z.input<typeof resetRequest>
}

export async function startReset(desk: Desk, asked: ResetAsked): Promise<ResetOf> {
  const { actor, by } = asked
  const target = await findPerson(desk, asked.targetId)
  const key = valid(idempotencyKey, asked.key)
  const { reason = null, seen } = valid(resetRequest, asked.request)
  const id = desk.journey.resetId(actor.id, key)
  const act = { id, target: target.id, reason: digest(reason ?? '') }
  const [acting, account] = await Promise.all([desk.corridor.look(actor.id), desk.corridor.look(target.id)])

  const known = acting?.acts.find((one) => one.id === id)
  if (known) {
    if (known.target !== act.target || known.reason !== act.reason)
      throw refusedAs(desk, { is: 'idempotency-conflict' })
    const reset = account?.resets.find((one) => one.id === id)
    if (reset) return { target, reset }
    if (!account || !desk.journey.mayMend(known, account)) throw refusedAs(desk, { is: 'reset-finished' })
  }
  await refuseRank(desk, asked, target)
  if (!known) {
    if (desk.requireReason && reason === null)
      throw invalid([{ path: 'reason', message: 'say how you verified who asks' }])
    const no = acting && account && desk.journey.mayNotReset(acting, account, { target, seen })
    if (no) throw refusedAs(desk, no)
    await stepUp(desk, asked, act, asked)
  }
  return resetIn(desk, target, id, await desk.journey.startReset({ id, target, reason, seen, by }))
}

export interface OfReset extends Asked {
  readonly resetId: string
}

/** A fresh link, the old one dead, a new life. */
export async function resend(desk: Desk, asked: OfReset): Promise<ResetOf> {
  const target = await findPerson(desk, asked.targetId)
  await refuseRank(desk, asked, target)
  // A link that opens nothing now would open something once the account is enabled again.
  if (target.status === 'disabled') throw refusedAs(desk, { is: 'account-disabled' })
  return resetIn(desk, target, asked.resetId, await desk.journey.resend(target.id, asked.resetId, asked.by))
}

/** The link dies, the obligation to set up anew stays; with `freeze` both doors are shut until a new reset. */
export async function revoke(desk: Desk, asked: OfReset & { readonly freeze: boolean }): Promise<ResetOf> {
  const target = await findPerson(desk, asked.targetId)
  await refuseRank(desk, asked, target)
  const outcome = await desk.journey.revoke(target.id, asked.resetId, asked.freeze, asked.by)
  return resetIn(desk, target, asked.resetId, outcome)
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
