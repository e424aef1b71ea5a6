/**
 * Another authenticator in place of the one that works: active ──replace──▶ active. The old one works until the new one is confirmed,
 * in one swap, so that nobody is ever without. Whoever asks has proven themselves a moment ago (`provenAt`, a fact).
 */
import type { Account } from './account.ts'
import { isLocked, noAttempts } from './attempts.ts'
import { activeFactor, newFactor, nextEpoch } from './authenticator.ts'
import { refused, done, type Decision } from './decision.ts'
import { audit, ownNotice } from './outbox.ts'
import { PENDING_SECONDS, type Rules } from './rules.ts'
import type { CommandOf } from './command.ts'

/** First confirm wins, as at a set-up: the winner's double click sees its own result while nothing has ended it. */
export function replace(account: Account, command: CommandOf<'replace'>, now: number, rules: Rules): Decision {
  const { factor } = account
  if (factor.is === 'active' && factor.binding === command.binding && factor.epoch === account.epoch)
    return { is: 'repeated', event: { is: 'replaced', at: factor.enrolledAt } }
  const active = activeFactor(account, command)
  if (active.is !== 'active') return refused(active)
  // A page left open must not hand the account to whoever sits down at it.
  if (now - command.provenAt >= PENDING_SECONDS) return refused({ is: 'proof-too-old' })
  // Guessing went on meanwhile until only a reset helps: the way out of a lock is that reset.
  if (isLocked(account.attempts, rules)) return refused({ is: 'locked' })
  // Of the new secret, which protects nothing yet: not counted.
  if (command.step === null) return refused({ is: 'code-incorrect', failures: 0 })
  const { epoch, endedAt } = nextEpoch(account, now)
  const next: Account = {
    ...account,
    epoch,
    endedAt,
    attempts: noAttempts,
    factor: newFactor(command, { epoch, step: command.step, binding: command.binding, now }),
  }
  return done(next, { is: 'replaced', at: now }, now, [
    audit('two_factor.replaced', command.by),
    { is: 'purge', epoch, resetId: null },
    ownNotice({ is: 'replaced' }, command.by),
    { is: 'tell-directory', enrolledAt: now },
  ])
}
