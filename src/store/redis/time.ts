/** Seconds as Redis and Lua read them, and when Redis may delete something. */

/** How long past its deadline something is kept. Seconds; for a process whose clock is behind it has not expired yet. */
const keptAfterSeconds = 300

/** As a ZSET's score; "never" is +inf. */
export function score(at: number): string {
  return at === Infinity ? '+inf' : at === -Infinity ? '-inf' : String(at)
}

/** The argument of EXPIRE; '' is for ever. The driver's clock decides what is live, Redis's own only frees memory. */
export function secondsToKeep(expiresAt: number, now: number): string {
  const seconds = Math.ceil(Math.max(0, expiresAt - now)) + keptAfterSeconds
  // EXPIRE refuses what overflows its milliseconds.
  return seconds > 1e12 ? '' : String(seconds)
}

/** What expired before this has expired for the clock of every process. */
export function longGone(now: number): string {
  return score(now - keptAfterSeconds)
}
