/** Watches the room of a store, so that no request waits for the answer. */
import { type StoreRoom, storeRoom } from '../core/storeRoom.ts'
import type { Store } from './store.ts'

export interface Watched {
  /** The same store, which says `isNearlyFull`. */
  readonly store: Store
  /** Reads the used share now; null: not known or without limit. */
  used(): Promise<number | null>
  stop(): void
}

interface WatchOptions {
  /** Called once for each change. */
  readonly onChange: (room: StoreRoom, used: number) => void
  /** Milliseconds, default 5000: a flood of sign-ins fills some 10 MB in it. */
  readonly everyMs?: number
}

export function watchRoom(store: Store, { onChange, everyMs = 5000 }: WatchOptions): Watched {
  let room: StoreRoom = 'ok'
  async function used(): Promise<number | null> {
    // During an outage the last answer counts.
    const share = await (store.memoryUsed ?? store.diskUsed)?.().catch(() => undefined)
    if (share === undefined) return null
    const next = storeRoom(share, room)
    if (next !== room) {
      room = next
      onChange(next, share ?? 0)
    }
    return share
  }
  const timer = setInterval(() => void used(), everyMs).unref()
  return { store: { ...store, isNearlyFull: () => room === 'nearly-full' }, used, stop: () => clearInterval(timer) }
}
