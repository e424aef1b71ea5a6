/**
 * Entries of one journal on their way: written in the order in which they were appended, which several connections would not keep. Those
 * that come while a statement runs share the next one.
 */
import { StoreUnavailable } from '../../errors.ts'
import type { JournalEntry } from '../store.ts'

/** Entries of one statement. Count; bounds its size. */
const most = 200

interface Waiting {
  readonly entry: JournalEntry
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

export class Appends {
  readonly #write: (entries: readonly JournalEntry[]) => Promise<void>
  #waiting: Waiting[] = []
  #writing: Promise<void> | null = null

  /** @param write writes all of the entries in this order, or none */
  constructor(write: (entries: readonly JournalEntry[]) => Promise<void>) {
    this.#write = write
  }

  add(entry: JournalEntry): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ entry, done, failed })
      this.#writing ??= this.#writeAll()
    })
  }

  async idle(): Promise<void> {
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, most)
      const error = await this.#attempt(some)
      // During an outage each statement takes the whole deadline: those that wait would take it twice.
      if (error instanceof StoreUnavailable) for (const { failed } of this.#waiting.splice(0)) failed(error)
    }
    this.#writing = null
  }

  /** The error that refused all of them. */
  async #attempt(some: readonly Waiting[]): Promise<unknown> {
    try {
      await this.#write(some.map(({ entry }) => entry))
      for (const { done } of some) done()
      return null
    } catch (error) {
      // A bad entry must not undo the others: each is written alone.
      if (some.length > 1 && !(error instanceof StoreUnavailable)) {
        for (const each of some) await this.#attempt([each])
        return null
      }
      for (const { failed } of some) failed(error)
      return error
    }
  }
}
