/** Account records: one row per account, changed by compare-and-set on its version. */
import type { Records, SwapOptions, Versioned } from '../store.ts'
import { aNumber } from '../values.ts'
import { Batch } from './batch.ts'
import type { Connections } from './connections.ts'
import { type StoredVersioned, versioned } from './rows.ts'

// wake_at is never null: "nothing waits" is Infinity, so that a NaN is refused and no outbox entry is forgotten.
export const recordsSchema = (schema: string) => `
  CREATE TABLE ${schema}.records (
    id      text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    text    text COLLATE "C" NOT NULL,
    wake_at double precision NOT NULL CHECK (wake_at <> 'NaN')
  );
  CREATE INDEX records_awake ON ${schema}.records (wake_at, id) WHERE wake_at < 'Infinity';`

export class PostgresRecords implements Records {
  readonly #connections: Connections
  readonly #table: string
  readonly #reads: Batch<string, Versioned | null>
  readonly #creations: Batch<Creation, boolean>

  constructor(connections: Connections, schema: string) {
    this.#connections = connections
    this.#table = `${schema}.records`
    this.#reads = new Batch({
      keysOf: (id) => [id],
      alone: async (id) => (await this.#readAll([id]))[0] ?? null,
      together: (ids) => this.#readAll(ids),
    })
    this.#creations = new Batch({
      keysOf: ({ id }) => [id],
      alone: async (creation) => (await this.#createAll([creation]))[0] ?? false,
      together: (creations) => this.#createAll(creations),
    })
  }

  async read(id: string): Promise<Versioned | null> {
    return this.#reads.run(id)
  }

  async swap(id: string, text: string, expectedVersion: number, options: SwapOptions = {}): Promise<boolean> {
    const wakeAt = aNumber(options.wakeAt ?? Infinity)
    if (expectedVersion === 0) return this.#creations.run({ id, text, wakeAt })
    const { count } = await this.#connections.query(
      `UPDATE ${this.#table} SET version = version + 1, text = $2, wake_at = $3
       WHERE id = $1 AND version = $4::double precision`,
      [id, text, wakeAt, expectedVersion],
    )
    return count === 1
  }

  async due(now: number, limit: number, leaseSeconds: number): Promise<string[]> {
    // A row that another worker leases at this moment is passed over.
    const { rows } = await this.#connections.query<{ id: string }>(
      `WITH due AS (
         SELECT id, wake_at FROM ${this.#table} WHERE wake_at < 'Infinity' AND wake_at <= $1
         ORDER BY wake_at, id LIMIT $2 FOR UPDATE SKIP LOCKED),
       leased AS (UPDATE ${this.#table} r SET wake_at = $3 FROM due WHERE r.id = due.id RETURNING r.id)
       SELECT due.id FROM due JOIN leased USING (id) ORDER BY due.wake_at, due.id`,
      [now, Math.max(0, limit), now + leaseSeconds],
    )
    return rows.map(({ id }) => id)
  }

  async backlog(now: number): Promise<number> {
    const { rows } = await this.#connections.query<{ count: string }>(
      `SELECT count(*) FROM ${this.#table} WHERE wake_at < 'Infinity' AND wake_at < $1`,
      [now],
    )
    return Number(rows[0]?.count)
  }

  async #readAll(ids: readonly string[]): Promise<(Versioned | null)[]> {
    const { rows } = await this.#connections.query<StoredVersioned & { readonly id: string }>(
      `SELECT id, text, version FROM ${this.#table} WHERE id = ANY ($1::text[])`,
      [ids],
    )
    const found = new Map(rows.map((row) => [row.id, versioned(row)]))
    return ids.map((id) => found.get(id) ?? null)
  }

  async #createAll(creations: readonly Creation[]): Promise<boolean[]> {
    const { rows } = await this.#connections.query<{ readonly id: string }>(
      `INSERT INTO ${this.#table} (id, version, text, wake_at)
       SELECT id, 1, text, wake_at FROM unnest($1::text[], $2::text[], $3::double precision[]) AS given (id, text, wake_at)
       ON CONFLICT DO NOTHING RETURNING id`,
      [creations.map(({ id }) => id), creations.map(({ text }) => text), creations.map(({ wakeAt }) => String(wakeAt))],
    )
    const created = new Set(rows.map(({ id }) => id))
    return creations.map(({ id }) => created.has(id))
  }
}

interface Creation {
  readonly id: string
  readonly text: string
  readonly wakeAt: number
}
