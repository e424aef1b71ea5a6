/**
 * Store and number of processes of a server under test. STORE=redis and PROCESSES=2 run every journey and every attack on Redis
 * with two processes, whose requests alternate; STORE=sentinel and cluster on several Redis, STORE=postgres on PostgreSQL.
 */
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:http'
import { join } from 'node:path'
import { Client } from 'pg'
import { startPostgres } from './postgresServer.ts'
import { startRedisCluster, type RedisCluster } from './redisCluster.ts'
import { startRedisSentinel, type RedisSentinel } from './redisSentinel.ts'
import { startRedis } from './redisServer.ts'

const stores = ['sqlite', 'redis', 'sentinel', 'cluster', 'postgres'] as const
type StoreName = (typeof stores)[number]

export interface Deployment {
  readonly store: StoreName
  readonly processes: number
  /** After which the proxy before several processes answers 504 for one that is silent. Milliseconds; null: it waits. */
  readonly answerMs: number | null
}

/** The default. */
export const deployment: Deployment = {
  store: storeNamed(process.env['STORE'] ?? 'sqlite'),
  processes: Number(process.env['PROCESSES'] ?? 1),
  answerMs: null,
}

function storeNamed(name: string): StoreName {
  const known = stores.find((store) => store === name)
  if (!known) throw new Error(`STORE is ${name}; known are ${stores.join(', ')}`)
  return known
}

/** The database of a server under test. */
export interface Database {
  /** How the server under test finds it. */
  readonly environment: Readonly<Record<string, string>>
  /** Stops it and keeps its data. */
  rest(): Promise<void>
  restart(): Promise<void>
  /** Stops it and removes its data, unless they are in the server's directory. */
  remove(): Promise<void>
}

/** null: the embedded store, which needs none. */
export async function startDatabase(store: StoreName, dataDirectory: string): Promise<Database | null> {
  switch (store) {
    case 'sqlite':
      return null
    case 'redis':
      return startRedisIn(join(dataDirectory, 'redis'))
    case 'sentinel':
      return databaseOf(await startRedisSentinel({ lines: withoutClock }))
    case 'cluster':
      return databaseOf(await startRedisCluster(withoutClock))
    case 'postgres':
      return startPostgresApart()
  }
}

async function startRedisIn(directory: string): Promise<Database> {
  await mkdir(directory, { recursive: true })
  // Tests move the clocks of the servers and not that of Redis, so it is not compared.
  const unasked = ['--rename-command', 'TIME', '']
  const args = [...unasked, '--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  let redis = await startRedis({ directory, args })
  const { port } = redis
  return {
    environment: { REDIS_URL: redis.url },
    rest: () => redis.stop(),
    restart: async () => void (redis = await startRedis({ directory, args, port })),
    remove: () => redis.stop(),
  }
}

/** As in `startRedisIn`. */
const withoutClock = ['rename-command TIME ""']

/** Sentinels would replace a master that rests, so their servers go on. */
const databaseOf = (rig: RedisSentinel | RedisCluster): Database => ({
  environment: rig.environment,
  async rest() {},
  async restart() {},
  remove: () => rig.stop(),
})

/** Not in the server's directory, which its user may not read. */
async function startPostgresApart(): Promise<Database> {
  let postgres = await startPostgres()
  await forbidClock(postgres.url)
  const { port, directory } = postgres
  return {
    environment: { DATABASE_URL: postgres.url },
    rest: () => postgres.halt(),
    restart: async () => void (postgres = await startPostgres({ port, directory })),
    remove: () => postgres.stop(),
  }
}

/** Tests move the clocks of the servers and not that of PostgreSQL, so it is not compared. */
export async function forbidClock(url: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  await client.query(`
    CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql
      AS $$ BEGIN RAISE insufficient_privilege; END $$;
    ALTER ROLE postgres SET search_path = public, pg_catalog`)
  await client.end()
}

export interface Proxy {
  close(): Promise<void>
}

/** One address for several processes; each request goes to the next process. */
export async function startProxy(
  port: number,
  ports: readonly number[],
  answerMs: number | null = null,
): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  const server = createServer((req, res) => {
    const target = ports[turn++ % ports.length]
    const onward = request({
      agent,
      host: '127.0.0.1',
      port: target,
      method: req.method,
      path: req.url,
      headers: req.headers,
    })
    onward.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(res)
    })
    const fail = (status: number) => {
      if (!res.headersSent) res.writeHead(status)
      res.end()
    }
    onward.on('error', () => fail(502))
    if (answerMs !== null)
      onward.setTimeout(answerMs, () => {
        fail(504)
        onward.destroy()
      })
    req.pipe(onward)
  })
  // The tests and this proxy share one busy event loop: the next request would meet a connection that was closed as idle.
  server.keepAliveTimeout = 60_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    async close() {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}
