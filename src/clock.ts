/** The system's clock. */

/** The only place where milliseconds exist. */
export const systemClock = { now: (): number => Math.floor(Date.now() / 1000) }
