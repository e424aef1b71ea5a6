/**
 * An act on others requires a recent proof of one's own second factor that is valid for one act: a code, an assertion of a passkey that
 * signs the act, or the proof of a sign-in a moment ago. Each is used up by comparison, in the swap that notes the act.
 */
import type { Account, Act, Active } from './account.ts'
import { changed, type Passkey, passkeysOf, totpOf } from './authenticators.ts'
import { activeFactor, burn, countFailure, refuseCode, type AuditFacts } from './authenticator.ts'
import { refused, done, type Decision, enqueue } from './decision.ts'
import { mayNotTry, noAttempts, noRoom } from './attempts.ts'
import type { ByPasskey, ProvenBy } from './authenticatorCommand.ts'
import { judge, numberOf, passkeyOf, suspicion, withUsed } from './passkeys.ts'
import { HOUR, KEPT_ACTS, KEPT_RESETS, RETRY_SECONDS, type Rules } from './rules.ts'
import type { ActRequest, Caller, CommandOf } from './command.ts'
import type { Refusal } from './refusal.ts'

export function stepUp(account: Account, command: CommandOf<'step-up'>, now: number, rules: Rules): Decision {
  const known = repeatedAct(account, command.act)
  if (known) return known
  const { by, knownBrowser, act } = command
  const audited: AuditFacts = { type: 'step_up.refused', by, target: act.target, knownBrowser }
  if (command.passkey !== undefined) return signed(account, command, now, { ...audited, now, rules })
  if (isPasskeyRequired(command.roles, rules)) return refused({ is: 'passkey-required' })
  const factor = actingFactor(account, { epoch: account.epoch, by: 'otp', addedAt: enrolledAtOf }, now, rules)
  if (factor.is !== 'active') return refused(factor)
  const totp = totpOf(factor)
  if (command.step === null || !totp) return countFailure(account, now, rules, audited)
  if (command.step <= totp.lastStep) return refuseCode(account, { is: 'code-replayed' }, now, audited)
  const proven = { ...account, attempts: noAttempts, factor: burn(factor, command.step, null, now) }
  return done({ ...proven, acts: noted(account, act, now) }, { is: 'stepped-up' }, now, [])
}

/** Whether acts of a person with these roles need a passkey. Unknown roles are all. */
export const isPasskeyRequired = (roles: readonly string[] | undefined, { passkeyRoles }: Rules): boolean =>
  roles === undefined ? passkeyRoles.length > 0 : roles.some((role) => passkeyRoles.includes(role))

/** By an assertion whose challenge contains the act. */
function signed(
  account: Account,
  { act, passkey: proof, by }: Extract<CommandOf<'step-up'>, ByPasskey>,
  now: number,
  audited: AuditFacts & { readonly now: number; readonly rules: Rules },
): Decision {
  const addedAt = (factor: Active): number => passkeyOf(factor, proof.assertion)?.addedAt ?? now
  const factor = actingFactor(account, { epoch: proof.epoch, by: 'passkey', addedAt }, now, audited.rules)
  if (factor.is !== 'active') return refused(factor)
  const judged = judge(account, factor, proof, audited)
  if (judged.is !== 'right') return judged
  const { passkey } = judged
  if (passkey.suspectAt !== null) return suspected(account, { factor, passkey, by }, now)
  const used = withUsed(factor, { ...passkey, lastForm: null }, now)
  const acts = noted(account, { ...act, with: passkey.id }, now)
  return done({ ...account, passkeyNumber: numberOf(account) + 1, factor: used, acts }, { is: 'stepped-up' }, now, [])
}

/** The mark is kept although the act is refused. */
function suspected(
  account: Account,
  { factor, passkey, by }: { readonly factor: Active; readonly passkey: Passkey; readonly by: Caller },
  now: number,
): Decision {
  const refusal = { is: 'passkey-suspect' } as const
  const before = passkeysOf(factor).find(({ id }) => id === passkey.id)
  const effects = suspicion(before, passkey, by)
  if (!before || effects.length === 0) return refused(refusal)
  const { suspectAt } = passkey
  const authenticators = changed(factor, (item) => (item === before ? { ...before, suspectAt } : item))
  const marked = enqueue({ ...account, factor: { ...factor, authenticators } }, now, effects)
  return marked ? { is: 'refused', refusal, account: marked } : refused({ is: 'outbox-full' })
}

/** A refusal changes nothing: nothing can be guessed, so nothing is counted. */
export function spendProof(account: Account, command: CommandOf<'spend-proof'>, now: number, rules: Rules): Decision {
  const known = repeatedAct(account, command.act)
  if (known) return known
  if (command.proof.by !== 'passkey' && isPasskeyRequired(command.roles, rules))
    return refused({ is: 'passkey-required' })
  const { epoch, by } = command.proof
  const addedAt = by === 'passkey' ? newestOf : enrolledAtOf
  const factor = actingFactor(account, { epoch, by, addedAt }, now, rules)
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
  const isWeak = proof.by === 'backup-code' || proof.by === 'suspect-passkey'
  if (isWeak || proof.at <= newestOf(factor)) return { is: 'proof-too-weak' }
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

/** The factor that may act on others now, or the refusal. Every pause of codes applies, in known and unknown browsers. */
function actingFactor(
  account: Account,
  {
    epoch,
    by,
    addedAt,
  }: { readonly epoch: number; readonly by: ProvenBy; readonly addedAt: (factor: Active) => number },
  now: number,
  rules: Rules,
): Active | Refusal {
  const factor = activeFactor(account, { epoch })
  if (factor.is !== 'active') return factor
  return (
    tooNew(addedAt(factor), now, rules) ??
    actsExceeded(account, now, rules) ??
    (by === 'passkey' ? noRoom(account) : mayNotTry(account, false, now, rules)) ??
    factor
  )
}

const enrolledAtOf = ({ enrolledAt }: Active): number => enrolledAt

/** When the newest authenticator was set up. */
const newestOf = (factor: Active): number =>
  Math.max(factor.enrolledAt, ...passkeysOf(factor).map(({ addedAt }) => addedAt))

/** An attacker who set up an authenticator on a captured account must wait; meanwhile its owner has received a notice. */
function tooNew(addedAt: number, now: number, { stepUpMinFactorAgeSeconds: least }: Rules): Refusal | null {
  // Without a waiting time nothing is compared: with a clock that was set back, every authenticator would be too new.
  return least > 0 && now - addedAt < least ? { is: 'factor-too-new', until: addedAt + least } : null
}

const noted = ({ acts }: Account, act: Omit<Act, 'at'>, now: number): Act[] =>
  [{ ...act, at: now }, ...acts].slice(0, KEPT_ACTS)

export function actsExceeded(account: Account, now: number, rules: Rules): Refusal | null {
  if (rules.actsPerHour === null) return null
  const recent = account.acts.filter((act) => now - act.at < HOUR)
  const oldest = recent[rules.actsPerHour - 1]
  return oldest ? { is: 'too-many-resets', retryAt: oldest.at + HOUR } : null
}
