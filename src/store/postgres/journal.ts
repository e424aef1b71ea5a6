/** Journals: appended, redacted, removed when old; read newest first along an index of (tag, time, arrival). */
import type { Journal, JournalEntry, JournalQuery, RemovalQuery } from '../store.ts'
import { aNumber } from '../values.ts'
import type { Connections, Value } from './connections.ts'
import { Appends } from './appends.ts'
import { decode, encode } from './text.ts'

export const journalSchema = (schema: string) => `
  CREATE TABLE ${schema}.journal_entries (
    arrival bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    journal text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    at      double precision NOT NULL CHECK (at <> 'NaN'),
    text    text COLLATE "C" NOT NULL,
    tags    text[] NOT NULL,
    UNIQUE (journal, id)
  );
  CREATE INDEX journal_entries_by_time ON ${schema}.journal_entries (journal, at, arrival);
  CREATE TABLE ${schema}.journal_tags (
    journal text COLLATE "C" NOT NULL,
    tag     text COLLATE "C" NOT NULL,
    at      double precision NOT NULL,
    arrival bigint NOT NULL,
    PRIMARY KEY (journal, tag, at, arrival)
  );`

/** Entries of a tag are counted up to this many. Count. */
const frequent = 1000
/** After every arrival. */
const endOfArrivals = String(2n ** 63n - 1n)

interface Row {
  readonly arrival: string
  readonly id: string
  readonly at: string
  readonly text: string
  readonly tags: string
}

export class PostgresJournal implements Journal {
  readonly #connections: Connections
  readonly #schema: string
  readonly #name: string
  readonly #appends: Appends

  constructor(connections: Connections, schema: string, name: string) {
    this.#connections = connections
    this.#schema = schema
    this.#name = name
    this.#appends = new Appends((entries) => this.#write(entries))
  }

  async append(entry: JournalEntry): Promise<void> {
    return this.#appends.add({ ...entry, at: aNumber(entry.at) })
  }

  /** Resolves when nothing is left to write. */
  idle(): Promise<void> {
    return this.#appends.idle()
  }

  async replace(id: string, text: string): Promise<boolean> {
    const { rows } = await this.#connections.query(
      `UPDATE ${this.#schema}.journal_entries SET text = $3 WHERE journal = $1 AND id = $2 RETURNING 1`,
      [this.#name, id, text],
    )
    return rows.length > 0
  }

  async list({ tags = [], from = -Infinity, to = Infinity, before, limit }: JournalQuery) {
    const cursor = before === undefined ? { at: Infinity, arrival: endOfArrivals } : parsePosition(before)
    if (!cursor) return []
    const end = to < cursor.at ? { at: to, arrival: endOfArrivals } : cursor
    const values = [this.#name, from, end.at, end.arrival, Math.max(0, limit)]
    const { rows } = await (tags.length === 0 ? this.#all(values) : this.#tagged(values, tags))
    return rows.map((row) => ({
      id: row.id,
      at: Number(row.at),
      text: row.text,
      tags: (JSON.parse(row.tags) as string[]).map(decode),
      position: `${row.at}_${row.arrival}`,
    }))
  }

  async remove({ to, tag, limit }: RemovalQuery): Promise<number> {
    const oldest =
      tag === undefined
        ? `SELECT arrival FROM ${this.#schema}.journal_entries WHERE journal = $1 AND at <= $2 ORDER BY at, arrival LIMIT $3`
        : `SELECT arrival FROM ${this.#schema}.journal_tags
           WHERE journal = $1 AND at <= $2 AND tag = $4 ORDER BY at, arrival LIMIT $3`
    const { rows } = await this.#connections.query<{ readonly count: string }>(
      `WITH gone AS (
         DELETE FROM ${this.#schema}.journal_entries WHERE arrival IN (${oldest}) RETURNING at, arrival, tags),
       untagged AS (
         DELETE FROM ${this.#schema}.journal_tags USING (SELECT DISTINCT unnest(tags) AS tag, at, arrival FROM gone) AS old
         WHERE journal_tags.journal = $1 AND journal_tags.tag = old.tag
           AND journal_tags.at = old.at AND journal_tags.arrival = old.arrival)
       SELECT count(*) AS count FROM gone`,
      [this.#name, to, Math.max(0, limit), ...(tag === undefined ? [] : [tag])],
    )
    return Number(rows[0]?.count ?? 0)
  }

  /** Rows get their arrival in the order of `entries`. */
  async #write(entries: readonly JournalEntry[]): Promise<void> {
    await this.#connections.query(
      `WITH entry AS (
         INSERT INTO ${this.#schema}.journal_entries (journal, id, at, text, tags)
         SELECT $1, id, at, text, ARRAY(SELECT json_array_elements_text(tags::json))
         FROM unnest($2::text[], $3::double precision[], $4::text[], $5::text[])
           WITH ORDINALITY AS given (id, at, text, tags, number) ORDER BY number
         ON CONFLICT (journal, id) DO NOTHING RETURNING at, arrival, tags)
       INSERT INTO ${this.#schema}.journal_tags (journal, tag, at, arrival)
       SELECT DISTINCT $1, unnest(tags), at, arrival FROM entry`,
      [
        this.#name,
        entries.map(({ id }) => id),
        entries.map(({ at }) => String(at)),
        entries.map(({ text }) => text),
        entries.map(({ tags }) => JSON.stringify(tags.map(encode))),
      ],
    )
  }

  #all(values: readonly Value[]) {
    return this.#connections.query<Row>(
      `SELECT arrival, id, at, text, to_json(tags) AS tags FROM ${this.#schema}.journal_entries
       WHERE journal = $1 AND at >= $2 AND (at, arrival) < ($3, $4::bigint)
       ORDER BY at DESC, arrival DESC LIMIT $5`,
      values,
    )
  }

  /** Scans the rarest tag: one person's entries rather than all of a type. */
  #tagged(values: readonly Value[], tags: readonly string[]) {
    return this.#connections.query<Row>(
      `WITH rarest AS MATERIALIZED (
         SELECT tag FROM unnest($6::text[]) AS each (tag)
         ORDER BY (SELECT count(*) FROM (
           SELECT FROM ${this.#schema}.journal_tags t WHERE t.journal = $1 AND t.tag = each.tag LIMIT ${frequent}) AS counted)
         LIMIT 1)
       SELECT entry.arrival, entry.id, entry.at, entry.text, to_json(entry.tags) AS tags
       FROM ${this.#schema}.journal_tags scan JOIN ${this.#schema}.journal_entries entry ON entry.arrival = scan.arrival
       WHERE scan.journal = $1 AND scan.tag = (SELECT tag FROM rarest) AND scan.at >= $2
         AND (scan.at, scan.arrival) < ($3, $4::bigint) AND entry.tags @> $6
       ORDER BY scan.at DESC, scan.arrival DESC LIMIT $5`,
      [...values, tags],
    )
  }
}

function parsePosition(position: string): { at: number; arrival: string } | null {
  const [, at, arrival] = /^(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)_(\d{1,18})$/.exec(position) ?? []
  return at === undefined || arrival === undefined ? null : { at: Number(at), arrival }
}
