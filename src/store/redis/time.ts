/** Times as arguments of Redis, and when it may delete keys. */

/** Time from a deadline to the deletion of the key. Seconds; for a process with a slow clock the deadline is later. */
const keptAfterSeconds = 300

/** As a ZSET's score; "never" is +inf. */
export function score(at: number): string {
  return at === Infinity ? '+inf' : at === -Infinity ? '-inf' : String(at)
}

/** The argument of EXPIRE; '' is for ever. The driver's clock decides what has expired, Redis's own only frees memory. */
export function secondsToKeep(expiresAt: number, now: number): string {
  const seconds = Math.ceil(Math.max(0, expiresAt - now)) + keptAfterSeconds
  // EXPIRE refuses what overflows its milliseconds.
  return seconds > 1e12 ? '' : String(seconds)
}

/** Deadlines before this have passed on the clock of every process. */
export function longExpired(now: number): string {
  return score(now - keptAfterSeconds)
}
