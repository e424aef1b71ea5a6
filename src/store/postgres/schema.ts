/** The tables, as one script for each version of them, and their upgrade: forward only, by one process at a time. */
import { artefactsSchema } from './artefacts.ts'
import { countersSchema } from './counters.ts'
import { PreflightFailed } from '../remote.ts'
import { journalSchema } from './journal.ts'
import { asText, type PostgresClient } from './pool.ts'
import { profilesSchema, profileTagsSchema } from './profiles.ts'
import { recordsSchema } from './records.ts'

/** Oldest first; never edited after their release. */
const scripts: readonly ((schema: string) => string)[] = [
  (schema) =>
    [recordsSchema, profilesSchema, journalSchema, artefactsSchema, countersSchema].map((of) => of(schema)).join('\n'),
  profileTagsSchema,
]

/** "rkey" as a number: this program's advisory locks. */
const lockNumber = 0x72_6b_65_79

/** Quoted for a statement. Longer names would be cut by PostgreSQL, and two of them could become one. */
export function quoted(schema: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema)) {
    throw new TypeError('schema: up to 63 letters, digits and underscores, not beginning with a digit')
  }
  return `"${schema}"`
}

/**
 * The statements that make the tables in `schema`, in one transaction, for a database whose administrator runs them himself.
 * @param from the version that is there; the last row of the table `schema_versions` says it
 */
export function schemaSql(schema = 'rekey', from = 0): string {
  const name = quoted(schema)
  const first = `
  CREATE SCHEMA IF NOT EXISTS ${name};
  CREATE TABLE ${name}.schema_versions (version integer PRIMARY KEY);`
  return `BEGIN;${from === 0 ? first : ''}${steps(name, from)}\nCOMMIT;\n`
}

function steps(name: string, from: number): string {
  return scripts
    .slice(from)
    .map((script, n) => `${script(name)}\n  INSERT INTO ${name}.schema_versions VALUES (${from + n + 1});`)
    .join('\n')
}

/** Makes or upgrades the tables; with `migrate` false it only checks them. */
export async function ensureSchema(client: PostgresClient, schema: string, migrate: boolean): Promise<void> {
  const version = await versionOf(client, schema)
  if (version === scripts.length) return
  if (!migrate) {
    throw new PreflightFailed(
      `has version ${version} of the tables in schema ${schema}; version ${scripts.length} is needed. ` +
        `Run the statements of schemaSql('${schema}', ${version})`,
    )
  }
  const run = (text: string) => client.query({ text })
  await run('BEGIN')
  try {
    await run(`SELECT pg_advisory_xact_lock(${lockNumber}, hashtext('${schema}'))`)
    // Read again under the lock: of two processes that start together, one upgrades and the other finds it done.
    const found = await versionOf(client, schema)
    // In a schema that is there, no right to create schemas is needed.
    const isThere = await exists(client, `pg_namespace WHERE nspname = '${schema}'`)
    if (!isThere) await run(`CREATE SCHEMA ${quoted(schema)}`)
    if (found === 0) await run(`CREATE TABLE ${quoted(schema)}.schema_versions (version integer PRIMARY KEY)`)
    await run(steps(quoted(schema), found))
    await run('COMMIT')
  } catch (error) {
    await run('ROLLBACK').catch(() => {})
    throw isOccupied(error)
      ? new PreflightFailed(`has tables of another program in schema ${schema}; nothing was changed`)
      : error
  }
}

async function versionOf(client: PostgresClient, schema: string): Promise<number> {
  // Not to_regclass(): its cache may not know what was committed before the lock was had.
  const table = `pg_tables WHERE schemaname = '${schema}' AND tablename = 'schema_versions'`
  if (!(await exists(client, table))) return 0
  const statement = `SELECT max(version) AS version FROM ${quoted(schema)}.schema_versions`
  const { rows } = await client.query({ text: statement, types: asText })
  const version = Number((rows[0] as { version: string | null }).version)
  if (version > scripts.length) {
    throw new PreflightFailed(
      `holds data of a newer oidc-rekey (tables of version ${version}; this one knows ${scripts.length}). ` +
        'Start that version again, or restore a copy from before the upgrade',
    )
  }
  return version
}

async function exists(client: PostgresClient, where: string): Promise<boolean> {
  return (await client.query({ text: `SELECT FROM pg_catalog.${where}` })).rowCount === 1
}

/** A table of this name exists already. */
function isOccupied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P07'
}
