/**
 * A refresh token that comes again. Two tabs, or a lost answer, repeat a refresh within seconds: the repetition is refused and nothing
 * ends. Later it suggests theft. Neither ever gets a second pair of tokens. @see RFC 9700 §4.14.2
 */

/** Seconds, 0–60. Default 10; 0: every repetition ends the grant. */
export const refreshLeeway = { least: 0, most: 60, byDefault: 10 } as const

/** @param takenAt when it was used, by the clock of the process that used it; null: never */
export const isRepetition = (takenAt: number | null, now: number, leewaySeconds: number): boolean =>
  takenAt !== null && Math.abs(now - takenAt) < leewaySeconds
