/** Timeouts of PostgreSQL operations. Milliseconds of real time: the injected clock may be fixed. */
import { Late } from './errors.ts'

/** For one operation, connecting included: a 503 within two seconds is better than a page that hangs. */
export const timeoutMs = 1800
/** For the start: another process may be upgrading the schema. */
export const openingTimeoutMs = 10_000
/** An operation that times out while none is answered for so long discards all older connections. */
export const silentMs = 500

/** How long an unused connection is kept: a new one costs a process of the server and a proof of the password. */
export const idleMs = 300_000
/** How long closing waits for the connections to end. */
export const drainMs = 1000

/** The promise, or `Late` at the moment `until` of `performance.now()`. */
export function before<T>(until: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // One more turn: after a long computation the answer may be unread, and timers run before sockets.
    const late = () => setImmediate(() => reject(new Late('no answer in time')))
    const timer = setTimeout(late, Math.max(1, until - performance.now()))
    void promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
