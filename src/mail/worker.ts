/** Settles what a crash or an outage left: asks the store whose time has come, and sends each down the corridor. */
import { type Corridor, LEASE_SECONDS } from '../perform.ts'
import type { Clock } from '../ports.ts'

export interface Worker {
  stop(): Promise<void>
}

interface Due {
  due(now: number, limit: number, leaseSeconds: number): Promise<string[]>
}

/** Accounts settled at a time. */
const BATCH = 10

/** @param everyMs how often the store is asked. Milliseconds, default 1000 */
export function startWorker(
  records: Due,
  corridor: Corridor,
  clock: Clock,
  onError: (error: unknown, doing: string) => void,
  everyMs = 1000,
): Worker {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()

  async function round(): Promise<void> {
    try {
      const ids = await records.due(clock.now(), BATCH, LEASE_SECONDS)
      await Promise.all(ids.map((id) => corridor.settle(id)))
    } catch (error) {
      onError(error, 'settling what is due')
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
      await corridor.quiet()
    },
  }
}
