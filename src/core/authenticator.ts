/**
 * The authenticator's life: none ──enrol──▶ active ──reset──▶ reset ──enrol──▶ active, and the proof of its codes.
 * A step is burnt by comparison in the swap of its effect, on every surface.
 */
import type { Account, Active } from './account.ts'
import { isLocked, mayNotTry, noAttempts, oneMoreFailure } from './attempts.ts'
import { verifyEmail } from './emailVerification.ts'
import { audit, done, owe, ownNotice, refusedAudit, withdrawDeadMail, withoutPassword } from './outbox.ts'
import { completed, killed, superseded, supersededLines } from './lives.ts'
import { proofsRefusal, requiredProofs } from './proofs.ts'
import { doorShut, isSignInOver, isUnfinished, linkOf, linkRefusal } from './questions.ts'
import { LOST_EPOCH_DISTANCE, type Rules } from './rules.ts'
import type { AuditType, Caller, Command, Debt, Decision, InSignIn, Refusal } from './vocabulary.ts'

type Asked<K extends Command['is']> = Extract<Command, { is: K }>

/**
 * The epoch after a change that ends everything proven before: rises always, even when the clock went back. Several rises in one second
 * run ahead of the clock; of a lost record nobody knows how far, so that the one after it keeps a distance.
 */
export const risen = (account: Account, now: number): { readonly epoch: number; readonly endedAt: number } => ({
  epoch: Math.max(account.epoch + 1, account.factor.is === 'lost' ? now + LOST_EPOCH_DISTANCE : now),
  endedAt: now,
})

/** The active factor of a sign-in that still counts, or why not. */
export function activeFactor(account: Account, signIn: InSignIn): Active | Refusal {
  if (account.factor.is === 'lost') return { is: 'record-lost' }
  if (isSignInOver(account, signIn)) return { is: 'sign-in-over' }
  return account.factor.is === 'active' ? account.factor : { is: 'not-enrolled' }
}

export const refused = (refusal: Refusal): Decision => ({ is: 'refused', refusal })

/** Whom the audit is to hear about, and in which line. */
export interface Told {
  readonly type: AuditType
  readonly by: Caller
  readonly target: string | null
  /** Where the code was given. */
  readonly knownBrowser: boolean
}

/** A wrong code is counted before anybody hears of it. */
export function countFailure(account: Account, now: number, rules: Rules, told: Told): Decision {
  const { attempts, letter } = oneMoreFailure(account.attempts, now, rules, told.knownBrowser)
  const debts: Debt[] = [
    ...(letter ? [ownNotice(letter, told.by)] : []),
    ...(isLocked(attempts, rules) ? [{ is: 'tell-directory', enrolledAt: null } as const] : []),
  ]
  return refuseCode({ ...account, attempts }, { is: 'code-incorrect', failures: attempts.failures }, now, told, debts)
}

export function refuseCode(
  account: Account,
  refusal: Refusal,
  now: number,
  { type, by, target }: Told,
  debts: readonly Debt[] = [],
): Decision {
  const told = owe(account, now, [refusedAudit(type, by, refusal.is, target), ...debts])
  return told ? { is: 'refused', refusal, account: told } : refused({ is: 'too-much-owed' })
}

/** The factor with a code burnt. Only the newest proof can be sent again: `lastUsedAt` is its time, no other's. */
export function burn(factor: Active, step: number, form: string | null, now: number): Active {
  const [totp] = factor.authenticators
  return {
    ...factor,
    authenticators: [{ ...totp, lastStep: step, lastForm: form }],
    backupCodes: { ...factor.backupCodes, lastForm: null },
    lastUsedAt: now,
  }
}

export function proveCode(account: Account, asked: Asked<'prove-code'>, now: number, rules: Rules): Decision {
  const factor = activeFactor(account, asked)
  if (factor.is !== 'active') return refused(factor)
  const [totp] = factor.authenticators
  if (asked.step !== null && asked.step === totp.lastStep && asked.form === totp.lastForm)
    return { is: 'repeated', event: { is: 'code-accepted', at: factor.lastUsedAt ?? now } }
  const no = mayNotTry(account, asked.knownBrowser, now, rules)
  if (no) return refused(no)
  const { by, knownBrowser } = asked
  const told: Told = { type: 'two_factor.code_refused', by, target: null, knownBrowser }
  if (asked.step === null) return countFailure(account, now, rules, told)
  // RFC 6238 §5.2: a code is accepted once; a shoulder-surfed code must not open a second session.
  if (asked.step <= totp.lastStep) return refuseCode(account, { is: 'code-replayed' }, now, told)
  const proven = { ...account, attempts: noAttempts, factor: burn(factor, asked.step, asked.form, now) }
  return done(proven, { is: 'code-accepted', at: now }, now, [])
}

/**
 * First confirm wins. The winner's double click sees its own result, everybody else is told; and so is the winner once the epoch
 * is no longer the one their set-up raised: a page kept back must not become a sign-in after a password change.
 */
export function enrol(account: Account, asked: Asked<'enrol'>, now: number, rules: Rules): Decision {
  const { factor } = account
  if (factor.is === 'active' && factor.holder === asked.holder && factor.epoch === account.epoch)
    return { is: 'repeated', event: { is: 'enrolled', at: factor.enrolledAt } }
  const no =
    doorRefusal(account, asked, now) ?? proofRefusal(account, asked, now, rules) ?? firstPasswordRefusal(account, asked)
  if (no) return refused(no)
  // A pending secret protects nothing yet: its wrong codes are not counted, or a thief could spend the victim's budget.
  if (asked.step === null) return refused({ is: 'code-incorrect', failures: 0 })

  const resetId = factor.is === 'reset' ? factor.resetId : null
  const { epoch, endedAt } = risen(account, now)
  const { sealedPassword } = asked
  const closed = withdrawDeadMail({
    ...account,
    ...(sealedPassword !== null && {
      password: { at: now, epoch, via: 'invitation', form: null },
      owed: withoutPassword(account.owed),
    }),
    epoch,
    endedAt,
    attempts: noAttempts,
    factor: newFactor(asked, { epoch, step: asked.step, holder: asked.holder, now }),
    links: killed(account.links, 'used', now, 'reset', 'invitation'),
    resets: account.resets.map((reset) => (reset.id === resetId ? completed(reset, asked.door, now) : reset)),
  })
  const wasOpen = account.resets.some((reset) => reset.id === resetId && isUnfinished(reset))
  const debts: Debt[] = [
    audit('two_factor.enrolled', asked.by, { reason: asked.door }),
    ...(wasOpen ? [audit('two_factor.reset.completed', asked.by, { reason: resetId })] : []),
    { is: 'purge', epoch, resetId: null },
    ownNotice({ is: 'enrolled', via: asked.door }, asked.by),
    ...(sealedPassword === null ? [] : [{ is: 'set-password', sealedPassword, epoch } as const]),
    { is: 'tell-directory', enrolledAt: now },
    ...verifyEmail(account, asked, now, 'reset', 'invitation'),
  ]
  return done(closed, { is: 'enrolled', at: now }, now, debts)
}

/** Only an invitation brings a password along: at every other set-up it would replace one that somebody has. */
function firstPasswordRefusal(account: Account, { sealedPassword, link }: Asked<'enrol'>): Refusal | null {
  const isInvited = link !== null && linkOf(account, link, 'invitation') !== undefined
  return sealedPassword === null || isInvited ? null : { is: 'link-unknown' }
}

function doorRefusal(account: Account, asked: Asked<'enrol'>, now: number): Refusal | null {
  const shut = doorShut(account, now)
  if (asked.door === 'sign-in') return shut ?? (isSignInOver(account, asked) ? { is: 'sign-in-over' } : null)
  if (shut && shut.is !== 'door-expired') return shut.is === 'set-up-elsewhere' ? usedOr(shut, account, asked) : shut
  if (asked.link === null) return { is: 'link-unknown' }
  // A resend or a revocation raises no epoch, so the link itself is looked at once more.
  const dead = linkRefusal(linkOf(account, asked.link, 'reset', 'invitation'), account, now)
  return dead ?? (asked.epoch === account.epoch ? null : { is: 'sign-in-over' })
}

/**
 * Where both proofs are needed, each door asks for the other's. A link opened in one browser lends nothing to another: whoever has the
 * password would only have to wait at the sign-in until the owner presses Continue.
 */
function proofRefusal(account: Account, asked: Asked<'enrol'>, now: number, rules: Rules): Refusal | null {
  const proofs = requiredProofs(account, asked.roles, rules, now)
  if (!proofs.both) return null
  if (!asked.password) return { is: 'password-missing' }
  if (asked.link === null) return { is: 'link-missing' }
  return linkRefusal(linkOf(account, asked.link, 'reset'), account, now) ?? proofsRefusal(proofs)
}

function usedOr(shut: Refusal, account: Account, asked: Asked<'enrol'>): Refusal {
  const link = asked.link === null ? undefined : linkOf(account, asked.link, 'reset', 'invitation')
  return link?.fate.is === 'used' ? { is: 'link-used', at: link.fate.at } : shut
}

export function adopt(account: Account, asked: Asked<'adopt'>, now: number): Decision {
  const isNew = account.factor.is === 'none'
  if (!isNew && !asked.replace)
    return refused(account.factor.is === 'lost' ? { is: 'record-lost' } : { is: 'already-enrolled' })
  const { epoch, endedAt } = risen(account, now)
  const next = withdrawDeadMail({
    ...account,
    epoch,
    endedAt,
    attempts: noAttempts,
    factor: newFactor(asked, { epoch, step: 0, holder: null, now }),
    links: killed(account.links, 'cancelled', now, 'reset', 'invitation'),
    resets: account.resets.map((reset) => superseded(reset, now)),
  })
  return done(next, { is: 'adopted' }, now, [
    ...(isNew ? [] : [audit('two_factor.reset.started', asked.by, { reason: 'import' })]),
    ...supersededLines(account.resets, asked.by),
    audit('two_factor.adopted', asked.by),
    { is: 'purge', epoch, resetId: null },
    ...(isNew ? [] : [{ is: 'notice', notice: { is: 'enrolled', via: 'import' } } as const]),
    { is: 'tell-directory', enrolledAt: now },
  ])
}

export function newFactor(
  asked: { readonly authenticatorId: string; readonly sealedSecret: string; readonly sealedCodes: string },
  { epoch, step, holder, now }: { epoch: number; step: number; holder: string | null; now: number },
): Active {
  return {
    is: 'active',
    authenticators: [
      { kind: 'totp', id: asked.authenticatorId, sealed: asked.sealedSecret, lastStep: step, lastForm: null },
    ],
    backupCodes: { sealed: asked.sealedCodes, issuedAt: now, used: [], lastForm: null, savedAt: null, holder },
    enrolledAt: now,
    epoch,
    lastUsedAt: step === 0 ? null : now,
    holder,
  }
}
