/** Counters. Every statement compares the expiry; `tidy` only frees space. */
import type { Clock, Counter, Counters } from '../store.ts'
import type { SqliteFile, Statement } from './file.ts'

export const countersSchema = `
  CREATE TABLE counters (
    name  TEXT NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL,
    until REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX counters_by_end ON counters (until)`

export class SqliteCounters implements Counters {
  readonly #file: SqliteFile
  readonly #clock: Clock
  readonly #read
  readonly #add
  readonly #set
  readonly #delete
  readonly #tidy

  constructor(file: SqliteFile, clock: Clock) {
    this.#file = file
    this.#clock = clock
    this.#read = file.prepare<Counter>('SELECT count, until FROM counters WHERE name = ? AND until > ?')
    this.#add = file.prepare<Counter>(`
      INSERT INTO counters (name, count, until) VALUES (:name, :count, :now + :seconds)
      ON CONFLICT (name) DO UPDATE SET
        count = CASE WHEN counters.until > :now THEN counters.count + excluded.count ELSE excluded.count END,
        until = CASE WHEN counters.until > :now THEN counters.until ELSE excluded.until END
      RETURNING count, until`)
    this.#set = file.prepare<Counter>(`
      INSERT INTO counters (name, count, until) VALUES (:name, :count, :now + :seconds)
      ON CONFLICT (name) DO UPDATE SET count = excluded.count, until = excluded.until
      RETURNING count, until`)
    this.#delete = file.prepare<Counter>('DELETE FROM counters WHERE name = ? RETURNING count, until')
    this.#tidy = file.prepare('DELETE FROM counters WHERE until <= ?')
  }

  async read(name: string): Promise<Counter | null> {
    return this.#file.read(() => this.#read.first(name, this.#clock.now()) ?? null)
  }

  async add(name: string, count: number, seconds: number): Promise<Counter> {
    return this.#write(this.#add, name, count, seconds)
  }

  async set(name: string, count: number, seconds: number): Promise<Counter> {
    return this.#write(this.#set, name, count, seconds)
  }

  async delete(name: string): Promise<boolean> {
    return this.#file.write(() => (this.#delete.first(name)?.until ?? -Infinity) > this.#clock.now())
  }

  async tidy(): Promise<void> {
    await this.#file.write(() => this.#tidy.run(this.#clock.now()))
  }

  #write(statement: Statement<Counter>, name: string, count: number, seconds: number): Promise<Counter> {
    return this.#file.write(() => {
      const row = statement.first({ name, count, now: this.#clock.now(), seconds })
      if (!row) throw new Error('a counter was not written')
      return row
    })
  }
}
