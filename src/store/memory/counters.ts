import type { Clock, Counter, Counters } from '../store.ts'
import { aNumber } from '../values.ts'
import type { OpenState } from './openState.ts'

export class MemoryCounters implements Counters {
  readonly #state: OpenState
  readonly #clock: Clock
  readonly #rows = new Map<string, Counter>()

  constructor(state: OpenState, clock: Clock) {
    this.#state = state
    this.#clock = clock
  }

  #live(name: string): Counter | null {
    this.#state.check()
    const row = this.#rows.get(name)
    return row && row.until > this.#clock.now() ? row : null
  }

  async read(name: string): Promise<Counter | null> {
    return this.#live(name)
  }

  async add(name: string, count: number, seconds: number): Promise<Counter> {
    const row = this.#live(name)
    if (!row) return this.set(name, count, seconds)
    const next = { count: row.count + count, until: row.until }
    this.#rows.set(name, next)
    return next
  }

  async set(name: string, count: number, seconds: number): Promise<Counter> {
    this.#state.check()
    const row = { count, until: aNumber(this.#clock.now() + seconds) }
    this.#rows.set(name, row)
    return row
  }

  async delete(name: string): Promise<boolean> {
    const isThere = this.#live(name) !== null
    this.#rows.delete(name)
    return isThere
  }

  async tidy(): Promise<void> {
    const now = this.#clock.now()
    for (const [name, { until }] of this.#rows) if (until <= now) this.#rows.delete(name)
  }
}
