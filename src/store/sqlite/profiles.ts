/**
 * Profiles. Every list is a range scan of an index in the order of the answer, from the cursor to the limit, so its cost does not
 * grow with the number of accounts. It needs one small row for each prefix of each word of a name.
 */
import { isDeepStrictEqual } from 'node:util'
import type { ProfileFilter, ProfileKeys, ProfileQuery, Profiles, Versioned } from '../store.ts'
import { allPrefixesOf, prefixesOf, byBytes, searchable } from '../values.ts'
import { encode } from '../text.ts'
import type { SqliteFile } from './file.ts'

export const profilesSchema = `
  CREATE TABLE profiles (
    id      TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    text    TEXT NOT NULL,
    email   TEXT NOT NULL UNIQUE,
    status  TEXT NOT NULL,
    words   TEXT NOT NULL
  ) STRICT;
  CREATE INDEX profiles_by_status ON profiles (status, email);
  CREATE TABLE profile_beginnings (
    beginning TEXT NOT NULL,
    status    TEXT NOT NULL,
    email     TEXT NOT NULL,
    PRIMARY KEY (beginning, status, email)
  ) STRICT, WITHOUT ROWID`

/** The second version of the tables. */
export const profileTagsSchema = `
  ALTER TABLE profiles ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
  CREATE TABLE profile_tags (
    tag    TEXT NOT NULL,
    status TEXT NOT NULL,
    email  TEXT NOT NULL,
    PRIMARY KEY (tag, status, email)
  ) STRICT, WITHOUT ROWID`

type Found = Versioned & { readonly id: string }
type Listed = { readonly email: string }
type Stored = ProfileKeys & { readonly version: number }

export class SqliteProfiles implements Profiles {
  readonly #file: SqliteFile
  readonly #read
  readonly #findByEmail
  readonly #keys
  readonly #otherOwner
  readonly #put
  readonly #removePrefix
  readonly #addPrefix
  readonly #removeTag
  readonly #addTag
  readonly #nextStatus
  readonly #byEmail
  readonly #byWord
  readonly #byTag

  constructor(file: SqliteFile) {
    this.#file = file
    this.#read = file.prepare<Versioned>('SELECT text, version FROM profiles WHERE id = ?')
    this.#findByEmail = file.prepare<Found>('SELECT id, text, version FROM profiles WHERE email = ?')
    this.#keys = file.prepare<{ version: number; email: string; status: string; words: string; tags: string }>(
      'SELECT version, email, status, words, tags FROM profiles WHERE id = ?',
    )
    this.#otherOwner = file.prepare<object>('SELECT 1 FROM profiles WHERE email = ? AND id <> ?')
    this.#put = file.prepare(`
      INSERT INTO profiles (id, version, text, email, status, words, tags) VALUES (?, 1, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET version = profiles.version + 1,
        text = excluded.text, email = excluded.email, status = excluded.status, words = excluded.words,
        tags = excluded.tags`)
    this.#removePrefix = file.prepare('DELETE FROM profile_beginnings WHERE beginning = ? AND status = ? AND email = ?')
    this.#addPrefix = file.prepare('INSERT INTO profile_beginnings (beginning, status, email) VALUES (?, ?, ?)')
    this.#removeTag = file.prepare('DELETE FROM profile_tags WHERE tag = ? AND status = ? AND email = ?')
    this.#addTag = file.prepare('INSERT INTO profile_tags (tag, status, email) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    this.#nextStatus = file.prepare<{ status: string }>(
      'SELECT status FROM profiles WHERE status > ? ORDER BY status LIMIT 1',
    )
    // The plus keeps SQLite from starting the scan at the cursor when the search begins after it.
    // x'FF' sorts after every byte of UTF-8, so the range ends exactly where the prefix does.
    this.#byEmail = file.prepare<Listed>(`
      SELECT email FROM profiles
      WHERE status = :status AND email >= max(:after, :search) AND +email > :after AND email < :search || CAST(x'FF' AS TEXT)
      ORDER BY email LIMIT max(0, :limit)`)
    this.#byWord = file.prepare<Listed>(`
      SELECT email FROM profile_beginnings
      WHERE beginning = :search AND status = :status AND email > :after
      ORDER BY email LIMIT max(0, :limit)`)
    this.#byTag = file.prepare<Listed>(`
      SELECT email FROM profile_tags AS t
      WHERE tag = :tag AND status = :status AND email > :after
        AND (:search = '' OR email >= :search AND email < :search || CAST(x'FF' AS TEXT) OR EXISTS (
          SELECT 1 FROM profile_beginnings AS b
          WHERE b.beginning = :word AND b.status = t.status AND b.email = t.email))
        AND NOT EXISTS (SELECT 1 FROM json_each(:others) AS list WHERE NOT EXISTS (
          SELECT 1 FROM json_each(list.value) AS wanted JOIN profile_tags AS o
          ON o.tag = wanted.value AND o.status = t.status AND o.email = t.email))
      ORDER BY email LIMIT max(0, :limit)`)
  }

  async read(id: string): Promise<Versioned | null> {
    return this.#file.read(() => this.#read.first(id) ?? null)
  }

  async findByEmail(email: string): Promise<Found | null> {
    return this.#file.read(() => this.#findByEmail.first(email) ?? null)
  }

  async swap(id: string, text: string, expectedVersion: number, keys: ProfileKeys): Promise<boolean | 'taken'> {
    return this.#file.write(() => {
      const stored = this.#stored(id)
      if ((stored?.version ?? 0) !== expectedVersion) return false
      if (this.#otherOwner.first(keys.email, id)) return 'taken'
      this.#put.run(id, text, keys.email, keys.status, JSON.stringify(keys.words), JSON.stringify(keys.tags))
      const { email, status, words, tags } = stored ?? { email: '', status: '', words: [], tags: [] }
      const before = [email, status, words, tags]
      if (isDeepStrictEqual(before, [keys.email, keys.status, keys.words, keys.tags])) return true
      for (const tag of tags) this.#removeTag.run(tag, status, email)
      for (const tag of keys.tags) this.#addTag.run(tag, keys.status, keys.email)
      for (const prefix of allPrefixesOf(words)) this.#removePrefix.run(prefix, status, email)
      for (const prefix of prefixesOf(keys.words)) this.#addPrefix.run(prefix, keys.status, keys.email)
      return true
    })
  }

  async list(query: ProfileQuery): Promise<Found[]> {
    return this.#file.snapshot(() =>
      [...this.#emails(query)]
        .toSorted(byBytes)
        .slice(0, Math.max(0, query.limit))
        .flatMap((email) => this.#findByEmail.first(email) ?? []),
    )
  }

  async count(filter: ProfileFilter, most: number): Promise<number> {
    return this.#file.snapshot(() => Math.min(most, this.#emails({ ...filter, limit: most }).size))
  }

  /** The indexes begin with the status: one scan for each status, never longer than the page. */
  #emails({ statuses, ...query }: ProfileQuery): Set<string> {
    const scans = (statuses ?? this.#statuses()).flatMap((status) => this.#scan(status, query))
    return new Set(scans.map(({ email }) => email))
  }

  #scan(status: string, { search = '', tags = [], after = '', limit }: ProfileQuery): Listed[] {
    const [first, ...rest] = tags
    if (first) {
      // json_each() answers what was encoded before JSON was made, as the tables contain it.
      const others = JSON.stringify(rest.map((anyOf) => anyOf.map(encode)))
      const values = { status, after, search, word: searchable(search), others, limit }
      return first.flatMap((tag) => this.#byTag.every({ tag, ...values }))
    }
    return [
      ...this.#byEmail.every({ status, after, search, limit }),
      ...(search === '' ? [] : this.#byWord.every({ status, after, search: searchable(search), limit })),
    ]
  }

  #stored(id: string): Stored | undefined {
    const row = this.#keys.first(id)
    return row && { ...row, words: JSON.parse(row.words) as string[], tags: JSON.parse(row.tags) as string[] }
  }

  #statuses(): string[] {
    const statuses: string[] = []
    let next = this.#nextStatus.first('')
    while (next) {
      statuses.push(next.status)
      next = this.#nextStatus.first(next.status)
    }
    return statuses
  }
}
