/**
 * An act on others requires a recent proof of one's own second factor that is valid for one act: a code, or the code of a sign-in a
 * moment ago. Either is used up by comparison, in the swap that notes the act.
 */
import type { Account, Act, Active } from './account.ts'
import { totpOf } from './authenticators.ts'
import { activeFactor, burn, countFailure, refuseCode, type AuditFacts } from './authenticator.ts'
import { refused, done, type Decision } from './decision.ts'
import { mayNotTry, noAttempts } from './attempts.ts'
import { HOUR, KEPT_ACTS, KEPT_RESETS, RETRY_SECONDS, type Rules } from './rules.ts'
import type { ActRequest, CommandOf } from './command.ts'
import type { Refusal } from './refusal.ts'

export function stepUp(account: Account, command: CommandOf<'step-up'>, now: number, rules: Rules): Decision {
  const known = repeatedAct(account, command.act)
  if (known) return known
  const factor = actingFactor(account, account.epoch, now, rules)
  if (factor.is !== 'active') return refused(factor)
  const { by, knownBrowser } = command
  const audited: AuditFacts = { type: 'step_up.refused', by, target: command.act.target, knownBrowser }
  const totp = totpOf(factor)
  if (command.step === null || !totp) return countFailure(account, now, rules, audited)
  if (command.step <= totp.lastStep) return refuseCode(account, { is: 'code-replayed' }, now, audited)
  const proven = { ...account, attempts: noAttempts, factor: burn(factor, command.step, null, now) }
  return done({ ...proven, acts: noted(account, command.act, now) }, { is: 'stepped-up' }, now, [])
}

/** A refusal changes nothing: nothing can be guessed, so nothing is counted. */
export function spendProof(account: Account, command: CommandOf<'spend-proof'>, now: number, rules: Rules): Decision {
  const known = repeatedAct(account, command.act)
  if (known) return known
  const factor = actingFactor(account, command.proof.epoch, now, rules)
  if (factor.is !== 'active') return refused(factor)
  const refusal = proofRefusal(factor, command.proof, now, rules)
  if (refusal) return refused(refusal)
  const used = { ...factor, usedProofAt: command.proof.at }
  return done({ ...account, factor: used, acts: noted(account, command.act, now) }, { is: 'proof-accepted' }, now, [])
}

/** Age is checked first: a proof that is too old gets no further detail. @see RFC 9470 §3 */
function proofRefusal(
  factor: Active,
  proof: CommandOf<'spend-proof'>['proof'],
  now: number,
  rules: Rules,
): Refusal | null {
  // A clock that was set back must not extend the validity of a proof.
  if (Math.abs(now - proof.at) > rules.stepUpMaxAgeSeconds) return { is: 'proof-too-old' }
  // A set-up is based on the password or a mailed link, a backup code on paper: neither proves possession of the device.
  if (!proof.byCode || proof.at <= factor.enrolledAt) return { is: 'proof-too-weak' }
  return proof.at <= (factor.usedProofAt ?? 0) ? { is: 'proof-used' } : null
}

/** The noted act of this id; `other`: noted for another purpose, target or request; null: not noted. */
export function burntAct({ acts }: Account, command: ActRequest): Act | 'other' | null {
  const known = acts.find((act) => act.id === command.id)
  if (!known) return null
  const isSame = known.does === command.does && known.target === command.target && known.what === command.what
  return isSame ? known : 'other'
}

/** Whether an act needs no second step-up: its retry is `valid` for some time, then `late`; `conflict`: the act of this id is another. */
export function retryOf(
  account: Account | null,
  command: ActRequest,
  now: number,
): 'none' | 'conflict' | 'valid' | 'late' {
  const known = account && burntAct(account, command)
  if (!known) return 'none'
  if (known === 'other') return 'conflict'
  return now - known.at < RETRY_SECONDS ? 'valid' : 'late'
}

function repeatedAct(account: Account, command: ActRequest): Decision | null {
  const known = burntAct(account, command)
  if (known === null) return null
  return known === 'other' ? refused({ is: 'idempotency-conflict' }) : { is: 'repeated', event: { is: 'stepped-up' } }
}

/** Whether a reset that is noted but missing may still be done: the process ended in between, and no reset came since. */
export function mayResume({ resets }: Account, act: Act, now: number): boolean {
  // A reset removed by the cap looks like one that was never done: an intercepted retry must not do it again.
  const isForgotten = resets.length >= KEPT_RESETS && resets.every(({ requestedAt }) => requestedAt >= act.at)
  return act.does === 'reset' && !isForgotten && now - act.at < HOUR
}

/** The factor that may act on others now, or the refusal. Every pause applies, in known and unknown browsers. */
function actingFactor(account: Account, epoch: number, now: number, rules: Rules): Active | Refusal {
  const factor = activeFactor(account, { epoch })
  if (factor.is !== 'active') return factor
  return (
    tooNew(factor, now, rules) ?? actsExceeded(account, now, rules) ?? mayNotTry(account, false, now, rules) ?? factor
  )
}

/** An attacker who set up a factor on a captured account must wait; meanwhile its owner has received a notice. */
function tooNew({ enrolledAt }: Active, now: number, { stepUpMinFactorAgeSeconds: least }: Rules): Refusal | null {
  // Without a waiting time nothing is compared: with a clock that was set back, every factor would be too new.
  return least > 0 && now - enrolledAt < least ? { is: 'factor-too-new', until: enrolledAt + least } : null
}

const noted = ({ acts }: Account, act: ActRequest, now: number): Act[] =>
  [{ ...act, at: now }, ...acts].slice(0, KEPT_ACTS)

export function actsExceeded(account: Account, now: number, rules: Rules): Refusal | null {
  if (rules.actsPerHour === null) return null
  const recent = account.acts.filter((act) => now - act.at < HOUR)
  const oldest = recent[rules.actsPerHour - 1]
  return oldest ? { is: 'too-many-resets', retryAt: oldest.at + HOUR } : null
}
