/**
 * Profiles. Every list is a range scan of an index in the order of the answer, from the cursor to the limit, so its cost does not
 * grow with the number of accounts. It needs one small row for each prefix of each word of a name.
 */
import { isDeepStrictEqual } from 'node:util'
import type { ProfileKeys, ProfileQuery, Profiles, Versioned } from '../store.ts'
import { allPrefixesOf, prefixesOf, byBytes, searchable } from '../values.ts'
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
  readonly #nextStatus
  readonly #byEmail
  readonly #byWord

  constructor(file: SqliteFile) {
    this.#file = file
    this.#read = file.prepare<Versioned>('SELECT text, version FROM profiles WHERE id = ?')
    this.#findByEmail = file.prepare<Found>('SELECT id, text, version FROM profiles WHERE email = ?')
    this.#keys = file.prepare<{ version: number; email: string; status: string; words: string }>(
      'SELECT version, email, status, words FROM profiles WHERE id = ?',
    )
    this.#otherOwner = file.prepare<object>('SELECT 1 FROM profiles WHERE email = ? AND id <> ?')
    this.#put = file.prepare(`
      INSERT INTO profiles (id, version, text, email, status, words) VALUES (?, 1, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET version = profiles.version + 1,
        text = excluded.text, email = excluded.email, status = excluded.status, words = excluded.words`)
    this.#removePrefix = file.prepare('DELETE FROM profile_beginnings WHERE beginning = ? AND status = ? AND email = ?')
    this.#addPrefix = file.prepare('INSERT INTO profile_beginnings (beginning, status, email) VALUES (?, ?, ?)')
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
      this.#put.run(id, text, keys.email, keys.status, JSON.stringify(keys.words))
      const { email, status, words } = stored ?? { email: '', status: '', words: [] }
      if (isDeepStrictEqual([email, status, words], [keys.email, keys.status, keys.words])) return true
      for (const prefix of allPrefixesOf(words)) this.#removePrefix.run(prefix, status, email)
      for (const prefix of prefixesOf(keys.words)) this.#addPrefix.run(prefix, keys.status, keys.email)
      return true
    })
  }

  async list({ search = '', statuses, after = '', limit }: ProfileQuery): Promise<Found[]> {
    return this.#file.snapshot(() => {
      // The indexes begin with the status: one scan for each status, never longer than the page.
      const scans = (statuses ?? this.#statuses()).flatMap((status) => [
        ...this.#byEmail.every({ status, after, search, limit }),
        ...(search === '' ? [] : this.#byWord.every({ status, after, search: searchable(search), limit })),
      ])
      return [...new Set(scans.map(({ email }) => email))]
        .toSorted(byBytes)
        .slice(0, Math.max(0, limit))
        .flatMap((email) => this.#findByEmail.first(email) ?? [])
    })
  }

  #stored(id: string): Stored | undefined {
    const row = this.#keys.first(id)
    return row && { ...row, words: JSON.parse(row.words) as string[] }
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
