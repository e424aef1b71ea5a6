/**
 * The lifecycle of the second factor: none ──enrol──▶ active ──reset──▶ reset ──enrol──▶ active, and the proof of its codes.
 * A step is consumed by comparison in the swap of its effect, in every flow.
 */
import type { Account, Active } from './account.ts'
import { type Authenticators, changed, type Totp, totpOf, withoutForm } from './authenticators.ts'
import { isLocked, mayNotTry, noAttempts, oneMoreFailure } from './attempts.ts'
import { audit, ownNotice, refusedAudit, withdrawDeadMail } from './outbox.ts'
import { done, enqueue, type Decision, refused } from './decision.ts'
import { ended, superseded, supersededLines } from './links.ts'
import { isSignInOver } from './questions.ts'
import { LOST_EPOCH_DISTANCE, type Rules } from './rules.ts'
import type { AuditType, Effect } from './effect.ts'
import type { Caller, InSignIn, CommandOf } from './command.ts'
import type { Refusal } from './refusal.ts'

/**
 * The epoch after a change that ends everything proven before. It always rises, even if the clock went back; several rises in one second
 * run ahead of the clock. How far a lost record ran ahead is unknown, so the epoch after it keeps a distance.
 */
export const nextEpoch = (account: Account, now: number): { readonly epoch: number; readonly endedAt: number } => ({
  epoch: Math.max(account.epoch + 1, account.factor.is === 'lost' ? now + LOST_EPOCH_DISTANCE : now),
  endedAt: now,
})

/** The active factor, if the sign-in is still valid; otherwise the refusal. */
export function activeFactor(account: Account, signIn: InSignIn): Active | Refusal {
  if (account.factor.is === 'lost') return { is: 'record-lost' }
  if (isSignInOver(account, signIn)) return { is: 'sign-in-over' }
  return account.factor.is === 'active' ? account.factor : { is: 'not-enrolled' }
}

/** Type and subject of the audit line. */
export interface AuditFacts {
  readonly type: AuditType
  readonly by: Caller
  readonly target: string | null
  /** Whether the code was given in a browser that is known for the account. */
  readonly knownBrowser: boolean
  /** Why an assertion of a passkey was refused. Absent: it was a code. */
  readonly why?: string
}

/** A wrong code or assertion is counted before the answer leaves. */
export function countFailure(account: Account, now: number, rules: Rules, audited: AuditFacts): Decision {
  const { attempts, email } = oneMoreFailure(account.attempts, now, rules, audited.knownBrowser)
  const effects: Effect[] = [
    ...(email ? [ownNotice(email, audited.by)] : []),
    ...(isLocked(attempts, rules) ? [{ is: 'tell-directory', enrolledAt: null } as const] : []),
  ]
  const is = audited.why === undefined ? 'code-incorrect' : 'passkey-incorrect'
  const refusal = { is, failures: attempts.failures } as const
  return refuseCode({ ...account, attempts }, refusal, now, { ...audited, effects })
}

export function refuseCode(
  account: Account,
  refusal: Refusal,
  now: number,
  { type, by, target, why = refusal.is, effects = [] }: AuditFacts & { readonly effects?: readonly Effect[] },
): Decision {
  const audited = enqueue(account, now, [refusedAudit(type, by, why, target), ...effects])
  return audited ? { is: 'refused', refusal, account: audited } : refused({ is: 'outbox-full' })
}

/** The factor with a code consumed. Only the newest proof can be repeated: `lastUsedAt` is its time. */
export function burn(factor: Active, step: number, form: string | null, now: number): Active {
  return {
    ...factor,
    authenticators: changed(factor, (item) =>
      item.kind === 'totp' ? { ...item, lastStep: step, lastForm: form } : withoutForm(item),
    ),
    backupCodes: { ...factor.backupCodes, lastForm: null },
    lastUsedAt: now,
  }
}

export function proveCode(account: Account, command: CommandOf<'prove-code'>, now: number, rules: Rules): Decision {
  const factor = activeFactor(account, command)
  if (factor.is !== 'active') return refused(factor)
  const totp = totpOf(factor)
  if (command.step !== null && command.step === totp?.lastStep && command.form === totp.lastForm)
    return { is: 'repeated', event: { is: 'code-accepted', at: factor.lastUsedAt ?? now } }
  const refusal = mayNotTry(account, command.knownBrowser, now, rules)
  if (refusal) return refused(refusal)
  const { by, knownBrowser } = command
  const audited: AuditFacts = { type: 'two_factor.code_refused', by, target: null, knownBrowser }
  if (command.step === null || !totp) return countFailure(account, now, rules, audited)
  // RFC 6238 §5.2: a code is accepted once; an observed code must not open a second session.
  if (command.step <= totp.lastStep) return refuseCode(account, { is: 'code-replayed' }, now, audited)
  const proven = { ...account, attempts: noAttempts, factor: burn(factor, command.step, command.form, now) }
  return done(proven, { is: 'code-accepted', at: now }, now, [])
}

/**
 * A first import raises no epoch and ends nothing: it changes where the factor is kept, and proves nothing anew. An import over a factor
 * of this record, or over a damaged record, ends everything before it.
 */
export function adopt(account: Account, command: CommandOf<'adopt'>, now: number): Decision {
  const { factor } = account
  const { by, mode } = command
  if (factor.is === 'active' && command.isSame && mode !== 'replace')
    return { is: 'repeated', event: { is: 'adopted' } }
  const isFirst = mayAdopt(factor, mode)
  if (!isFirst && mode !== 'replace')
    return refused(factor.is === 'lost' ? { is: 'record-lost' } : { is: 'already-enrolled' })
  const { epoch, endedAt } = isFirst ? account : nextEpoch(account, now)
  const usedHere = factor.is === 'active' && command.isSame ? (totpOf(factor)?.lastStep ?? 0) : 0
  const step = Math.max(command.lastStep, usedHere)
  const totp = newTotp(command, step)
  const imported: Totp = command.weakness === null ? totp : { ...totp, isWeak: true }
  const made = newFactor([imported], command.sealedCodes, { epoch, binding: null, now })
  const next = withdrawDeadMail({
    ...account,
    epoch,
    ...(endedAt !== undefined && { endedAt }),
    attempts: noAttempts,
    factor: { ...made, enrolledAt: command.enrolledAt, lastUsedAt: null },
    links: ended(account.links, 'cancelled', now, 'reset', 'invitation'),
    resets: account.resets.map((reset) => superseded(reset, now)),
  })
  return done(next, { is: 'adopted' }, now, [
    ...(isFirst ? [] : [audit('two_factor.reset.started', by, { reason: 'import' })]),
    ...supersededLines(account.resets, by),
    audit('two_factor.adopted', by, command.weakness === null ? {} : { reason: command.weakness }),
    ...(isFirst ? [] : endedByImport(epoch)),
    ...(isFirst && command.isUnlisted ? [] : [{ is: 'tell-directory', enrolledAt: command.enrolledAt } as const]),
  ])
}

const endedByImport = (epoch: number): Effect[] => [
  { is: 'purge', epoch, resetId: null, because: 'adopted' },
  { is: 'notice', notice: { is: 'enrolled', via: 'import' } },
]

/** Only an import has no browser, and only its use here makes it this record's own. */
export const isUnusedImport = (factor: Account['factor']): boolean =>
  factor.is === 'active' && factor.binding === null && factor.lastUsedAt === null

/** Whether an import replaces nothing that was set up or used here. */
const mayAdopt = (factor: Account['factor'], mode: CommandOf<'adopt'>['mode']): boolean =>
  factor.is === 'none' ||
  (factor.is === 'lost' && factor.missing === true) ||
  (mode === 'refresh' && isUnusedImport(factor))

export const newTotp = (
  { authenticatorId: id, sealedSecret: sealed }: { readonly authenticatorId: string; readonly sealedSecret: string },
  step: number,
): Totp => ({ kind: 'totp', id, sealed, lastStep: step, lastForm: null })

export const newFactor = (
  authenticators: Authenticators,
  sealedCodes: string,
  { epoch, binding, now }: { readonly epoch: number; readonly binding: string | null; readonly now: number },
): Active => ({
  is: 'active',
  authenticators,
  backupCodes: { sealed: sealedCodes, issuedAt: now, used: [], lastForm: null, savedAt: null, binding },
  enrolledAt: now,
  epoch,
  lastUsedAt: now,
  binding,
})
