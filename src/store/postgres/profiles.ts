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

/** The second version of the tables. */
export const profileTagsSchema = (schema: string) => `
  ALTER TABLE ${schema}.profiles ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
  CREATE TABLE ${schema}.profile_tags (
    tag    text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    email  text COLLATE "C" NOT NULL,
    PRIMARY KEY (tag, status, email)
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
  readonly #tags: string

  constructor(connections: Connections, schema: string) {
    this.#connections = connections
    this.#profiles = `${schema}.profiles`
    this.#prefixes = `${schema}.profile_prefixes`
    this.#tags = `${schema}.profile_tags`
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
    const values = [id, text, keys.email, keys.status, [...prefixesOf(keys.words)], [...keys.tags]]
    const { rows } = await (expectedVersion === 0
      ? this.#connections.query<Swapped>(this.#creation(), values)
      : this.#connections.query<Swapped>(this.#change(), [...values, expectedVersion]))
    if (rows[0]?.saved === 't') return true
    return rows[0]?.expected === 't' && rows[0].taken === 't' ? 'taken' : false
  }

  /** At one instant, since one statement sees one state of the database. */
  async list({ search = '', statuses, tags = [], after = '', limit }: ProfileQuery) {
    const [first, ...others] = tags
    const { rows } = await this.#connections.query<Found>(this.#scans(statuses !== undefined, first !== undefined), [
      after,
      search,
      searchable(search),
      // Computed from the stored form, which has other characters.
      endOf(encode(search)),
      Math.max(0, limit),
      ...(first ? [first, JSON.stringify(others.map((anyOf) => anyOf.map(encode)))] : []),
      ...(statuses ? [statuses] : []),
    ])
    return rows.map(found)
  }

  #creation(): string {
    return `WITH other AS (SELECT FROM ${this.#profiles} WHERE email = $3 AND id <> $1),
      saved AS (
        INSERT INTO ${this.#profiles} (id, version, text, email, status, prefixes, tags)
        SELECT $1, 1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT FROM other) ON CONFLICT (id) DO NOTHING RETURNING 1),
      added AS (
        INSERT INTO ${this.#prefixes} (prefix, status, email)
        SELECT unnest($5::text[]), $4, $3 FROM saved ON CONFLICT DO NOTHING RETURNING 1),
      tagged AS (
        INSERT INTO ${this.#tags} (tag, status, email)
        SELECT unnest($6::text[]), $4, $3 FROM saved ON CONFLICT DO NOTHING RETURNING 1)
      SELECT EXISTS (SELECT FROM saved) AS saved, EXISTS (SELECT FROM other) AS taken,
        NOT EXISTS (SELECT FROM ${this.#profiles} WHERE id = $1) AS expected`
  }

  /** Prefixes and tags are written only when the keys differ; what removes is read by what adds, so that it runs first. */
  #change(): string {
    return `WITH old AS (
        SELECT email, status, prefixes, tags FROM ${this.#profiles}
        WHERE id = $1 AND version = $7::double precision FOR UPDATE),
      other AS (SELECT FROM ${this.#profiles} WHERE email = $3 AND id <> $1),
      saved AS (
        UPDATE ${this.#profiles} p SET version = p.version + 1, text = $2, email = $3, status = $4, prefixes = $5, tags = $6
        FROM old WHERE p.id = $1 AND NOT EXISTS (SELECT FROM other)
        RETURNING (old.email, old.status, old.prefixes, old.tags)
          IS DISTINCT FROM (p.email, p.status, p.prefixes, p.tags) AS differs),
      removed AS (
        DELETE FROM ${this.#prefixes} x USING old, saved
        WHERE saved.differs AND x.prefix = ANY (old.prefixes) AND x.status = old.status AND x.email = old.email
        RETURNING 1),
      added AS (
        INSERT INTO ${this.#prefixes} (prefix, status, email)
        SELECT unnest($5::text[]), $4, $3 FROM saved, (SELECT count(*) FROM removed) AS first WHERE saved.differs
        ON CONFLICT DO NOTHING RETURNING 1),
      untagged AS (
        DELETE FROM ${this.#tags} x USING old, saved
        WHERE saved.differs AND x.tag = ANY (old.tags) AND x.status = old.status AND x.email = old.email
        RETURNING 1),
      tagged AS (
        INSERT INTO ${this.#tags} (tag, status, email)
        SELECT unnest($6::text[]), $4, $3 FROM saved, (SELECT count(*) FROM untagged) AS first WHERE saved.differs
        ON CONFLICT DO NOTHING RETURNING 1)
      SELECT EXISTS (SELECT FROM saved) AS saved, EXISTS (SELECT FROM old) AS expected,
        EXISTS (SELECT FROM other) AS taken`
  }

  /** The indexes begin with the status: one scan for each of the few, never longer than the page. */
  #scans(someStatuses: boolean, someTags: boolean): string {
    const statuses = someStatuses
      ? `statuses (status) AS (SELECT unnest($${someTags ? 8 : 6}::text[]))`
      : `statuses (status) AS (
          (SELECT status FROM ${this.#profiles} ORDER BY status LIMIT 1) UNION ALL
          SELECT (SELECT p.status FROM ${this.#profiles} p WHERE p.status > s.status ORDER BY p.status LIMIT 1)
          FROM statuses s WHERE s.status IS NOT NULL)`
    return `WITH RECURSIVE ${statuses},
      emails AS (${someTags ? this.#byTag() : this.#byEmailAndWord()}),
      page AS (SELECT email FROM emails ORDER BY email LIMIT $5)
      SELECT p.id, p.text, p.version FROM page JOIN ${this.#profiles} p USING (email) ORDER BY p.email`
  }

  #byEmailAndWord(): string {
    return `
        SELECT e.email FROM statuses s CROSS JOIN LATERAL (
          SELECT p.email FROM ${this.#profiles} p
          WHERE p.status = s.status AND p.email > $1 AND p.email >= $2 AND ($4::text IS NULL OR p.email < $4)
          ORDER BY p.email LIMIT $5) AS e
        UNION
        SELECT w.email FROM statuses s CROSS JOIN LATERAL (
          SELECT x.email FROM ${this.#prefixes} x
          WHERE $2 <> '' AND x.prefix = $3 AND x.status = s.status AND x.email > $1
          ORDER BY x.email LIMIT $5) AS w`
  }

  #byTag(): string {
    return `
        SELECT DISTINCT t.email FROM statuses s CROSS JOIN unnest($6::text[]) AS wanted (tag) CROSS JOIN LATERAL (
          SELECT x.email FROM ${this.#tags} x
          WHERE x.tag = wanted.tag AND x.status = s.status AND x.email > $1
            AND ($2 = '' OR x.email >= $2 AND ($4::text IS NULL OR x.email < $4) OR EXISTS (
              SELECT FROM ${this.#prefixes} w WHERE w.prefix = $3 AND w.status = x.status AND w.email = x.email))
            AND NOT EXISTS (SELECT FROM json_array_elements($7::json) AS lists (list) WHERE NOT EXISTS (
              SELECT FROM json_array_elements_text(lists.list) AS other (tag) JOIN ${this.#tags} y
              ON y.tag = other.tag AND y.status = x.status AND y.email = x.email))
          ORDER BY x.email LIMIT $5) AS t`
  }
}
