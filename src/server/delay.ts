/** A pause that can be ended early. */
import { setTimeout as pause } from 'node:timers/promises'

export interface Delay {
  wait(seconds: number): Promise<void>
  /** False: nothing waits. */
  end(): boolean
}

export function createDelay(): Delay {
  let waiting: AbortController | null = null
  return {
    async wait(seconds) {
      if (seconds === 0) return
      waiting = new AbortController()
      await pause(seconds * 1000, undefined, { signal: waiting.signal }).catch(() => undefined)
      waiting = null
    },
    end() {
      const isWaiting = waiting !== null
      waiting?.abort()
      return isWaiting
    },
  }
}
