/**
 * The budget of guesses, shared by authenticator and backup codes. Only wrong codes against a stored secret, after the right
 * password, are counted: a stranger can neither spend nor read it (mastodon#28801).
 *
 *   5 free ── 6th: 30 s ── 7th: 60 s ── … ── 1 h ── 1 h ── 100th: locked until a reset
 */
import type { Account, Attempts } from './account.ts'
import { OWED_LIMIT, type Rules } from './rules.ts'
import type { Refusal } from './vocabulary.ts'

export const noAttempts: Attempts = { failures: 0, pausedUntil: null }

export const isLocked = (attempts: Attempts, rules: Rules): boolean => attempts.failures >= rules.lockAfter

/** Why no code is looked at now, if so. */
export function mayNotTry({ attempts, owed }: Account, now: number, rules: Rules): Refusal | null {
  if (isLocked(attempts, rules)) return { is: 'locked' }
  if (attempts.pausedUntil !== null && now < attempts.pausedUntil) return { is: 'paused', until: attempts.pausedUntil }
  // With no room to tell of a wrong code, and of the lock it may bring, it could not be counted, and guesses would be free: none is judged.
  return owed.length + 2 <= OWED_LIMIT ? null : { is: 'too-much-owed' }
}

export function oneMoreFailure(attempts: Attempts, now: number, rules: Rules): Attempts {
  const failures = attempts.failures + 1
  const over = failures - rules.freeAttempts
  if (over <= 0) return { failures, pausedUntil: null }
  const pause = Math.min(rules.firstPauseSeconds * 2 ** (over - 1), rules.longestPauseSeconds)
  return { failures, pausedUntil: now + pause }
}
