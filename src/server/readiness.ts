/** Whether this process can serve. A full database answers pings and reads, and refuses every write. */
import type { Watched } from '../store/room.ts'
import type { Clock } from '../ports.ts'
import { storeRoom } from '../core/storeRoom.ts'
import { inRequest, waitForStore } from '../store/requestDeadline.ts'

/** How long the outcome of the test write counts. Milliseconds: anybody may ask, and each test writes. */
const WRITE_COUNTS_MS = 1000
/** How long a comparison of the clocks counts. Milliseconds. */
const CLOCK_COUNTS_MS = 30_000
/** Lifetime of the counter that is written. Seconds. */
const KEPT_SECONDS = 60

export interface Readiness {
  /** `refusing`: it answers, and takes no writes (full, or read-only). */
  readonly store: 'ok' | 'refusing' | 'failing'
  readonly clock: string
  /** Difference between this clock and the store's, a warning from 2 on. Absent: not known, or one clock for both. */
  readonly clock_apart_seconds?: number
  /** Accounts with an overdue effect; null: not known. */
  readonly mail_backlog: number | null
  /** A warning in time. Absent: there is no limit, or it is not known. */
  readonly store_memory?: 'low' | 'ok'
  /** The same for a store in files of this machine. */
  readonly store_disk?: 'low' | 'ok'
}

/** Reads the state of the store, on request. */
export function createReadiness(
  { store, used }: Pick<Watched, 'store' | 'used'>,
  clock: Clock,
): () => Promise<Readiness> {
  let tested: { readonly at: number; readonly isWritten: Promise<boolean> } | null = null

  function takesWrites(): Promise<boolean> {
    const now = performance.now()
    if (tested === null || now - tested.at >= WRITE_COUNTS_MS) {
      const writing = store.counters.set('readiness', 1, KEPT_SECONDS)
      tested = { at: now, isWritten: writing.then(Boolean, () => false) }
    }
    return tested.isWritten
  }

  let compared: { readonly at: number; readonly apart: Promise<number | null> } | null = null
  async function compare(): Promise<number | null> {
    const theirs = (await store.preflight?.().catch(() => null))?.now ?? null
    return theirs === null ? null : Math.round(Math.abs(clock.now() - theirs))
  }
  function apartSeconds(): Promise<number | null> {
    const now = performance.now()
    if (compared === null || now - compared.at >= CLOCK_COUNTS_MS) compared = { at: now, apart: compare() }
    return compared.apart
  }

  const inTime = <T>(read: () => Promise<T>): Promise<T | null> => waitForStore(read).catch(() => null)
  async function readAll(): Promise<Readiness> {
    const [apart, backlog, share] = await Promise.all([
      inTime(apartSeconds),
      inTime(() => store.ping().then(() => store.records.backlog(clock.now()))),
      inTime(used),
    ])
    const state = backlog === null ? 'failing' : (await inTime(takesWrites)) ? 'ok' : 'refusing'
    return {
      store: state,
      clock: new Date(clock.now() * 1000).toISOString(),
      ...(apart === null ? {} : { clock_apart_seconds: apart }),
      mail_backlog: backlog,
      ...(share === null
        ? {}
        : { [store.memoryUsed ? 'store_memory' : 'store_disk']: storeRoom(share) === 'ok' ? 'ok' : 'low' }),
    }
  }
  return () => inRequest(null, readAll)
}
