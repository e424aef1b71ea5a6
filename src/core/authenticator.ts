/**
 * The lifecycle of the authenticator: none ──enrol──▶ active ──reset──▶ reset ──enrol──▶ active, and the proof of its codes.
 * A step is consumed by comparison in the swap of its effect, in every flow.
 */
import type { Account, Active } from './account.ts'
import { disabledRefusal } from './authority.ts'
import { totpOf, withTotp } from './authenticators.ts'
import { isLocked, mayNotTry, noAttempts, oneMoreFailure } from './attempts.ts'
import { audit, ownNotice, refusedAudit, withdrawDeadMail, withoutPassword } from './outbox.ts'
import { done, enqueue, type Decision, refused } from './decision.ts'
import { completed, ended, superseded, supersededLines } from './links.ts'
import { proofsRefusal, requiredProofs } from './proofs.ts'
import { flowClosed, isSignInOver, isUnfinished, linkOf, linkRefusal, linkUsed } from './questions.ts'
import { LOST_EPOCH_DISTANCE, type Rules } from './rules.ts'
import type { AuditType, Effect } from './effect.ts'
import type { Caller, InSignIn, CommandOf } from './command.ts'
import type { Refusal } from './refusal.ts'
import { verifyEmail } from './emailVerification.ts'

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
}

/** A wrong code is counted before the answer leaves. */
export function countFailure(account: Account, now: number, rules: Rules, audited: AuditFacts): Decision {
  const { attempts, email } = oneMoreFailure(account.attempts, now, rules, audited.knownBrowser)
  const effects: Effect[] = [
    ...(email ? [ownNotice(email, audited.by)] : []),
    ...(isLocked(attempts, rules) ? [{ is: 'tell-directory', enrolledAt: null } as const] : []),
  ]
  const refusal = { is: 'code-incorrect', failures: attempts.failures } as const
  return refuseCode({ ...account, attempts }, refusal, now, { ...audited, effects })
}

export function refuseCode(
  account: Account,
  refusal: Refusal,
  now: number,
  { type, by, target, effects = [] }: AuditFacts & { readonly effects?: readonly Effect[] },
): Decision {
  const audited = enqueue(account, now, [refusedAudit(type, by, refusal.is, target), ...effects])
  return audited ? { is: 'refused', refusal, account: audited } : refused({ is: 'outbox-full' })
}

/** The factor with a code consumed. Only the newest proof can be repeated: `lastUsedAt` is its time. */
export function burn(factor: Active, step: number, form: string | null, now: number): Active {
  return {
    ...factor,
    authenticators: withTotp(factor, { lastStep: step, lastForm: form }),
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
 * The first confirmation wins; every other browser is refused. A repeated submission gets the same result only while the epoch is the one
 * that the set-up raised: a page that was kept open must not become a sign-in after a password change.
 */
export function enrol(account: Account, command: CommandOf<'enrol'>, now: number, rules: Rules): Decision {
  const disabled = disabledRefusal(command.status)
  if (disabled) return refused(disabled)
  const { factor } = account
  if (factor.is === 'active' && factor.binding === command.binding && factor.epoch === account.epoch)
    return { is: 'repeated', event: { is: 'enrolled', at: factor.enrolledAt } }
  const refusal =
    flowRefusal(account, command, now) ??
    proofRefusal(account, command, now, rules) ??
    firstPasswordRefusal(account, command)
  if (refusal) return refused(refusal)
  // A pending secret protects nothing yet. If its wrong codes counted, a thief could use up the victim's budget.
  if (command.step === null) return refused({ is: 'code-incorrect', failures: 0 })

  const resetId = factor.is === 'reset' ? factor.resetId : null
  const { epoch, endedAt } = nextEpoch(account, now)
  const { sealedPassword } = command
  const closed = withdrawDeadMail({
    ...account,
    ...(sealedPassword !== null && {
      password: { at: now, epoch, via: 'invitation', form: null },
      outbox: withoutPassword(account.outbox),
    }),
    epoch,
    endedAt,
    attempts: noAttempts,
    factor: newFactor(command, { epoch, step: command.step, binding: command.binding, now }),
    links: ended(account.links, 'used', now, 'reset', 'invitation'),
    resets: account.resets.map((reset) => (reset.id === resetId ? completed(reset, command.flow, now) : reset)),
  })
  const wasOpen = account.resets.some((reset) => reset.id === resetId && isUnfinished(reset))
  const effects: Effect[] = [
    audit('two_factor.enrolled', command.by, { reason: command.flow }),
    ...(wasOpen ? [audit('two_factor.reset.completed', command.by, { reason: resetId })] : []),
    { is: 'purge', epoch, resetId: null, because: 'set-up' },
    ownNotice({ is: 'enrolled', via: command.flow, ...(factor.is === 'none' && { isFirst: true }) }, command.by),
    ...(sealedPassword === null ? [] : [{ is: 'set-password', sealedPassword, epoch } as const]),
    { is: 'tell-directory', enrolledAt: now },
    ...verifyEmail(account, command, now, 'reset', 'invitation'),
  ]
  return done(closed, { is: 'enrolled', at: now }, now, effects)
}

/** Only an invitation may set a password: any other set-up would replace an existing one. */
function firstPasswordRefusal(account: Account, { sealedPassword, link }: CommandOf<'enrol'>): Refusal | null {
  const isInvited = link !== null && linkOf(account, link, 'invitation') !== undefined
  return sealedPassword === null || isInvited ? null : { is: 'link-unknown' }
}

function flowRefusal(account: Account, command: CommandOf<'enrol'>, now: number): Refusal | null {
  const shut = flowClosed(account, now)
  if (command.flow === 'sign-in') return shut ?? (isSignInOver(account, command) ? { is: 'sign-in-over' } : null)
  if (shut && shut.is !== 'set-up-expired')
    return shut.is === 'set-up-elsewhere' ? usedOr(shut, account, command) : shut
  if (command.link === null) return { is: 'link-unknown' }
  // A resend or a revocation raises no epoch, so the link itself is checked again.
  const dead = linkRefusal(linkOf(account, command.link, 'reset', 'invitation'), account, now)
  return dead ?? (command.epoch === account.epoch ? null : { is: 'sign-in-over' })
}

/**
 * If both proofs are required, each flow requires the proof of the other. A link opened in one browser is no proof in another: a thief
 * of the password would only wait at the sign-in until the owner presses Continue.
 */
function proofRefusal(account: Account, command: CommandOf<'enrol'>, now: number, rules: Rules): Refusal | null {
  const proofs = requiredProofs(account, command.roles, rules, now)
  if (!proofs.both) return null
  if (!command.password) return { is: 'password-missing' }
  if (command.link === null) return { is: 'link-missing' }
  return linkRefusal(linkOf(account, command.link, 'reset'), account, now) ?? proofsRefusal(proofs)
}

function usedOr(shut: Refusal, account: Account, command: CommandOf<'enrol'>): Refusal {
  const link = command.link === null ? undefined : linkOf(account, command.link, 'reset', 'invitation')
  return link?.state.is === 'used' ? linkUsed(link, account, link.state.at) : shut
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
  const made = newFactor(command, { epoch, step, binding: null, now })
  const authenticators = command.weakness === null ? made.authenticators : withTotp(made, { isWeak: true })
  const next = withdrawDeadMail({
    ...account,
    epoch,
    ...(endedAt !== undefined && { endedAt }),
    attempts: noAttempts,
    factor: { ...made, authenticators, enrolledAt: command.enrolledAt, lastUsedAt: null },
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

export function newFactor(
  command: { readonly authenticatorId: string; readonly sealedSecret: string; readonly sealedCodes: string },
  { epoch, step, binding, now }: { epoch: number; step: number; binding: string | null; now: number },
): Active {
  return {
    is: 'active',
    authenticators: [
      { kind: 'totp', id: command.authenticatorId, sealed: command.sealedSecret, lastStep: step, lastForm: null },
    ],
    backupCodes: { sealed: command.sealedCodes, issuedAt: now, used: [], lastForm: null, savedAt: null, binding },
    enrolledAt: now,
    epoch,
    lastUsedAt: step === 0 ? null : now,
    binding,
  }
}
