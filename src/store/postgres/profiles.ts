/**
 * Profiles. Every list is a range scan of an index in the order of the answer, from the cursor to the limit, so its cost does not
 * grow with the number of accounts; the price is one small row for each prefix of each word of a name.
 */
import type { ProfileKeys, ProfileQuery, Profiles, Versioned } from '../store.ts'
import { prefixesOf, searchable } from '../values.ts'
import type { Connections } from './connections.ts'
import { type StoredVersioned, versioned } from './rows.ts'
import { encode, endOf } from './text.ts'

export const profilesSchema = (schema: string) => `
  CREATE TABLE ${schema}.profiles (
    id       text COLLATE "C" PRIMARY KEY,
    version  bigint NOT NULL,
    text     text COLLATE "C" NOT NULL,
    email    text COLLATE "C" NOT NULL UNIQUE,
    status   text COLLATE "C" NOT NULL,
    prefixes text[] NOT NULL
  );
  CREATE INDEX profiles_by_status ON ${schema}.profiles (status, email);
  CREATE TABLE ${schema}.profile_prefixes (
    prefix text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    email  text COLLATE "C" NOT NULL,
    PRIMARY KEY (prefix, status, email)
  );`

type Found = StoredVersioned & { readonly id: string }
const found = (row: Found) => ({ id: row.id, ...versioned(row) })

/** What a swap saw: `t` or `f`. */
interface Swapped {
  readonly saved: string
  readonly expected: string
  readonly taken: string
}

export class PostgresProfiles implements Profiles {
  readonly #connections: Connections
  readonly #profiles: string
  readonly #prefixes: string

  constructor(connections: Connections, schema: string) {
    this.#connections = connections
    this.#profiles = `${schema}.profiles`
    this.#prefixes = `${schema}.profile_prefixes`
  }

  async read(id: string): Promise<Versioned | null> {
    const { rows } = await this.#connections.query<StoredVersioned>(
      `SELECT text, version FROM ${this.#profiles} WHERE id = $1`,
      [id],
    )
    return rows[0] ? versioned(rows[0]) : null
  }

  async findByEmail(email: string) {
    const { rows } = await this.#connections.query<Found>(
      `SELECT id, text, version FROM ${this.#profiles} WHERE email = $1`,
      [email],
    )
    return rows[0] ? found(rows[0]) : null
  }

  async swap(id: string, text: string, expectedVersion: number, keys: ProfileKeys): Promise<boolean | 'taken'> {
    const values = [id, text, keys.email, keys.status, [...prefixesOf(keys.words)]]
    const { rows } = await (expectedVersion === 0
      ? this.#connections.query<Swapped>(this.#creation(), values)
      : this.#connections.query<Swapped>(this.#change(), [...values, expectedVersion]))
    if (rows[0]?.saved === 't') return true
    return rows[0]?.expected === 't' && rows[0].taken === 't' ? 'taken' : false
  }

  /** At one instant, since one statement sees one state of the database. */
  async list({ search = '', statuses, after = '', limit }: ProfileQuery) {
    const { rows } = await this.#connections.query<Found>(this.#scans(statuses !== undefined), [
      after,
      search,
      searchable(search),
      // Computed from the stored form, which has other characters.
      endOf(encode(search)),
      Math.max(0, limit),
      ...(statuses ? [statuses] : []),
    ])
    return rows.map(found)
  }

  #creation(): string {
    return `WITH other AS (SELECT FROM ${this.#profiles} WHERE email = $3 AND id <> $1),
      saved AS (
        INSERT INTO ${this.#profiles} (id, version, text, email, status, prefixes)
        SELECT $1, 1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM other) ON CONFLICT (id) DO NOTHING RETURNING 1),
      added AS (
        INSERT INTO ${this.#prefixes} (prefix, status, email)
        SELECT unnest($5::text[]), $4, $3 FROM saved ON CONFLICT DO NOTHING RETURNING 1)
      SELECT EXISTS (SELECT FROM saved) AS saved, EXISTS (SELECT FROM other) AS taken,
        NOT EXISTS (SELECT FROM ${this.#profiles} WHERE id = $1) AS expected`
  }

  /** Prefixes are written only when the keys differ; `removed` is read by `added`, so that it runs first. */
  #change(): string {
    return `WITH old AS (
        SELECT email, status, prefixes FROM ${this.#profiles}
        WHERE id = $1 AND version = $6::double precision FOR UPDATE),
      other AS (SELECT FROM ${this.#profiles} WHERE email = $3 AND id <> $1),
      saved AS (
        UPDATE ${this.#profiles} p SET version = p.version + 1, text = $2, email = $3, status = $4, prefixes = $5
        FROM old WHERE p.id = $1 AND NOT EXISTS (SELECT FROM other)
        RETURNING (old.email, old.status, old.prefixes) IS DISTINCT FROM (p.email, p.status, p.prefixes) AS differs),
      removed AS (
        DELETE FROM ${this.#prefixes} x USING old, saved
        WHERE saved.differs AND x.prefix = ANY (old.prefixes) AND x.status = old.status AND x.email = old.email
        RETURNING 1),
      added AS (
        INSERT INTO ${this.#prefixes} (prefix, status, email)
        SELECT unnest($5::text[]), $4, $3 FROM saved, (SELECT count(*) FROM removed) AS first WHERE saved.differs
        ON CONFLICT DO NOTHING RETURNING 1)
      SELECT EXISTS (SELECT FROM saved) AS saved, EXISTS (SELECT FROM old) AS expected,
        EXISTS (SELECT FROM other) AS taken`
  }

  /** The indexes begin with the status: one scan for each of the few, never longer than the page. */
  #scans(someStatuses: boolean): string {
    const statuses = someStatuses
      ? 'statuses (status) AS (SELECT unnest($6::text[]))'
      : `statuses (status) AS (
          (SELECT status FROM ${this.#profiles} ORDER BY status LIMIT 1) UNION ALL
          SELECT (SELECT p.status FROM ${this.#profiles} p WHERE p.status > s.status ORDER BY p.status LIMIT 1)
          FROM statuses s WHERE s.status IS NOT NULL)`
    return `WITH RECURSIVE ${statuses},
      emails AS (
        SELECT e.email FROM statuses s CROSS JOIN LATERAL (
          SELECT p.email FROM ${this.#profiles} p
          WHERE p.status = s.status AND p.email > $1 AND p.email >= $2 AND ($4::text IS NULL OR p.email < $4)
          ORDER BY p.email LIMIT $5) AS e
        UNION
        SELECT w.email FROM statuses s CROSS JOIN LATERAL (
          SELECT x.email FROM ${this.#prefixes} x
          WHERE $2 <> '' AND x.prefix = $3 AND x.status = s.status AND x.email > $1
          ORDER BY x.email LIMIT $5) AS w),
      page AS (SELECT email FROM emails ORDER BY email LIMIT $5)
      SELECT p.id, p.text, p.version FROM page JOIN ${this.#profiles} p USING (email) ORDER BY p.email`
  }
}
