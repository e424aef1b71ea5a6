/**
 * Operations of one kind that share a statement under load: the first few run alone, what comes while they run waits and goes together.
 * Only for operations that wait for no lock: one that does would delay the others.
 */
import { StoreUnavailable } from '../../errors.ts'

/** Statements of one kind at the same time. Count; fewer than connections. */
const lanes = 2
/** Operations of one statement. Count; bounds its size. */
const most = 200

interface Waiting<Item, Result> {
  readonly item: Item
  readonly done: (result: Result) => void
  readonly failed: (error: unknown) => void
}

export interface Operation<Item, Result> {
  /** Two items that share a key are never in one statement. */
  readonly keysOf: (item: Item) => readonly string[]
  readonly alone: (item: Item) => Promise<Result>
  /** Results in the order of the items. */
  readonly together: (items: readonly Item[]) => Promise<readonly Result[]>
}

export class Batch<Item, Result> {
  readonly #operation: Operation<Item, Result>
  #waiting: Waiting<Item, Result>[] = []
  #running = 0

  constructor(operation: Operation<Item, Result>) {
    this.#operation = operation
  }

  run(item: Item): Promise<Result> {
    if (this.#running < lanes) {
      this.#running += 1
      return this.#operation.alone(item).finally(() => this.#next())
    }
    return new Promise((done, failed) => void this.#waiting.push({ item, done, failed }))
  }

  /** The lane goes on with what waits. */
  #next(): void {
    const some = this.#take()
    if (some.length === 0) this.#running -= 1
    else void this.#runAll(some).finally(() => this.#next())
  }

  #take(): Waiting<Item, Result>[] {
    const some: Waiting<Item, Result>[] = []
    const rest: Waiting<Item, Result>[] = []
    const taken = new Set<string>()
    for (const waiting of this.#waiting) {
      const keys = this.#operation.keysOf(waiting.item)
      if (some.length < most && !keys.some((key) => taken.has(key))) some.push(waiting)
      else rest.push(waiting)
      for (const key of keys) taken.add(key)
    }
    this.#waiting = rest
    return some
  }

  async #runAll(some: readonly Waiting<Item, Result>[]): Promise<void> {
    const [first] = some
    try {
      const isOne = first !== undefined && some.length === 1
      const results = isOne
        ? [await this.#operation.alone(first.item)]
        : await this.#operation.together(some.map(({ item }) => item))
      for (const [index, { done }] of some.entries()) done(results[index] as Result)
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        // During an outage each statement takes the whole deadline: those that wait would take it twice.
        for (const { failed } of [...some, ...this.#waiting.splice(0)]) failed(error)
      } else if (some.length === 1) first?.failed(error)
      // A bad item must not fail the others: each runs alone.
      else for (const each of some) await this.#runAll([each])
    }
  }
}
