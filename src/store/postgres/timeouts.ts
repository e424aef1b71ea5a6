/** Timeouts of PostgreSQL operations. Milliseconds of real time: the injected clock may be fixed. */

/** For one operation, connecting included: a 503 within two seconds is better than a page that hangs. */
export const timeoutMs = 1800
/** For the start: another process may be upgrading the schema. */
export const openingTimeoutMs = 10_000
/** An operation that times out while none is answered for so long discards all older connections. */
export const silentMs = 500

/** Interval at which several servers are asked which of them takes writes. */
export const compareMs = 500
/** An answer counts when the servers were asked at most so long before it. */
export const comparedMs = 1000
/** How long further servers may answer after the first that takes writes: one of them may have replaced it. */
export const othersMs = 300

/** How long an unused connection is kept: a new one costs a process of the server and a proof of the password. */
export const idleMs = 300_000
/** How long closing waits for the connections to end. */
export const drainMs = 1000
