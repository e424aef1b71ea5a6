/**
 * When a password is judged. Wrong ones are counted outside the account record, because any client can cause them. Attempts in unknown
 * browsers never delay a browser that is known for the account.
 *
 *   per email and browser    pauses grow after the free attempts, in every browser
 *   per email and network    likewise, in unknown browsers
 *   per email · per network  a number per hour, in unknown browsers
 */
import type { Rules } from './rules.ts'

/** @see store/store.ts Counter */
export interface Counted {
  readonly count: number
  readonly until: number
}

/** The counters of one attempt; null: not counted. A pause is a counter that expires with it. */
export interface PasswordCounts {
  readonly browserPause: Counted | null
  readonly herePause: Counted | null
  readonly account: Counted | null
  readonly network: Counted | null
}

/** Why no password is judged, and until when. */
export interface PasswordPause {
  readonly because: 'browser' | 'here' | 'account' | 'network'
  readonly until: number
}

/** The pause that applies in any browser, for its own failures. */
export const ownPause = ({ browserPause }: PasswordCounts, now: number): PasswordPause | null =>
  browserPause && now < browserPause.until ? { because: 'browser', until: browserPause.until } : null

/** The longest pause that applies in a browser that is not known for the account. */
export function strangersPause(counts: PasswordCounts, now: number, rules: Rules): PasswordPause | null {
  const full = (counted: Counted | null, limit: number | null): number =>
    counted && limit !== null && counted.count >= limit ? counted.until : 0
  const pauses: PasswordPause[] = [
    { because: 'here', until: counts.herePause?.until ?? 0 },
    { because: 'account', until: full(counts.account, rules.passwordsPerAccount) },
    { because: 'network', until: full(counts.network, rules.passwordsPerNetwork) },
  ]
  return pauses.filter(({ until }) => now < until).toSorted((a, b) => b.until - a.until)[0] ?? null
}

/** How long the next attempt waits after this many wrong ones. Seconds. */
export function passwordPauseSeconds(failures: number, rules: Rules): number {
  const over = failures - rules.passwordFreeAttempts
  if (over <= 0) return 0
  return Math.min(rules.passwordFirstPauseSeconds * 2 ** (over - 1), rules.passwordLongestPauseSeconds)
}
