import type { Journal, JournalEntry, JournalQuery } from '../store.ts'
import { aNumber } from '../values.ts'
import type { OpenState } from './openState.ts'

export class MemoryJournal implements Journal {
  readonly #state: OpenState
  readonly #entries: (JournalEntry & { arrival: number })[] = []

  constructor(state: OpenState) {
    this.#state = state
  }

  async append({ id, at, text, tags }: JournalEntry): Promise<void> {
    this.#state.check()
    if (this.#entries.some((entry) => entry.id === id)) return
    this.#entries.push({ id, at: aNumber(at), text, tags: [...tags], arrival: this.#entries.length + 1 })
  }

  async replace(id: string, text: string): Promise<boolean> {
    this.#state.check()
    const index = this.#entries.findIndex((entry) => entry.id === id)
    const entry = this.#entries[index]
    if (entry) this.#entries[index] = { ...entry, text }
    return entry !== undefined
  }

  async list({ tags = [], from = -Infinity, to = Infinity, before, limit }: JournalQuery) {
    this.#state.check()
    const newestFirst = this.#entries.toSorted((a, b) => b.at - a.at || b.arrival - a.arrival)
    const cursor = newestFirst.findIndex((entry) => position(entry) === before)
    if (before !== undefined && cursor === -1) return []
    return newestFirst
      .slice(cursor + 1)
      .filter(({ at }) => at >= from && at <= to)
      .filter((entry) => tags.every((tag) => entry.tags.includes(tag)))
      .slice(0, Math.max(0, limit))
      .map((entry) => ({ id: entry.id, at: entry.at, text: entry.text, tags: entry.tags, position: position(entry) }))
  }
}

function position({ at, arrival }: { at: number; arrival: number }): string {
  return `${at}_${arrival}`
}
