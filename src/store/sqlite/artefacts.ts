/** Artefacts: what node-oidc-provider stores. Every statement compares the deadline; `tidy` only frees space. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Artefact, ArtefactOptions, Artefacts, Clock } from '../store.ts'
import type { SqliteFile } from './file.ts'

// expires_at is never null: "never" is Infinity (9e999), so that a NaN is refused instead of becoming a token without end.
export const artefactsSchema = `
  CREATE TABLE artefacts (
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    text       TEXT NOT NULL,
    taken_at   REAL,
    expires_at REAL NOT NULL,
    uid        TEXT,
    user_code  TEXT,
    grant_id   TEXT,
    account_id TEXT,
    PRIMARY KEY (kind, id)
  ) STRICT;
  CREATE UNIQUE INDEX artefacts_by_uid ON artefacts (kind, uid) WHERE uid IS NOT NULL;
  CREATE UNIQUE INDEX artefacts_by_user_code ON artefacts (kind, user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX artefacts_by_grant ON artefacts (kind, grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX artefacts_by_account ON artefacts (kind, account_id, id) WHERE account_id IS NOT NULL;
  CREATE INDEX artefacts_by_deadline ON artefacts (expires_at) WHERE expires_at < 9e999`

/** Rows deleted by one step of `tidy`, which releases the lock in between. Count. */
const tidiedAtOnce = 500

export class SqliteArtefacts implements Artefacts {
  readonly #file: SqliteFile
  readonly #clock: Clock
  readonly #save
  readonly #put
  readonly #replace
  readonly #release
  readonly #get
  readonly #find
  readonly #take
  readonly #delete
  readonly #ofAccount
  readonly #countOfAccount
  readonly #deleteOfGrant
  readonly #tidy

  constructor(file: SqliteFile, clock: Clock) {
    this.#file = file
    this.#clock = clock
    this.#save = file.prepare(`
      UPDATE artefacts SET text = ?, expires_at = ? WHERE kind = ? AND id = ? AND expires_at > ?
        AND uid IS ? AND user_code IS ? AND grant_id IS ? AND account_id IS ?`)
    this.#put = file.prepare(`
      INSERT INTO artefacts (kind, id, text, expires_at, uid, user_code, grant_id, account_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (kind, id) DO UPDATE SET
        text = excluded.text, expires_at = excluded.expires_at, uid = excluded.uid, user_code = excluded.user_code,
        grant_id = excluded.grant_id, account_id = excluded.account_id,
        taken_at = CASE WHEN artefacts.expires_at > ? THEN artefacts.taken_at END`)
    this.#replace = file.prepare(
      'UPDATE artefacts SET text = ?, expires_at = coalesce(?, expires_at) WHERE kind = ? AND id = ? AND expires_at > ?',
    )
    const release = (column: string) =>
      file.prepare(`UPDATE artefacts SET ${column} = NULL WHERE kind = ? AND ${column} = ? AND id <> ?`)
    this.#release = { uid: release('uid'), userCode: release('user_code') }
    this.#get = file.prepare<Artefact>(
      'SELECT text, taken_at AS takenAt FROM artefacts WHERE kind = ? AND id = ? AND expires_at > ?',
    )
    const find = (column: string) =>
      file.prepare<Artefact & { id: string }>(
        `SELECT id, text, taken_at AS takenAt FROM artefacts WHERE kind = ? AND ${column} = ? AND expires_at > ?`,
      )
    this.#find = { uid: find('uid'), userCode: find('user_code') }
    this.#take = file.prepare(
      'UPDATE artefacts SET taken_at = ? WHERE kind = ? AND id = ? AND expires_at > ? AND taken_at IS NULL',
    )
    this.#delete = file.prepare('DELETE FROM artefacts WHERE kind = ? AND id = ? AND expires_at > ?')
    this.#ofAccount = file.prepare<Artefact & { id: string }>(`
      SELECT id, text, taken_at AS takenAt FROM artefacts
      WHERE kind = ? AND account_id = ? AND id > ? AND expires_at > ? ORDER BY id LIMIT max(0, ?)`)
    this.#countOfAccount = file.prepare<{ count: number }>(
      'SELECT count(*) AS count FROM artefacts WHERE kind = ? AND account_id = ? AND expires_at > ?',
    )
    this.#deleteOfGrant = file.prepare('DELETE FROM artefacts WHERE kind = ? AND grant_id = ?')
    this.#tidy = file.prepare(`
      DELETE FROM artefacts WHERE rowid IN
        (SELECT rowid FROM artefacts WHERE expires_at < 9e999 AND expires_at <= ? LIMIT ${tidiedAtOnce})`)
  }

  async put(kind: string, id: string, text: string, options?: ArtefactOptions): Promise<void> {
    return this.#file.write(() => this.#write(kind, id, text, options))
  }

  async add(kind: string, id: string, text: string, options?: ArtefactOptions): Promise<boolean> {
    return this.#file.write(() => {
      if (this.#get.first(kind, id, this.#clock.now())) return false
      this.#write(kind, id, text, options)
      return true
    })
  }

  async replace(kind: string, id: string, text: string, expiresAt: number | null = null): Promise<boolean> {
    return this.#file.write(() => this.#replace.run(text, expiresAt, kind, id, this.#clock.now()) === 1)
  }

  #write(kind: string, id: string, text: string, { expiresAt = Infinity, indexes = {} }: ArtefactOptions = {}): void {
    const { uid = null, userCode = null, grantId = null, accountId = null } = indexes
    const now = this.#clock.now()
    const isThere = this.#save.run(text, expiresAt, kind, id, now, uid, userCode, grantId, accountId) === 1
    // The usual case, a session saved again: its four indexes do not change.
    if (isThere) return
    // The provider rotates a session's id and keeps its uid; the newest row with the uid is found.
    if (uid !== null) this.#release.uid.run(kind, uid, id)
    if (userCode !== null) this.#release.userCode.run(kind, userCode, id)
    this.#put.run(kind, id, text, expiresAt, uid, userCode, grantId, accountId, now)
  }

  async get(kind: string, id: string): Promise<Artefact | null> {
    return this.#file.read(() => this.#get.first(kind, id, this.#clock.now()) ?? null)
  }

  async find(kind: string, index: 'uid' | 'userCode', value: string) {
    return this.#file.read(() => this.#find[index].first(kind, value, this.#clock.now()) ?? null)
  }

  async take(kind: string, id: string): Promise<boolean> {
    return this.#file.write(() => {
      const now = this.#clock.now()
      return this.#take.run(now, kind, id, now) === 1
    })
  }

  async delete(kind: string, id: string): Promise<boolean> {
    return this.#file.write(() => this.#delete.run(kind, id, this.#clock.now()) === 1)
  }

  async ofAccount(kind: string, accountId: string, after: string, limit: number) {
    return this.#file.read(() => this.#ofAccount.every(kind, accountId, after, this.#clock.now(), limit))
  }

  async countOfAccount(kind: string, accountId: string): Promise<number> {
    return this.#file.read(() => this.#countOfAccount.first(kind, accountId, this.#clock.now())?.count ?? 0)
  }

  async deleteOfGrant(kind: string, grantId: string): Promise<void> {
    return this.#file.write(() => void this.#deleteOfGrant.run(kind, grantId))
  }

  async tidy(): Promise<void> {
    const now = this.#clock.now()
    while ((await this.#file.write(() => this.#tidy.run(now))) === tidiedAtOnce) await nextTurn()
  }
}
