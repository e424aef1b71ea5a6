import type { Records, SwapOptions, Versioned } from '../store.ts'
import { aNumber, byBytes } from '../values.ts'
import type { OpenState } from './openState.ts'

export class MemoryRecords implements Records {
  readonly #state: OpenState
  readonly #rows = new Map<string, Versioned & { wakeAt: number }>()

  constructor(state: OpenState) {
    this.#state = state
  }

  async read(id: string): Promise<Versioned | null> {
    this.#state.check()
    const row = this.#rows.get(id)
    return row ? { text: row.text, version: row.version } : null
  }

  async swap(id: string, text: string, expectedVersion: number, options: SwapOptions = {}): Promise<boolean> {
    this.#state.check()
    if ((this.#rows.get(id)?.version ?? 0) !== expectedVersion) return false
    this.#rows.set(id, { text, version: expectedVersion + 1, wakeAt: aNumber(options.wakeAt ?? Infinity) })
    return true
  }

  async due(now: number, limit: number, leaseSeconds: number): Promise<string[]> {
    this.#state.check()
    const due = [...this.#rows]
      .filter(([, { wakeAt }]) => wakeAt < Infinity && wakeAt <= now)
      .toSorted(([idA, a], [idB, b]) => a.wakeAt - b.wakeAt || byBytes(idA, idB))
      .slice(0, Math.max(0, limit))
    for (const [, row] of due) row.wakeAt = now + leaseSeconds
    return due.map(([id]) => id)
  }

  async backlog(now: number): Promise<number> {
    this.#state.check()
    return [...this.#rows.values()].filter(({ wakeAt }) => wakeAt < now).length
  }
}
