/** The part of node-postgres that is used, so that no public type needs `@types/pg`; and a pool of our own for a URL. */
import { idleMs, timeoutMs } from './timeouts.ts'

export interface PostgresQuery {
  readonly text: string
  readonly values?: unknown[]
  readonly types?: { getTypeParser(): (value: string) => string }
}

export interface PostgresClient {
  query(query: PostgresQuery): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>
  /** @param destroy closes the connection instead of keeping it for others */
  release(destroy?: boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** A `Pool` of node-postgres. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

export interface OwnPool extends PostgresPool {
  end(): Promise<void>
}

/** A host may have set parsers of its own for all its queries. */
export const asText = { getTypeParser: () => (value: string) => value }

/** `pg` is loaded only here: a host that hands in its pool has it already. */
/** @param onLoss called when a connection was closed, or is to be closed, since it is of no more use */
export async function createPool(url: string, most = 10, onLoss = (): void => {}): Promise<OwnPool> {
  const { default: pg } = await loaded()
  const pool = new pg.Pool({
    connectionString: url,
    max: most,
    connectionTimeoutMillis: timeoutMs,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
    application_name: 'oidc-rekey',
  })
  pool.on('remove', onLoss).on('release', (error?: unknown) => {
    if (error) onLoss()
  })
  // A connection may break while it is in use or being closed; without a listener that ends the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool.on('error', () => {})
}

async function loaded(): Promise<typeof import('pg')> {
  try {
    return await import('pg')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    if (!isMissing || !error.message.includes("'pg'")) throw error
    throw new Error('PostgreSQL needs the package pg, which is not installed: npm install pg', { cause: error })
  }
}
