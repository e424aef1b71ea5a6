/**
 * Profiles. Every list is a range scan of an index in the order of the answer, from the cursor to the limit, so its cost does not
 * grow with the number of accounts; the price is one small row for each prefix of each word of a name.
 */
import type { ProfileFilter, ProfileKeys, ProfileQuery, Profiles, Versioned } from '../store.ts'
import { searchable } from '../values.ts'
import { Batch } from './batch.ts'
import type { Connections, Value } from './connections.ts'
import { type Creation, createProfileCreations, outcomeOf, type Swapped, valuesOf } from './profileCreations.ts'
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
type FoundProfile = Versioned & { readonly id: string }
const found = (row: Found): FoundProfile => ({ id: row.id, ...versioned(row) })

export class PostgresProfiles implements Profiles {
  readonly #connections: Connections
  readonly #profiles: string
  readonly #prefixes: string
  readonly #reads: Batch<string, FoundProfile | null>
  readonly #byEmail: Batch<string, FoundProfile | null>
  readonly #creations: Batch<Creation, boolean | 'taken'>
  readonly #tags: string

  constructor(connections: Connections, schema: string) {
    this.#connections = connections
    this.#profiles = `${schema}.profiles`
    this.#prefixes = `${schema}.profile_prefixes`
    this.#tags = `${schema}.profile_tags`
    this.#reads = new Batch({
      keysOf: (id) => [id],
      alone: async (id) => (await this.#readBy('id', [id]))[0] ?? null,
      together: (ids) => this.#readBy('id', ids),
    })
    this.#byEmail = new Batch({
      keysOf: (email) => [email],
      alone: async (email) => (await this.#readBy('email', [email]))[0] ?? null,
      together: (emails) => this.#readBy('email', emails),
    })
    const tables = { profiles: this.#profiles, prefixes: this.#prefixes, tags: this.#tags }
    this.#creations = createProfileCreations(connections, tables)
  }

  async read(id: string): Promise<Versioned | null> {
    const row = await this.#reads.run(id)
    return row && { text: row.text, version: row.version }
  }

  async findByEmail(email: string) {
    return this.#byEmail.run(email)
  }

  async swap(id: string, text: string, expectedVersion: number, keys: ProfileKeys): Promise<boolean | 'taken'> {
    if (expectedVersion === 0) return this.#creations.run({ id, text, keys })
    const values = [...valuesOf({ id, text, keys }), expectedVersion]
    return outcomeOf((await this.#connections.query<Swapped>(this.#change(), values)).rows)
  }

  async #readBy(column: 'id' | 'email', values: readonly string[]): Promise<(FoundProfile | null)[]> {
    const { rows } = await this.#connections.query<Found & { readonly key: string }>(
      `SELECT ${column} AS key, id, text, version FROM ${this.#profiles} WHERE ${column} = ANY ($1::text[])`,
      [values],
    )
    const byKey = new Map(rows.map((row) => [row.key, found(row)]))
    return values.map((value) => byKey.get(value) ?? null)
  }

  /** At one instant, since one statement sees one state of the database. */
  async list(query: ProfileQuery) {
    const { rows } = await this.#connections.query<Found>(...this.#scanned(query, this.#rowsOfPage()))
    return rows.map(found)
  }

  async count(filter: ProfileFilter, most: number): Promise<number> {
    const counted = 'SELECT count(*) AS count FROM page'
    const { rows } = await this.#connections.query<{ readonly count: string }>(
      ...this.#scanned({ ...filter, limit: most }, counted),
    )
    return Number(rows[0]?.count ?? 0)
  }

  /** The statement and its values. */
  #scanned(
    { search = '', statuses, tags = [], after = '', limit }: ProfileQuery,
    answer: string,
  ): [statement: string, values: Value[]] {
    const [first, ...others] = tags
    const statement = this.#scans(statuses !== undefined, first !== undefined, answer)
    const values = [
      after,
      search,
      searchable(search),
      // Computed from the stored form, which has other characters.
      endOf(encode(search)),
      Math.max(0, limit),
      ...(first ? [first, JSON.stringify(others.map((anyOf) => anyOf.map(encode)))] : []),
      ...(statuses ? [statuses] : []),
    ]
    return [statement, values]
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
  #scans(someStatuses: boolean, someTags: boolean, answer: string): string {
    const statuses = someStatuses
      ? `statuses (status) AS (SELECT unnest($${someTags ? 8 : 6}::text[]))`
      : `statuses (status) AS (
          (SELECT status FROM ${this.#profiles} ORDER BY status LIMIT 1) UNION ALL
          SELECT (SELECT p.status FROM ${this.#profiles} p WHERE p.status > s.status ORDER BY p.status LIMIT 1)
          FROM statuses s WHERE s.status IS NOT NULL)`
    return `WITH RECURSIVE ${statuses},
      emails AS (${someTags ? this.#byTag() : this.#byEmailAndWord()}),
      page AS (SELECT email FROM emails ORDER BY email LIMIT $5)
      ${answer}`
  }

  #rowsOfPage(): string {
    return `SELECT p.id, p.text, p.version FROM page JOIN ${this.#profiles} p USING (email) ORDER BY p.email`
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
