/** A clock that stands still until a test moves it. */
import type { Clock } from '../ports.ts'

export interface MovableClock extends Clock {
  /** Epoch seconds. */
  set(now: number): void
  advance(seconds: number): void
}

/** @param start epoch seconds */
export function movableClock(start = 1_800_000_000): MovableClock {
  let current = start
  return {
    now: () => current,
    set: (now) => void (current = now),
    advance: (seconds) => void (current += seconds),
  }
}
