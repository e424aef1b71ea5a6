/** A primary PostgreSQL and a standby that confirms every commit, each behind a proxy. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { type Proxy, startProxy } from '../store/databaseProxy.ts'
import { copyOf, type PostgresServer, startPostgres } from './postgresServer.ts'
import { until } from './redisMember.ts'

export interface PostgresPair {
  readonly primary: PostgresServer
  readonly standby: PostgresServer
  /** After `standby.halt()`. */
  restartStandby(): Promise<void>
  /** In front of the two. */
  readonly proxies: { readonly primary: Proxy; readonly standby: Proxy }
  /** How the server under test finds it: by both addresses, that of the standby first. */
  readonly environment: Readonly<Record<'DATABASE_URL', string>>
  /** Makes the standby the primary; resolves when it takes writes. The other one is not stopped. */
  promote(): Promise<void>
  stop(): Promise<void>
}

export async function startPostgresPair(): Promise<PostgresPair> {
  const first = await startPostgres()
  await first.halt()
  const { directory, port } = first
  const copy = await copyOf(directory)
  await writeFile(join(copy, 'data/standby.signal'), '', { mode: 0o644 })
  const primary = await startPostgres({ directory, port })
  const { password } = new URL(primary.url)
  const source = `host=127.0.0.1 port=${port} user=postgres password=${password}`
  const args = ['-c', `primary_conninfo=${source}`]
  let standby = await startPostgres({ directory: copy, args })
  await ask(primary.url, `ALTER SYSTEM SET synchronous_standby_names = '*'`)
  await ask(primary.url, 'SELECT pg_reload_conf()')
  await until(async () => {
    const [state] = await ask<{ sync_state: string }>(primary.url, 'SELECT sync_state FROM pg_stat_replication')
    return state?.sync_state === 'sync'
  })
  const proxies = { primary: await startProxy(primary.port), standby: await startProxy(standby.port) }
  const hosts = [proxies.standby, proxies.primary].map((proxy) => `127.0.0.1:${proxy.port}`)
  return {
    primary,
    get standby() {
      return standby
    },
    async restartStandby() {
      standby = await startPostgres({ directory: copy, args, port: standby.port })
    },
    proxies,
    environment: { DATABASE_URL: primary.url.replace(/127.0.0.1:\d+/, hosts.join(',')) },
    async promote() {
      await ask(standby.url, 'SELECT pg_promote()')
    },
    async stop() {
      await Promise.all([primary.stop(), standby.stop()])
      await Promise.all([proxies.primary.close(), proxies.standby.close()])
    },
  }
}

async function ask<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const client = new Client(url)
  await client.connect()
  try {
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.end()
  }
}
