/** Artefacts: what node-oidc-provider stores. Every statement compares the deadline; `tidy` only frees space. */
import type { Artefact, ArtefactOptions, Artefacts, Clock } from '../store.ts'
import { aNumber } from '../values.ts'
import type { Connections, Value } from './connections.ts'
import { artefact, type StoredArtefact } from './rows.ts'

// expires_at is never null: "never" is Infinity, so that a NaN is refused instead of becoming a token without end.
export const artefactsSchema = (schema: string) => `
  CREATE TABLE ${schema}.artefacts (
    kind       text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    text       text COLLATE "C" NOT NULL,
    taken_at   double precision,
    expires_at double precision NOT NULL CHECK (expires_at <> 'NaN'),
    uid        text COLLATE "C",
    user_code  text COLLATE "C",
    grant_id   text COLLATE "C",
    account_id text COLLATE "C",
    PRIMARY KEY (kind, id)
  );
  CREATE UNIQUE INDEX artefacts_by_uid ON ${schema}.artefacts (kind, uid) WHERE uid IS NOT NULL;
  CREATE UNIQUE INDEX artefacts_by_user_code ON ${schema}.artefacts (kind, user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX artefacts_by_grant ON ${schema}.artefacts (kind, grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX artefacts_by_account ON ${schema}.artefacts (kind, account_id, id) WHERE account_id IS NOT NULL;
  CREATE INDEX artefacts_by_deadline ON ${schema}.artefacts (expires_at) WHERE expires_at < 'Infinity';`

/** Rows deleted by one step of `tidy`. Count; bounds how long their locks are held. */
const tidiedAtOnce = 500

type Found = StoredArtefact & { readonly id: string }

export class PostgresArtefacts implements Artefacts {
  readonly #connections: Connections
  readonly #clock: Clock
  readonly #table: string

  constructor(connections: Connections, schema: string, clock: Clock) {
    this.#connections = connections
    this.#clock = clock
    this.#table = `${schema}.artefacts`
  }

  async put(kind: string, id: string, text: string, options: ArtefactOptions = {}): Promise<void> {
    await this.#write(kind, id, text, options, {
      isFree: 'true',
      onConflict: `UPDATE SET text = excluded.text, expires_at = excluded.expires_at, uid = excluded.uid,
        user_code = excluded.user_code, grant_id = excluded.grant_id, account_id = excluded.account_id,
        taken_at = CASE WHEN t.expires_at > $9 THEN t.taken_at END`,
    })
  }

  async add(kind: string, id: string, text: string, options: ArtefactOptions = {}): Promise<boolean> {
    const count = await this.#write(kind, id, text, options, {
      isFree: `NOT EXISTS (SELECT FROM ${this.#table} WHERE kind = $1 AND id = $2 AND expires_at > $9)`,
      onConflict: `UPDATE SET text = excluded.text, expires_at = excluded.expires_at, uid = excluded.uid,
        user_code = excluded.user_code, grant_id = excluded.grant_id, account_id = excluded.account_id,
        taken_at = NULL WHERE t.expires_at <= $9`,
    })
    return count === 1
  }

  async replace(kind: string, id: string, text: string, expiresAt?: number): Promise<boolean> {
    return this.#changesOne(
      `UPDATE ${this.#table} SET text = $3, expires_at = coalesce($4, expires_at)
       WHERE kind = $1 AND id = $2 AND expires_at > $5`,
      [kind, id, text, expiresAt === undefined ? null : aNumber(expiresAt), this.#clock.now()],
    )
  }

  async get(kind: string, id: string): Promise<Artefact | null> {
    const { rows } = await this.#connections.query<StoredArtefact>(
      `SELECT text, taken_at FROM ${this.#table} WHERE kind = $1 AND id = $2 AND expires_at > $3`,
      [kind, id, this.#clock.now()],
    )
    return rows[0] ? artefact(rows[0]) : null
  }

  async find(kind: string, index: 'uid' | 'userCode', value: string) {
    const column = index === 'uid' ? 'uid' : 'user_code'
    const { rows } = await this.#connections.query<Found>(
      `SELECT id, text, taken_at FROM ${this.#table} WHERE kind = $1 AND ${column} = $2 AND expires_at > $3`,
      [kind, value, this.#clock.now()],
    )
    return rows[0] ? { id: rows[0].id, ...artefact(rows[0]) } : null
  }

  async take(kind: string, id: string): Promise<boolean> {
    return this.#changesOne(
      `UPDATE ${this.#table} SET taken_at = $3 WHERE kind = $1 AND id = $2 AND expires_at > $3 AND taken_at IS NULL`,
      [kind, id, this.#clock.now()],
    )
  }

  async delete(kind: string, id: string): Promise<boolean> {
    return this.#changesOne(`DELETE FROM ${this.#table} WHERE kind = $1 AND id = $2 AND expires_at > $3`, [
      kind,
      id,
      this.#clock.now(),
    ])
  }

  async ofAccount(kind: string, accountId: string, after: string, limit: number) {
    const { rows } = await this.#connections.query<Found>(
      `SELECT id, text, taken_at FROM ${this.#table}
       WHERE kind = $1 AND account_id = $2 AND id > $3 AND expires_at > $4 ORDER BY id LIMIT $5`,
      [kind, accountId, after, this.#clock.now(), Math.max(0, limit)],
    )
    return rows.map((row) => ({ id: row.id, ...artefact(row) }))
  }

  async countOfAccount(kind: string, accountId: string): Promise<number> {
    const { rows } = await this.#connections.query<{ count: string }>(
      `SELECT count(*) FROM ${this.#table} WHERE kind = $1 AND account_id = $2 AND expires_at > $3`,
      [kind, accountId, this.#clock.now()],
    )
    return Number(rows[0]?.count)
  }

  async deleteOfGrant(kind: string, grantId: string): Promise<void> {
    await this.#connections.query(`DELETE FROM ${this.#table} WHERE kind = $1 AND grant_id = $2`, [kind, grantId])
  }

  async tidy(): Promise<void> {
    const now = this.#clock.now()
    // A row that is put again meanwhile is another version of the row: its ctid is not the one found here.
    const step = `DELETE FROM ${this.#table} WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM ${this.#table} WHERE expires_at < 'Infinity' AND expires_at <= $1
      LIMIT ${tidiedAtOnce} FOR UPDATE SKIP LOCKED))`
    while ((await this.#connections.query(step, [now])).count === tidiedAtOnce);
  }

  /** @param isFree whether the unique keys may be taken from other rows, as a condition on $1, $2 and $9 */
  async #write(
    ...[kind, id, text, { expiresAt = Infinity, indexes = {} }, { isFree, onConflict }]: [
      ...row: [kind: string, id: string, text: string],
      options: ArtefactOptions,
      rules: { readonly isFree: string; readonly onConflict: string },
    ]
  ): Promise<number> {
    const { uid = null, userCode = null, grantId = null, accountId = null } = indexes
    // The provider rotates a session's id and keeps its uid; the newest row with the uid is found. Read below, so that it runs first.
    const freed = `WITH freed AS (
      UPDATE ${this.#table} SET uid = nullif(uid, $5), user_code = nullif(user_code, $6)
      WHERE kind = $1 AND id <> $2 AND (uid = $5 OR user_code = $6) AND ${isFree} RETURNING 1)`
    const insert = `INSERT INTO ${this.#table} AS t
      (kind, id, text, expires_at, uid, user_code, grant_id, account_id)
      SELECT $1, $2, $3, $4::double precision, $5, $6, $7, $8`
    const hasUniqueKey = uid !== null || userCode !== null
    const { count } = await this.#connections.query(
      `${hasUniqueKey ? freed : ''} ${insert} ${hasUniqueKey ? 'FROM (SELECT count(*) FROM freed) AS first' : ''}
       ON CONFLICT (kind, id) DO ${onConflict}`,
      [kind, id, text, aNumber(expiresAt), uid, userCode, grantId, accountId, this.#clock.now()],
    )
    return count
  }

  async #changesOne(statement: string, values: readonly Value[]): Promise<boolean> {
    return (await this.#connections.query(statement, values)).count === 1
  }
}
