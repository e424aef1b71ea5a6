/**
 * The store in PostgreSQL, for any number of machines: one statement per operation, in a schema of its own beside a host's tables.
 * The server must sync what it commits; a standby is refused.
 */
import { systemClock } from '../clock.ts'
import { PostgresArtefacts } from './postgres/artefacts.ts'
import { Connections } from './postgres/connections.ts'
import { PostgresCounters } from './postgres/counters.ts'
import { requireGrants } from './postgres/grants.ts'
import { PostgresJournal } from './postgres/journal.ts'
import { createPools } from './postgres/hosts.ts'
import type { OwnPool, PostgresPool } from './postgres/pool.ts'
import { PostgresProfiles } from './postgres/profiles.ts'
import { PostgresRecords } from './postgres/records.ts'
import { ensureSchema, quoted } from './postgres/schema.ts'
import { drainMs } from './postgres/timeouts.ts'
import { addressOf } from './postgresUrls.ts'
import { before } from './remote.ts'
import type { Clock, Store } from './store.ts'

export { schemaSql } from './postgres/schema.ts'
export type { PostgresPool } from './postgres/pool.ts'

interface Settings {
  /** Default: the system's. */
  readonly clock?: Clock
  /** In which the tables are. Default `rekey`. */
  readonly schema?: string
  /** Make and upgrade the tables at the start. Default true; false: `schemaSql()` gives the statements to an administrator. */
  readonly migrate?: boolean
}

/**
 * A `Pool` of `pg` that the host keeps and ends, or the URL for one of our own: `postgres://`, with user and password. With several
 * servers, `postgres://user:password@a:5432,b:5432/database`, it uses the one that takes writes.
 */
export type PostgresOptions = Settings &
  (
    | { readonly pool: PostgresPool }
    | {
        readonly url: string
        /** Connections of our own pool, to each server. Count, default 10. */
        readonly poolSize?: number
      }
  )

/** An unreachable server never confirms the end of a connection. */
const ended = (pool: OwnPool): Promise<void> => before(performance.now() + drainMs, pool.end()).catch(() => {})

/** Within ten seconds. Throws `StoreUnfit`, which explains why this database cannot be used; `StoreUnavailable`: it was not reached. */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const { clock = systemClock, schema = 'rekey', migrate = true } = options
  const tables = quoted(schema)
  const description = 'url' in options ? `PostgreSQL at ${addressOf(options.url)}` : 'PostgreSQL'
  const own = 'url' in options ? await createPools(options.url, options.poolSize) : null
  const connections = new Connections(own ?? (options as { readonly pool: PostgresPool }).pool, description)
  const journals = {
    audit: new PostgresJournal(connections, tables, 'audit'),
    mailbox: new PostgresJournal(connections, tables, 'mailbox'),
  }
  const close = async () => {
    await Promise.all(Object.values(journals).map((journal) => journal.idle()))
    await connections.close()
    if (own) await ended(own)
  }
  await connections
    .prepare(async (client) => {
      await ensureSchema(client, schema, migrate)
      await requireGrants(client, schema)
    })
    .catch(async (error: unknown) => {
      await close()
      throw error
    })
  return {
    records: new PostgresRecords(connections, tables),
    artefacts: new PostgresArtefacts(connections, tables, clock),
    profiles: new PostgresProfiles(connections, tables),
    counters: new PostgresCounters(connections, tables, clock),
    journal: (name) => journals[name],
    preflight: () => connections.preflight(),
    async ping() {
      await connections.query('SELECT 1')
    },
    close,
    description: `${description}, schema ${schema}`,
  }
}
