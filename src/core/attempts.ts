/**
 * The budget of attempts, shared by authenticator and backup codes. It counts wrong codes against a stored secret, after the right
 * password only: an unauthenticated caller can neither use it up nor read it (mastodon#28801).
 *
 *   5 free ── 6th: 30 s ── 7th: 60 s ── … ── 1 h ── 1 h ── 100th: locked until a reset
 */
import type { Account, Attempts } from './account.ts'
import { OUTBOX_LIMIT, type Rules, WARNED_FAILURES } from './rules.ts'
import type { Notice } from './effect.ts'
import type { Refusal } from './refusal.ts'

export const noAttempts: Attempts = { failures: 0, pausedUntil: null }

export const isLocked = (attempts: Attempts, rules: Rules): boolean => attempts.failures >= rules.lockAfter

/**
 * Why no code is judged now; null: one is. A known browser has a separate pause: a thief of the password must not lock the owner out by
 * wrong codes elsewhere. The lock counts all of them.
 */
export function mayNotTry(account: Account, knownBrowser: boolean, now: number, rules: Rules): Refusal | null {
  const { attempts } = account
  if (isLocked(attempts, rules)) return { is: 'locked' }
  const { pausedUntil: until } = knownBrowser ? inKnownBrowsers(attempts) : attempts
  if (until !== null && now < until) return { is: 'paused', until }
  return noRoom(account)
}

/** A wrong code enqueues an audit line, a notice and the lock. Without room for these it would not be counted, so none is judged. */
export const noRoom = ({ outbox }: Account): Refusal | null =>
  outbox.length + 3 <= OUTBOX_LIMIT ? null : { is: 'outbox-full' }

export function oneMoreFailure(
  attempts: Attempts,
  now: number,
  rules: Rules,
  knownBrowser: boolean,
): { readonly attempts: Attempts; readonly email: Notice | null } {
  const failures = attempts.failures + 1
  const before = inKnownBrowsers(attempts)
  const inKnown = before.failures + 1
  const known = knownBrowser ? { failures: inKnown, pausedUntil: pauseAfter(inKnown, now, rules) } : before
  const isFirstElsewhere = !knownBrowser && !attempts.warned
  const warned = attempts.warned || isFirstElsewhere ? ({ warned: true } as const) : {}
  const next = { failures, pausedUntil: pauseAfter(failures, now, rules), known, ...warned }
  return { attempts: next, email: noticeOf(failures, isFirstElsewhere, rules) }
}

/** A record without the separate count counts all of them. */
const inKnownBrowsers = ({ failures, pausedUntil, known }: Attempts): NonNullable<Attempts['known']> =>
  known ?? { failures, pausedUntil }

function pauseAfter(failures: number, now: number, rules: Rules): number | null {
  const over = failures - rules.freeAttempts
  if (over <= 0) return null
  return now + Math.min(rules.firstPauseSeconds * 2 ** (over - 1), rules.longestPauseSeconds)
}

/** One notice per swap and one of each kind per run: guessing must not flood the mailbox. @see OWASP ASVS 5.0 6.3.5 */
function noticeOf(failures: number, isFirstElsewhere: boolean, rules: Rules): Notice | null {
  if (failures === Math.min(WARNED_FAILURES, rules.lockAfter)) return { is: 'wrong-codes', where: 'any' }
  return isFirstElsewhere ? { is: 'wrong-codes', where: 'unknown-browser' } : null
}
