/** SQLite and PostgreSQL: one table for the models of the library, one for the accounts, one statement for each call. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { Pool } from 'pg'
import { type Account, type Database, now, type Stored } from './database.ts'

type Row = Readonly<Record<string, unknown>>
type Value = string | number | null
/** Runs a statement whose parameters are $1, $2 … in this order. */
type Run = (statement: string, values: readonly Value[]) => Promise<readonly Row[]>

const models = `CREATE TABLE IF NOT EXISTS models (model text, id text, payload text NOT NULL, expires bigint, consumed bigint,
  uid text, user_code text, grant_id text, PRIMARY KEY (model, id));
  CREATE INDEX IF NOT EXISTS models_uid ON models (uid); CREATE INDEX IF NOT EXISTS models_grant ON models (grant_id)`
const accounts = `CREATE TABLE IF NOT EXISTS accounts (id text PRIMARY KEY, email text UNIQUE, version bigint, document text)`

/** The accounts are synced to disk at each commit, the models are not, as in a service whose sessions may be lost. */
export async function openSqlite(directory: string): Promise<Database> {
  mkdirSync(directory, { recursive: true })
  const files: DatabaseSync[] = []
  const open = (name: string, synchronous: string, schema: string): Run => {
    const file = new DatabaseSync(join(directory, name))
    file.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; ${schema}`)
    files.push(file)
    const prepared = new Map<string, StatementSync>()
    return async (statement, values) => {
      let found = prepared.get(statement)
      if (!found) prepared.set(statement, (found = file.prepare(statement.replaceAll(/\$\d+/g, '?'))))
      return found.all(...values)
    }
  }
  const run = { models: open('models.db', 'NORMAL', models), accounts: open('accounts.db', 'FULL', accounts) }
  return overSql(run, async () => files.forEach((file) => file.close()))
}

export async function openPostgres(url: string): Promise<Database> {
  const pool = new Pool({ connectionString: url })
  await pool.query(`${models}; ${accounts}`)
  const run: Run = async (statement, values) => (await pool.query<Row>(statement, [...values])).rows
  return overSql({ models: run, accounts: run }, () => pool.end())
}

function overSql(run: { readonly models: Run; readonly accounts: Run }, close: () => Promise<void>): Database {
  const account = async (condition: string, value: string): Promise<Stored | undefined> => {
    const [row] = await run.accounts(`SELECT version, document FROM accounts WHERE ${condition}`, [value])
    return row && { account: JSON.parse(String(row['document'])) as Account, version: Number(row['version']) }
  }
  return {
    adapter: (model) => new SqlAdapter(run.models, model),
    byId: (id) => account('id = $1', id),
    byEmail: (email) => account('email = $1', email),
    async create({ id, email, ...rest }) {
      const document = JSON.stringify({ id, email, ...rest })
      await run.accounts('INSERT INTO accounts VALUES ($1, $2, 1, $3)', [id, email, document])
    },
    async swap({ version }, next) {
      const statement = 'UPDATE accounts SET version = $1, document = $2 WHERE id = $3 AND version = $4 RETURNING id'
      return (await run.accounts(statement, [version + 1, JSON.stringify(next), next.id, version])).length === 1
    },
    close,
  }
}

class SqlAdapter implements Adapter {
  readonly #run: Run
  readonly #model: string

  constructor(run: Run, model: string) {
    this.#run = run
    this.#model = model
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const { uid = null, userCode = null, grantId = null } = payload
    const values = [this.#model, id, JSON.stringify(payload), expiresIn ? now() + expiresIn : null]
    await this.#run(
      `INSERT INTO models (model, id, payload, expires, uid, user_code, grant_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, expires = excluded.expires, uid = excluded.uid,
       user_code = excluded.user_code, grant_id = excluded.grant_id`,
      [...values, uid, userCode, grantId],
    )
  }

  async #find(column: string, value: string): Promise<AdapterPayload | undefined> {
    const statement = `SELECT payload, consumed FROM models WHERE ${column} = $1 AND model = $2
      AND (expires IS NULL OR expires > $3)`
    const [row] = await this.#run(statement, [value, this.#model, now()])
    if (!row) return undefined
    const { payload, consumed } = row
    return {
      ...(JSON.parse(String(payload)) as AdapterPayload),
      ...(consumed !== null && { consumed: Number(consumed) }),
    }
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return this.#find('id', id)
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#find('uid', uid)
  }

  findByUserCode(code: string): Promise<AdapterPayload | undefined> {
    return this.#find('user_code', code)
  }

  async consume(id: string): Promise<void> {
    await this.#run('UPDATE models SET consumed = $1 WHERE model = $2 AND id = $3', [now(), this.#model, id])
  }

  async destroy(id: string): Promise<void> {
    await this.#run('DELETE FROM models WHERE model = $1 AND id = $2', [this.#model, id])
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#run('DELETE FROM models WHERE model = $1 AND grant_id = $2', [this.#model, grantId])
  }
}
