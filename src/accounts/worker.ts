/** Dispatches outbox entries left by a crash or an outage; the store lists the accounts that are due. */
import type { Accounts } from './accounts.ts'
import type { Clock } from '../ports.ts'

export interface Worker {
  stop(): Promise<void>
}

interface WorkerOptions {
  /** Ids of the accounts that are due. */
  readonly due: (now: number, limit: number, leaseSeconds: number) => Promise<string[]>
  readonly accounts: Accounts
  readonly clock: Clock
  readonly onError: (error: unknown, doing: string) => void
  /** Interval of the store queries. Milliseconds, default 1000. */
  readonly everyMs?: number
}

/** Accounts dispatched at a time. */
const BATCH = 10

export function startWorker({ due, accounts, clock, onError, everyMs = 1000 }: WorkerOptions): Worker {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()

  async function round(): Promise<void> {
    try {
      const ids = await due(clock.now(), BATCH, accounts.lease)
      await Promise.all(ids.map((id) => accounts.dispatch(id)))
    } catch (error) {
      onError(error, 'dispatching what is due')
    }
  }

  const again = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      running = round().finally(again)
    }, everyMs)
    timer.unref()
  }
  again()

  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
      await accounts.idle()
    },
  }
}
