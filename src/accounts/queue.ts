/** One command per account at a time in this process, so that only other processes can race with it. */
import { StoreUnavailable } from '../errors.ts'
import { mayWaitForStore, waitedTooLong, waitForStore } from '../store/requestDeadline.ts'

/** A command that failed so late has waited for a store that does not answer. Milliseconds. */
const OUTAGE_MS = 1000

export function createQueue() {
  const last = new Map<string, Promise<unknown>>()
  const outages = new WeakSet<StoreUnavailable>()

  async function run<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    try {
      return await work()
    } catch (error) {
      if (error instanceof StoreUnavailable && performance.now() - began > OUTAGE_MS) outages.add(error)
      throw error
    }
  }

  /** In an outage all that wait fail with the first: each would take the whole deadline once more. */
  async function after<T>(before: Promise<unknown>, work: () => Promise<T>): Promise<T> {
    const error = await before.then(
      () => null,
      (failure: unknown) => failure,
    )
    if (error instanceof StoreUnavailable && outages.has(error)) throw error
    // The caller has its answer already.
    if (!mayWaitForStore()) throw waitedTooLong()
    return run(work)
  }

  return <T>(id: string, work: (isFirst: boolean) => Promise<T>): Promise<T> => {
    const before = last.get(id)
    const mine = before ? after(before, () => work(false)) : run(() => work(true))
    last.set(id, mine)
    const leave = (): void => {
      if (last.get(id) === mine) last.delete(id)
    }
    mine.then(leave, leave)
    // The next command waits for the end of this one, which may come after the deadline of its request.
    return waitForStore(() => mine)
  }
}
