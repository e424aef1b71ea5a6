/** Journals: appended, redacted, removed when old; read newest first along an index of (tag, time, arrival). */
import type { Journal, JournalEntry, JournalQuery, RemovalQuery } from '../store.ts'
import type { SqliteFile, Statement } from './file.ts'

export const journalSchema = `
  CREATE TABLE journal_entries (
    arrival INTEGER PRIMARY KEY,
    journal TEXT NOT NULL,
    id      TEXT NOT NULL,
    at      REAL NOT NULL,
    text    TEXT NOT NULL,
    tags    TEXT NOT NULL,
    UNIQUE (journal, id)
  ) STRICT;
  CREATE INDEX journal_entries_by_time ON journal_entries (journal, at, arrival);
  CREATE TABLE journal_tags (
    journal TEXT NOT NULL,
    tag     TEXT NOT NULL,
    at      REAL NOT NULL,
    arrival INTEGER NOT NULL,
    PRIMARY KEY (journal, tag, at, arrival)
  ) STRICT, WITHOUT ROWID`

/** Entries of a tag are counted up to this many. Count. */
const frequent = 1000

interface Row {
  readonly arrival: number
  readonly id: string
  readonly at: number
  readonly text: string
  readonly tags: string
}

type Oldest = Pick<Row, 'arrival' | 'at' | 'tags'>

export class SqliteJournal implements Journal {
  readonly #file: SqliteFile
  readonly #name: string
  readonly #append
  readonly #replace
  readonly #tag
  readonly #rarity
  readonly #list
  readonly #oldest
  readonly #oldestTagged
  readonly #remove
  readonly #untag
  readonly #listTagged = new Map<number, Statement<Row>>()

  constructor(file: SqliteFile, name: string) {
    this.#file = file
    this.#name = name
    this.#append = file.prepare<{ arrival: number }>(`
      INSERT INTO journal_entries (journal, id, at, text, tags) VALUES (?, ?, ?, ?, ?) ON CONFLICT (journal, id) DO NOTHING
      RETURNING arrival`)
    this.#replace = file.prepare<object>('UPDATE journal_entries SET text = ? WHERE journal = ? AND id = ? RETURNING 1')
    this.#tag = file.prepare('INSERT INTO journal_tags (journal, tag, at, arrival) VALUES (?, ?, ?, ?)')
    this.#rarity = file.prepare<{ count: number }>(`
      SELECT count(*) AS count FROM (SELECT 1 FROM journal_tags WHERE journal = ? AND tag = ? LIMIT ${frequent})`)
    this.#list = file.prepare<Row>(`
      SELECT arrival, id, at, text, tags FROM journal_entries
      WHERE journal = ? AND at >= ? AND (at, arrival) < (?, ?)
      ORDER BY at DESC, arrival DESC LIMIT max(0, ?)`)
    this.#oldest = file.prepare<Oldest>(`
      SELECT arrival, at, tags FROM journal_entries WHERE journal = ? AND at <= ? ORDER BY at, arrival LIMIT max(0, ?)`)
    this.#oldestTagged = file.prepare<Oldest>(`
      SELECT entry.arrival, entry.at, entry.tags
      FROM journal_tags AS scan JOIN journal_entries AS entry ON entry.arrival = scan.arrival
      WHERE scan.journal = ? AND scan.tag = ? AND scan.at <= ? ORDER BY scan.at, scan.arrival LIMIT max(0, ?)`)
    this.#remove = file.prepare('DELETE FROM journal_entries WHERE arrival = ?')
    this.#untag = file.prepare('DELETE FROM journal_tags WHERE journal = ? AND tag = ? AND at = ? AND arrival = ?')
  }

  async append({ id, at, text, tags }: JournalEntry): Promise<void> {
    return this.#file.write(() => {
      const entry = this.#append.first(this.#name, id, at, text, JSON.stringify(tags))
      if (!entry) return
      for (const tag of new Set(tags)) this.#tag.run(this.#name, tag, at, entry.arrival)
    })
  }

  async replace(id: string, text: string): Promise<boolean> {
    return this.#file.write(() => this.#replace.first(text, this.#name, id) !== undefined)
  }

  async list({ tags = [], from = -Infinity, to = Infinity, before, limit }: JournalQuery) {
    const cursor = before === undefined ? { at: Infinity, arrival: Infinity } : parsePosition(before)
    if (!cursor) return []
    const end = to < cursor.at ? { at: to, arrival: Infinity } : cursor
    return this.#file.read(() => {
      // Scans the rarest tag: one person's entries rather than all of a type.
      const [tag, ...others] = [...new Set(tags)]
        .map((name) => ({ name, count: this.#rarity.first(this.#name, name)?.count ?? 0 }))
        .toSorted((a, b) => a.count - b.count)
        .map(({ name }) => name)
      const rows =
        tag === undefined
          ? this.#list.every(this.#name, from, end.at, end.arrival, limit)
          : this.#tagged(others.length).every(
              this.#name,
              tag,
              from,
              end.at,
              end.arrival,
              ...others.flatMap((other) => [this.#name, other]),
              limit,
            )
      return rows.map(({ arrival, ...entry }) => ({
        ...entry,
        tags: JSON.parse(entry.tags) as string[],
        position: `${entry.at}_${arrival}`,
      }))
    })
  }

  async remove({ to, tag, limit }: RemovalQuery): Promise<number> {
    return this.#file.write(() => {
      const entries =
        tag === undefined
          ? this.#oldest.every(this.#name, to, limit)
          : this.#oldestTagged.every(this.#name, tag, to, limit)
      for (const { arrival, at, tags } of entries) {
        for (const each of new Set(JSON.parse(tags) as string[])) this.#untag.run(this.#name, each, at, arrival)
        this.#remove.run(arrival)
      }
      return entries.length
    })
  }

  #tagged(others: number): Statement<Row> {
    const known = this.#listTagged.get(others)
    if (known) return known
    const alsoTagged = `AND EXISTS (
      SELECT 1 FROM journal_tags WHERE journal = ? AND tag = ? AND at = scan.at AND arrival = scan.arrival)`
    const statement = this.#file.prepare<Row>(`
      SELECT entry.arrival, entry.id, entry.at, entry.text, entry.tags
      FROM journal_tags AS scan JOIN journal_entries AS entry ON entry.arrival = scan.arrival
      WHERE scan.journal = ? AND scan.tag = ? AND scan.at >= ? AND (scan.at, scan.arrival) < (?, ?) ${alsoTagged.repeat(others)}
      ORDER BY scan.at DESC, scan.arrival DESC LIMIT max(0, ?)`)
    this.#listTagged.set(others, statement)
    return statement
  }
}

function parsePosition(position: string): { at: number; arrival: number } | null {
  const [at = NaN, arrival = NaN] = position.split('_').map(Number)
  return Number.isFinite(at) && Number.isFinite(arrival) ? { at, arrival } : null
}
