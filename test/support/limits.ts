/** Until a program answers that a test has started. Milliseconds: a start takes seconds, and many times that on a busy machine. */
export const READY_MS = 60_000
