/** Counters. Every statement compares the expiry; `tidy` only frees space. */
import type { Clock, Counter, Counters } from '../store.ts'
import type { Connections } from './connections.ts'

export const countersSchema = (schema: string) => `
  CREATE TABLE ${schema}.counters (
    name  text COLLATE "C" PRIMARY KEY,
    count bigint NOT NULL,
    until double precision NOT NULL CHECK (until <> 'NaN')
  );
  CREATE INDEX counters_by_end ON ${schema}.counters (until);`

interface Row {
  readonly count: string
  readonly until: string
}

const counter = ({ count, until }: Row): Counter => ({ count: Number(count), until: Number(until) })

export class PostgresCounters implements Counters {
  readonly #connections: Connections
  readonly #clock: Clock
  readonly #table: string

  constructor(connections: Connections, schema: string, clock: Clock) {
    this.#connections = connections
    this.#clock = clock
    this.#table = `${schema}.counters`
  }

  async read(name: string): Promise<Counter | null> {
    const { rows } = await this.#connections.query<Row>(
      `SELECT count, until FROM ${this.#table} WHERE name = $1 AND until > $2`,
      [name, this.#clock.now()],
    )
    return rows[0] ? counter(rows[0]) : null
  }

  async add(name: string, count: number, seconds: number): Promise<Counter> {
    const now = this.#clock.now()
    return this.#write(
      `INSERT INTO ${this.#table} AS t (name, count, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET
         count = CASE WHEN t.until > $4 THEN t.count + excluded.count ELSE excluded.count END,
         until = CASE WHEN t.until > $4 THEN t.until ELSE excluded.until END
       RETURNING count, until`,
      [name, count, now + seconds, now],
    )
  }

  async set(name: string, count: number, seconds: number): Promise<Counter> {
    return this.#write(
      `INSERT INTO ${this.#table} (name, count, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET
         count = excluded.count, until = excluded.until
       RETURNING count, until`,
      [name, count, this.#clock.now() + seconds],
    )
  }

  async delete(name: string): Promise<boolean> {
    const { rows } = await this.#connections.query<{ until: string }>(
      `DELETE FROM ${this.#table} WHERE name = $1 RETURNING until`,
      [name],
    )
    return Number(rows[0]?.until ?? -Infinity) > this.#clock.now()
  }

  async tidy(): Promise<void> {
    await this.#connections.query(`DELETE FROM ${this.#table} WHERE until <= $1`, [this.#clock.now()])
  }

  async #write(statement: string, values: readonly (string | number)[]): Promise<Counter> {
    const { rows } = await this.#connections.query<Row>(statement, values)
    if (!rows[0]) throw new Error('a counter was not written')
    return counter(rows[0])
  }
}
