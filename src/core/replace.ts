/**
 * Replaces a working app: active ──replace──▶ active. The old one works until the new one is confirmed, in one swap, so that the account
 * always has a factor. Passkeys stay. `provenAt` shows a recent proof.
 */
import type { Account } from './account.ts'
import { isLocked, noAttempts } from './attempts.ts'
import { activeFactor, newFactor, newTotp, nextEpoch } from './authenticator.ts'
import { passkeysOf } from './authenticators.ts'
import { refused, done, type Decision } from './decision.ts'
import { audit, ownNotice } from './outbox.ts'
import { PENDING_SECONDS, type Rules } from './rules.ts'
import type { CommandOf } from './command.ts'
import { isPasskeyRequired } from './stepUp.ts'

/** The first confirmation wins, as in `enrol`; a repeated submission gets the same result while nothing has ended it. */
export function replace(account: Account, command: CommandOf<'replace'>, now: number, rules: Rules): Decision {
  const { factor } = account
  if (factor.is === 'active' && factor.binding === command.binding && factor.epoch === account.epoch)
    return { is: 'repeated', event: { is: 'replaced', at: factor.enrolledAt } }
  const active = activeFactor(account, command)
  if (active.is !== 'active') return refused(active)
  // A page left open must not give the account to the next user of the device, nor must a clock that was set back.
  if (Math.abs(now - command.provenAt) >= PENDING_SECONDS) return refused({ is: 'proof-too-old' })
  const passkeys = passkeysOf(active)
  const isByPasskey = passkeys.length > 0 && command.provenBy === 'passkey'
  if (passkeys.length > 0 && !isByPasskey && isPasskeyRequired(command.roles, rules))
    return refused({ is: 'passkey-required' })
  // The codes were locked meanwhile: only a reset, or a proof by a passkey, ends a lock.
  if (isLocked(account.attempts, rules) && !isByPasskey) return refused({ is: 'locked' })
  if (command.provenBy === 'suspect-passkey') return refused({ is: 'proof-too-weak' })
  // A code of the new secret, which protects nothing yet, is not counted.
  if (command.step === null) return refused({ is: 'code-incorrect', failures: 0 })
  const { epoch, endedAt } = nextEpoch(account, now)
  const { binding } = command
  const next: Account = {
    ...account,
    epoch,
    endedAt,
    attempts: noAttempts,
    factor: newFactor([newTotp(command, command.step), ...passkeys], command.sealedCodes, { epoch, binding, now }),
  }
  return done(next, { is: 'replaced', at: now }, now, [
    audit('two_factor.replaced', command.by),
    { is: 'purge', epoch, resetId: null, because: 'replaced' },
    ownNotice({ is: 'replaced' }, command.by),
    { is: 'tell-directory', enrolledAt: now },
  ])
}
