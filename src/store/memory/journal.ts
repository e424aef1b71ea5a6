import type { Journal, JournalEntry, JournalQuery, RemovalQuery } from '../store.ts'
import { aNumber } from '../values.ts'
import type { OpenState } from './openState.ts'

export class MemoryJournal implements Journal {
  readonly #state: OpenState
  readonly #entries: (JournalEntry & { arrival: number })[] = []
  #arrivals = 0

  constructor(state: OpenState) {
    this.#state = state
  }

  async append({ id, at, text, tags }: JournalEntry): Promise<void> {
    this.#state.check()
    if (this.#entries.some((entry) => entry.id === id)) return
    this.#entries.push({ id, at: aNumber(at), text, tags: [...tags], arrival: ++this.#arrivals })
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

  async remove({ to, tag, limit }: RemovalQuery): Promise<number> {
    this.#state.check()
    const oldest = this.#entries
      .filter(({ at, tags }) => at <= to && (tag === undefined || tags.includes(tag)))
      .toSorted((a, b) => a.at - b.at || a.arrival - b.arrival)
      .slice(0, Math.max(0, limit))
    for (const entry of oldest) this.#entries.splice(this.#entries.indexOf(entry), 1)
    return oldest.length
  }
}

function position({ at, arrival }: { at: number; arrival: number }): string {
  return `${at}_${arrival}`
}
