/** Waiting for the lock of another process. Milliseconds of real time: the injected clock may be fixed. */
/** Longest wait of an operation: a 503 within two seconds is better than a page that hangs. */
export const timeoutMs = 1500

/** Until the next try. Short, since a busy writer releases the lock only briefly; random, so that waiting processes differ. */
export function jitterMs(): number {
  return 1 + Math.random() * 4
}
