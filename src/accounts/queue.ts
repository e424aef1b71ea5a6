/** One command per account at a time in this process, so that only other processes can race with it. */
import { StoreUnavailable } from '../errors.ts'

/** Waiting for a command that failed so late means that the store does not answer. Milliseconds. */
const OUTAGE_MS = 1000

/** After a command before it. In an outage all that wait fail with the first: each would take the whole deadline once more. */
async function afterwards<T>(before: Promise<unknown>, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  const error = await before.then(
    () => null,
    (failure: unknown) => failure,
  )
  if (error instanceof StoreUnavailable && performance.now() - began > OUTAGE_MS) throw error
  return work()
}

export function createQueue() {
  const last = new Map<string, Promise<unknown>>()
  return <T>(id: string, work: (isFirst: boolean) => Promise<T>): Promise<T> => {
    const before = last.get(id)
    const mine = before ? afterwards(before, () => work(false)) : work(true)
    last.set(id, mine)
    const leave = (): void => {
      if (last.get(id) === mine) last.delete(id)
    }
    mine.then(leave, leave)
    return mine
  }
}
