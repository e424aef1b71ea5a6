/**
 * When a password is looked at. Wrong ones are counted outside the account record, because anybody can cause them. What strangers
 * did never delays a browser that is known for the account.
 *
 *   per email and browser    pauses grow after the free attempts, in every browser
 *   per email and network    likewise, in unknown browsers
 *   per email · per network  a number an hour, in unknown browsers
 */
import type { Rules } from './rules.ts'

/** @see store/store.ts Counter */
export interface Counted {
  readonly count: number
  readonly until: number
}

/** What is counted about one attempt; null: nothing. A pause is a counter that ends with it. */
export interface PasswordCounts {
  readonly browserPause: Counted | null
  readonly herePause: Counted | null
  readonly account: Counted | null
  readonly network: Counted | null
}

/** Why no password is looked at, and from when on one is. */
export interface PasswordPause {
  readonly because: 'browser' | 'here' | 'account' | 'network'
  readonly until: number
}

/** The pause that holds in any browser: this one has failed too often itself. */
export const ownPause = ({ browserPause }: PasswordCounts, now: number): PasswordPause | null =>
  browserPause && now < browserPause.until ? { because: 'browser', until: browserPause.until } : null

/** The pause that holds in a browser that is not known for the account; the longest of those there are. */
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

/** How long the next attempt waits after so many wrong ones. Seconds; 0: not at all. */
export function passwordPauseSeconds(failures: number, rules: Rules): number {
  const over = failures - rules.passwordFreeAttempts
  if (over <= 0) return 0
  return Math.min(rules.passwordFirstPauseSeconds * 2 ** (over - 1), rules.passwordLongestPauseSeconds)
}
