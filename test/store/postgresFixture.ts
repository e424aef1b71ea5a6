/** What the tests of the PostgreSQL driver share: a server, stores on it, and a connection beside them. */
import { Client } from 'pg'
import { openPostgres, type PostgresOptions } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { type PostgresServer, startPostgres } from '../support/postgresServer.ts'
import { start } from '../../src/testing/storeContract/fixture.ts'

export const clock = { now: () => start }

export interface PostgresStage {
  server: PostgresServer
  /** A store on the server, closed after the test. */
  open(options?: Partial<PostgresOptions>): Promise<Store>
  /** One statement, over a connection that is not the driver's. */
  ask<Row extends object>(statement: string): Promise<Row[]>
  /** The address of the server with other settings of the connection, such as `-c synchronous_commit=off`. */
  urlWith(options: string): string
  /** Starts a stopped or killed server where it was, with what it had on disk. */
  restart(): Promise<void>
}

/** One server for all tests of a `describe`, its tables thrown away in between. */
export function postgresStage(...args: string[]): PostgresStage {
  const opened: Store[] = []
  const stage: PostgresStage = {
    server: undefined as unknown as PostgresServer,
    async open(options = {}) {
      const store = await openPostgres({ url: stage.server.url, clock, ...options })
      opened.push(store)
      return store
    },
    ask: (statement) => request(stage.server.url, statement),
    urlWith: (options) => `${stage.server.url}?options=${encodeURIComponent(options)}`,
    async restart() {
      const { port, directory } = stage.server
      stage.server = await startPostgres({ args, port, directory })
    },
  }
  before(async () => {
    stage.server = await startPostgres({ args })
  })
  after(() => stage.server.stop())
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()))
    await stage.ask('DROP SCHEMA IF EXISTS rekey CASCADE')
  })
  return stage
}

export async function request<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const client = new Client(url)
  await client.connect()
  try {
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.end()
  }
}
