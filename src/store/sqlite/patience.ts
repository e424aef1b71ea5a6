/** How long a lock held by another process is waited for. Milliseconds of real time: the injected clock may stand still. */

/** Longest wait in all. A 503 in under two seconds beats a page that hangs. */
export const patienceMs = 1500
/** Longest that one attempt may stop the event loop; the rest of the wait is asynchronous. */
export const blockingMs = 10

/** Waiters must not knock in step. */
export function jitterMs(): number {
  return 2 + Math.random() * 18
}
