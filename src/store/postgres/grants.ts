/** What the user of PostgreSQL must be allowed on each table: nothing deletes a record or a person. */
import { PreflightFailed } from '../remote.ts'
import { asText, type PostgresClient } from './pool.ts'

export const tableGrants: Readonly<Record<string, readonly string[]>> = {
  schema_versions: ['SELECT'],
  records: ['SELECT', 'INSERT', 'UPDATE'],
  profiles: ['SELECT', 'INSERT', 'UPDATE'],
  profile_prefixes: ['SELECT', 'INSERT', 'DELETE'],
  profile_tags: ['SELECT', 'INSERT', 'DELETE'],
  journal_entries: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  journal_tags: ['SELECT', 'INSERT', 'DELETE'],
  artefacts: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  counters: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
}

/** Named at the start: a refusal in the middle of an operation would be a page with 500. */
export async function requireGrants(client: PostgresClient, schema: string): Promise<void> {
  const wanted = Object.entries(tableGrants).flatMap(([table, grants]) =>
    grants.map((grant) => `('${table}','${grant}')`),
  )
  const statement = `
    SELECT wanted.name, wanted.privilege FROM (VALUES ${wanted.join(',')}) AS wanted (name, privilege)
    JOIN pg_catalog.pg_class c ON c.relname = wanted.name
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = '${schema}'
    WHERE NOT has_table_privilege(c.oid, wanted.privilege)`
  const { rows } = await client.query({ text: statement, types: asText })
  const missing = rows as readonly { readonly name: string; readonly privilege: string }[]
  if (missing.length === 0) return
  const grants = missing.map(({ name, privilege }) => `${privilege} ON ${schema}.${name}`)
  throw new PreflightFailed(`does not let this user work with its tables: grant ${grants.join(', ')} (docs/stores.md)`)
}
