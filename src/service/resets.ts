/**
 * Resets of a second factor; the API and the console call the same. No refusal wastes the acting person's code:
 * target → known retry → authority → state → caps → step-up → burn → act.
 */
import { z } from 'zod'
import type { Outcome } from '../accounts/accounts.ts'
import type { Account, Act, Ended, Reset } from '../core/account.ts'
import type { Caller } from '../core/command.ts'
import { isUnfinished } from '../core/questions.ts'
import type { Refusal } from '../core/refusal.ts'
import { mayNotStart } from '../core/reset.ts'
import { actsExceeded, burntAct, mayResume } from '../core/stepUp.ts'
import type { Person } from '../ports.ts'
import { type Action, checkAuthority, refusedBy } from './authority.ts'
import type { ActRequest } from '../core/command.ts'
import type { ActOf } from './act.ts'
import type { ServiceContext } from './context.ts'
import { countMail } from './emailsPerHour.ts'
import { idempotencyKey } from './idempotencyKey.ts'
import { checked, done, refuse, type Result } from './refusal.ts'
import { type StepUp, stepUp } from './stepUp.ts'
import { findUser, findWithRecord } from './users.ts'

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
    .regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\r\n])*$/u, 'must be text')
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

/** What a step-up for this reset proves. */
export const resetAct = (
  { actOf }: Pick<ServiceContext, 'actOf'>,
  act: Omit<ActOf, 'does' | 'what'>,
  reason: string | null,
): ActRequest => actOf({ ...act, does: 'reset', what: [reason] })

export async function startReset(services: ServiceContext, action: ResetRequest): Promise<Result<ResetOf>> {
  const { actor, by } = action
  const [found, acting] = await Promise.all([
    findWithRecord(services, action.targetId),
    services.accounts.get(actor.id),
  ])
  if (found.is === 'refused') return found
  const { person: target, account } = found
  const key = checked(idempotencyKey.safeParse(action.key))
  if (key.is === 'refused') return key
  const parsed = resetRequest.safeParse(action.request)
  const { reason = null, seen } = parsed.data ?? {}
  const act = resetAct(services, { actorId: actor.id, key: key.value, target: target.id }, reason)

  const known = acting && burntAct(acting, act)
  // An input that does not fit was not what this key came with.
  if (known && (!parsed.success || known === 'other')) return refuse({ is: 'idempotency-conflict' })
  const repeated = known && (await repeat(services, { id: act.id, target, account, reason, by }, known))
  if (repeated) return repeated
  const forbidden = await checkAuthority(services, action, target)
  if (forbidden) return forbidden
  let begun: NewReset['ended']
  if (!known) {
    const { status, roles } = target
    const refusal = account && resetRefusal(services, { actor: acting, target: account, status, roles, seen })
    if (refusal) return refuse(refusal)
    const given = checked(parsed)
    if (given.is === 'refused') return given
    if (services.requireReason && reason === null) return refuse(noReason)
    begun = begin(services.count(target.id, account?.epoch ?? 0))
    const refused = await stepUp(services, { ...action, account: acting }, act, action)
    if (refused) return refused
  }
  const outcome = await issueReset(services, { id: act.id, target, account, reason, seen, by, ended: begun })
  return resetIn(target, act.id, outcome)
}

/** The records of both: the acts of one must not count against the other. */
export interface ResetParties {
  /** null: nothing is recorded of the acting person. */
  readonly actor: Account | null
  readonly target: Account
  readonly status: Person['status']
  readonly roles: Person['roles']
  /** The newest reset the actor has seen; undefined: they did not say. */
  readonly seen?: string | null | undefined
}

/** Checked before a code is used up. */
export const resetRefusal = (
  { clock, rules }: Pick<ServiceContext, 'clock' | 'rules'>,
  { actor, target, seen, ...standing }: ResetParties,
): Refusal | null =>
  mayNotStart(target, { ...standing, seen }, clock.now(), rules) ?? (actor && actsExceeded(actor, clock.now(), rules))

export interface NewReset {
  readonly id: string
  readonly target: Person
  /** The target's record as the caller has read it. */
  readonly account: Account | null
  readonly reason: string | null
  readonly seen?: string | null | undefined
  readonly by: Caller
  /** What it ends, where the count has begun already. */
  readonly ended?: Promise<EndedNow> | undefined
}

type EndedNow = Omit<Ended, 'backupCodes'>

/** Counts during the step-up. Its failure is that of the reset; after a refusal of the step-up nothing waits for it. */
function begin(count: Promise<EndedNow>): Promise<EndedNow> {
  count.catch(() => undefined)
  return count
}

/** Without a step-up: the caller has seen one, or is the host. */
export async function issueReset(
  { accounts, links, count }: Pick<ServiceContext, 'accounts' | 'links' | 'count'>,
  { target, account, seen, ended: begun, ...request }: NewReset,
): Promise<Outcome> {
  const [link, ended] = await Promise.all([
    links.newLink(target.id, 'reset', request.id),
    begun ?? count(target.id, account?.epoch ?? 0),
  ])
  const { status, roles } = target
  const ask = () => ({ is: 'start-reset', ...request, seen, status, roles, link, ended }) as const
  return accounts.execute(target.id, ask, { durable: true, read: account })
}

const noReason = {
  is: 'invalid',
  errors: [{ path: 'reason', message: 'say how you verified who asks' }],
} as const

/** The answer to a retry; null: the process stopped before the reset, which may be done now. */
async function repeat(services: ServiceContext, again: NewReset, known: Act): Promise<Result<ResetOf> | null> {
  const { id, target, account } = again
  const reset = account?.resets.find((item) => item.id === id)
  // The replicas may not have it yet, and this process cannot know: the command writes the record again.
  if (reset) return resetIn(target, id, await issueReset(services, { ...again, ended: Promise.resolve(reset.ended) }))
  return account && mayResume(account, known, services.clock.now()) ? null : refuse({ is: 'reset-finished' })
}

export interface OfReset extends Action {
  readonly resetId: string
}

/** Mails a new link and cancels the old one. */
export async function resend(services: ServiceContext, action: OfReset): Promise<Result<ResetOf>> {
  const found = await findUnfinished(services, action)
  if (found.is === 'refused') return found
  const { target } = found
  // A link mailed now would work once the account is enabled again.
  if (target.status === 'disabled') return refuse({ is: 'account-disabled' })
  const limited = await countMail(services, action.actor)
  if (limited) return limited
  const { resetId, by } = action
  const link = await services.links.newLink(target.id, 'reset', resetId)
  const ask = () => ({ is: 'resend', resetId, link, by }) as const
  return resetIn(target, resetId, await services.accounts.execute(target.id, ask, { durable: true }))
}

export const revokeRequest = z.strictObject({
  freeze: z.boolean().default(false).meta({ description: 'Prevent the set-up at sign-in too, until a new reset.' }),
})

export interface RevokeRequest extends OfReset {
  /** As `revokeRequest`. */
  readonly request: unknown
}

/** Cancels the link; setting up again stays required. With `freeze` neither link nor sign-in leads to it until a new reset. */
export async function revoke(services: ServiceContext, action: RevokeRequest): Promise<Result<ResetOf>> {
  const found = await findUnfinished(services, action)
  if (found.is === 'refused') return found
  const given = checked(revokeRequest.safeParse(action.request))
  if (given.is === 'refused') return given
  const { resetId, by } = action
  const ask = () => ({ is: 'revoke', resetId, freeze: given.value.freeze, by }) as const
  const outcome = await services.accounts.execute(found.target.id, ask, { durable: true })
  return resetIn(found.target, resetId, outcome)
}

/** Read before the change, so that 404 comes before authority, and a finished reset before a wrong body. The swap decides. */
async function findUnfinished(services: ServiceContext, action: OfReset): Promise<Result<ResetOf>> {
  const found = await findWithRecord(services, action.targetId)
  if (found.is === 'refused') return found
  const picked = pick(found.person, action.resetId, found.account)
  if (picked.is === 'refused') return picked
  const forbidden = await checkAuthority(services, action, found.person)
  if (forbidden) return forbidden
  return isUnfinished(picked.reset) ? picked : refuse({ is: 'reset-finished' })
}

/** Newest first. */
export async function listResets(
  services: ServiceContext,
  targetId: string,
): Promise<Result<{ readonly resets: readonly Reset[] }>> {
  const found = await findUser(services, targetId)
  return found.is === 'refused' ? found : { ...done, resets: found.account?.resets ?? [] }
}

export async function findReset(services: ServiceContext, targetId: string, resetId: string): Promise<Result<ResetOf>> {
  const found = await findUser(services, targetId)
  return found.is === 'refused' ? found : pick(found.person, resetId, found.account)
}

const resetIn = (target: Person, resetId: string, outcome: Outcome): Result<ResetOf> =>
  refusedBy(outcome) ?? pick(target, resetId, outcome.account)

function pick(target: Person, resetId: string, account: Account | null): Result<ResetOf> {
  const reset = account?.resets.find((item) => item.id === resetId)
  return reset ? { ...done, target, reset } : refuse({ is: 'reset-not-found' })
}
