/** Seconds as Redis and Lua read them, and when Redis may throw something away. */

/** How long past its deadline something is kept. Seconds; another process's clock, or this one put back, may still see it alive. */
const keptAfterSeconds = 300

/** A deadline that is no number would never come. */
export function aNumber(value: number): number {
  if (Number.isNaN(value)) throw new TypeError('a time must be a number')
  return value
}

/** As a ZSET's score; "never" is +inf. */
export function score(at: number): string {
  return at === Infinity ? '+inf' : at === -Infinity ? '-inf' : String(at)
}

/**
 * What EXPIRE is told; '' is for ever. The driver's clock decides what is live and Redis's own only tidies, so it counts from
 * now on, and generously.
 */
export function secondsToKeep(expiresAt: number, now: number): string {
  const seconds = Math.ceil(Math.max(0, expiresAt - now)) + keptAfterSeconds
  // EXPIRE refuses what overflows its milliseconds.
  return seconds > 1e12 ? '' : String(seconds)
}

/** Whatever was to end before this is gone for every clock. */
export function longGone(now: number): string {
  return score(now - keptAfterSeconds)
}
