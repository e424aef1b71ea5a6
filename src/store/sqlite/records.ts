/** Account records: one row per account, changed by compare-and-set on its version. */
import type { Records, SwapOptions, Versioned } from '../store.ts'
import type { SqliteFile } from './file.ts'

// wake_at is never null: "never" is Infinity (9e999), so that a NaN is refused and no outbox entry is left behind.
export const recordsSchema = `
  CREATE TABLE records (
    id      TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    text    TEXT NOT NULL,
    wake_at REAL NOT NULL
  ) STRICT;
  CREATE INDEX records_awake ON records (wake_at, id) WHERE wake_at < 9e999`

export class SqliteRecords implements Records {
  readonly #file: SqliteFile
  readonly #read
  readonly #insert
  readonly #update
  readonly #due
  readonly #lease
  readonly #backlog

  constructor(file: SqliteFile) {
    this.#file = file
    this.#read = file.prepare<Versioned>('SELECT text, version FROM records WHERE id = ?')
    this.#insert = file.prepare(
      'INSERT INTO records (id, version, text, wake_at) VALUES (?, 1, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#update = file.prepare(
      'UPDATE records SET version = version + 1, text = ?, wake_at = ? WHERE id = ? AND version = ?',
    )
    this.#due = file.prepare<{ id: string }>(
      'SELECT id FROM records WHERE wake_at < 9e999 AND wake_at <= ? ORDER BY wake_at, id LIMIT max(0, ?)',
    )
    this.#lease = file.prepare('UPDATE records SET wake_at = ? WHERE id = ?')
    this.#backlog = file.prepare<{ count: number }>(
      'SELECT count(*) AS count FROM records WHERE wake_at < 9e999 AND wake_at < ?',
    )
  }

  async read(id: string): Promise<Versioned | null> {
    return this.#file.read(() => this.#read.first(id) ?? null)
  }

  async swap(id: string, text: string, expectedVersion: number, options: SwapOptions = {}): Promise<boolean> {
    const wakeAt = options.wakeAt ?? Infinity
    return this.#file.write(() => {
      if (expectedVersion === 0) return this.#insert.run(id, text, wakeAt) === 1
      return this.#update.run(text, wakeAt, id, expectedVersion) === 1
    })
  }

  async due(now: number, limit: number, leaseSeconds: number): Promise<string[]> {
    const readDue = () => this.#due.every(now, limit).map(({ id }) => id)
    // Usually nothing is due, and a read needs no lock.
    const nothing = await this.#file.read(() => readDue().length === 0)
    if (nothing) return []
    return this.#file.write(() => {
      const ids = readDue()
      for (const id of ids) this.#lease.run(now + leaseSeconds, id)
      return ids
    })
  }

  async backlog(now: number): Promise<number> {
    return this.#file.read(() => this.#backlog.first(now)?.count ?? 0)
  }
}
