/**
 * Waits until the record of an account has changed: a save of this process reports it at once, one read a second finds what another process
 * has saved. Requests that wait for the same account share that read.
 */
import type { Account } from '../core/account.ts'
import { outsideRequest } from '../store/requestDeadline.ts'

export interface Watching {
  /** Judges the record; null: it is missing or damaged. */
  readonly isNews: (account: Account | null) => boolean
  /** Longest wait. */
  readonly seconds: number
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
}

export interface Watch {
  /** Resolves at news, after the longest wait, or without waiting when too many wait already. @throws StoreUnavailable */
  wait(accountId: string, watching: Watching): Promise<void>
  /** Reports a record that this process has saved. */
  saved(account: Account): void
  /** Ends every wait, those that come later too: the process stops. */
  end(): void
}

/** Between two reads of one record. Milliseconds. */
const READ_MS = 1000

/** Requests that wait at a time in one process. Count: each holds a connection. */
const MOST_WAITING = 1000

interface Waiter {
  readonly isNews: Watching['isNews']
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Watched {
  readonly waiters: Set<Waiter>
  timer: NodeJS.Timeout
}

type Read = (accountId: string) => Promise<Account | null>

export function createWatch(read: Read, most = MOST_WAITING): Watch {
  const watched = createWatchedAccounts(read)
  let waiting = 0
  let isOver = false
  return {
    async wait(id, { isNews, seconds, signal }) {
      if (isOver || signal.aborted || waiting >= most) return
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const gone = (): void => resolve()
      const timer = setTimeout(gone, seconds * 1000)
      signal.addEventListener('abort', gone)
      waiting += 1
      const leave = watched.enter(id, { isNews, resolve, reject })
      try {
        await promise
      } finally {
        leave()
        waiting -= 1
        clearTimeout(timer)
        signal.removeEventListener('abort', gone)
      }
    },
    saved: watched.saved,
    end() {
      isOver = true
      watched.end()
    },
  }
}

/** The accounts that requests wait for, each with the timer of its next read. */
function createWatchedAccounts(read: Read) {
  const accounts = new Map<string, Watched>()

  async function readAgain(id: string, watched: Watched): Promise<void> {
    try {
      judge(watched, await read(id))
    } catch (error) {
      for (const { reject } of watched.waiters) reject(error)
    }
    if (watched.waiters.size > 0) watched.timer = later(() => readAgain(id, watched))
  }

  function watchedOf(id: string): Watched {
    const known = accounts.get(id)
    if (known) return known
    const watched: Watched = { waiters: new Set(), timer: later(() => readAgain(id, watched)) }
    accounts.set(id, watched)
    return watched
  }

  return {
    /** @returns how it leaves */
    enter(id: string, waiter: Waiter): () => void {
      const watched = watchedOf(id)
      watched.waiters.add(waiter)
      return () => {
        watched.waiters.delete(waiter)
        if (watched.waiters.size > 0) return
        clearTimeout(watched.timer)
        accounts.delete(id)
      }
    },
    saved(account: Account): void {
      const watched = accounts.get(account.id)
      if (watched) judge(watched, account)
    },
    end(): void {
      for (const { waiters } of accounts.values()) for (const { resolve } of waiters) resolve()
    },
  }
}

/** The read is for all that wait: it does not end with the request that caused it. */
const later = (work: () => Promise<void>): NodeJS.Timeout =>
  outsideRequest(() => setTimeout(() => void work(), READ_MS).unref())

function judge({ waiters }: Watched, account: Account | null): void {
  for (const { isNews, resolve, reject } of waiters)
    try {
      if (isNews(account)) resolve()
    } catch (error) {
      // A failure here must not become one of the act that was saved.
      reject(error)
    }
}
