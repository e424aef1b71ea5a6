/** How a lock held by another process is waited for. Milliseconds of real time: the injected clock may stand still. */

/** Longest wait of a question. A 503 in under two seconds beats a page that hangs. */
export const timeoutMs = 1500

/** Until the next try. Short, for a busy neighbour gives the lock back for a moment only; uneven, so that waiters do not knock in step. */
export function jitterMs(): number {
  return 1 + Math.random() * 4
}
