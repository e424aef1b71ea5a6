/** How long Redis is waited for. Milliseconds of real time: the injected clock may stand still. */
import { Late } from './errors.ts'

/** Longest that one operation takes, reconnecting included. A 503 in under two seconds beats a page that hangs. */
export const timeoutMs = 1500
/** How long operations wait for a lost connection to come back; once it has been away for longer they are refused at once. */
export const graceMs = 1000
/** A connection that has answered nobody for so long is given up when an operation comes to the end of its time. */
export const silentMs = 500
/** Longest that a frozen server may keep a new connection waiting for its greeting before another is tried. */
export const greetingMs = 800
/** Pauses between attempts to reconnect: doubling from the first to the longest. */
export const firstPauseMs = 50
export const longestPauseMs = 400
/** A connection that breaks at once is not rebuilt in a tight loop. */
export const rebuildMs = 250
/** A silent connection is asked so often … */
export const pingMs = 1000
/** … and given up after so long without a byte either way. Longer than `pingMs`, else a merely idle one would end. */
export const idleMs = 2000
/** How long closing waits for what is under way. */
export const drainMs = 1000

/** The promise, or `Late` at the moment `until` of `performance.now()`. */
export function before<T>(until: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // One more turn: after a long computation the answer may lie there unread, and timers come before sockets.
    const late = () => setImmediate(() => reject(new Late('no answer in time')))
    const timer = setTimeout(late, Math.max(1, until - performance.now()))
    void promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
