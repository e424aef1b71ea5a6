/** What stores the data, and what can happen to it there. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { startProxy } from '../../store/databaseProxy.ts'
import { forbidClock } from '../../support/deployment.ts'
import { startPostgresPair } from '../../support/postgresPair.ts'
import { startRedisCluster } from '../../support/redisCluster.ts'
import { ask } from '../../support/redisMember.ts'
import { startRedisSentinel } from '../../support/redisSentinel.ts'
import { startRedis } from '../../support/redisServer.ts'
import { fillRedis, LASTS_MS, replicatedFaults, type StoreFaults, stutter } from './storeFaults.ts'

export interface Rig {
  readonly store: 'redis' | 'sqlite'
  readonly environment: Readonly<Record<string, string>>
  readonly settings: object
  /** Kills the server that takes writes, or each of them; resolves when others have taken over. null: there are no others. */
  readonly failOver: (() => Promise<void>) | null
  readonly faults: StoreFaults
  stop(): Promise<unknown>
}

/** Tests move the clocks of the servers and not that of Redis, so it is not compared. */
const withoutClock = ['rename-command TIME ""']

async function single(): Promise<Rig> {
  const words = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  const args = [...words, '--rename-command', 'TIME', '']
  let redis = await startRedis({ args })
  const { port, directory } = redis
  const proxy = await startProxy(port)
  const send = (...command: string[]) => ask(port, command)
  return {
    store: 'redis',
    environment: { REDIS_URL: proxy.url },
    settings: {},
    failOver: null,
    faults: {
      'store is killed': async () => {
        await redis.kill()
        await pause(1000)
        redis = await startRedis({ args, port, directory })
      },
      'store is frozen': async () => {
        redis.freeze()
        await pause(LASTS_MS)
        redis.thaw()
      },
      'store cannot be reached': async () => {
        proxy.hold('everything')
        await pause(LASTS_MS)
        proxy.release()
      },
      'store breaks every connection': async () => proxy.cut(),
      'store is slow': () => stutter(() => proxy.hold('answers'), proxy.release),
      'store is full': () => fillRedis(send),
      'store takes no writes': async () => {
        await send('REPLICAOF', '127.0.0.1', '1')
        await pause(LASTS_MS)
        await send('REPLICAOF', 'NO', 'ONE')
      },
    },
    async stop() {
      redis.thaw()
      await redis.stop()
      await proxy.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function sentinel(): Promise<Rig> {
  const rig = await startRedisSentinel({ lines: withoutClock })
  return {
    store: 'redis',
    environment: rig.environment,
    settings: { redis: { replicas: 1 } },
    async failOver() {
      const master = await rig.master()
      await master.kill()
      await rig.replaced(master)
    },
    faults: replicatedFaults({
      master: rig.master,
      masters: async () => [await rig.master()],
      replicas: () => rig.replicas(),
      replaced: rig.replaced,
      failOver: () => rig.failOver(),
      restarts: false,
    }),
    async stop() {
      for (const member of rig.members) member.thaw()
      await rig.stop()
    },
  }
}

async function cluster(): Promise<Rig> {
  const rig = await startRedisCluster(withoutClock)
  // In its slot are records.
  const master = () => rig.masterOf('rekey:{07}:due')
  return {
    store: 'redis',
    environment: rig.environment,
    settings: { redis: { replicas: 1 } },
    async failOver() {
      for (const each of await rig.masters()) {
        await each.kill()
        await rig.replaced(each)
        await each.start()
      }
    },
    faults: replicatedFaults({
      master,
      masters: rig.masters,
      replicas: rig.replicasOf,
      replaced: rig.replaced,
      failOver: rig.failOver,
      restarts: true,
    }),
    async stop() {
      for (const member of rig.members) member.thaw()
      await rig.stop()
    },
  }
}

async function postgres(): Promise<Rig> {
  const pair = await startPostgresPair()
  await forbidClock(pair.primary.url)
  const { primary } = pair.proxies
  const failOver = async () => {
    await pair.primary.kill()
    await pair.promote()
  }
  const readOnly = async (value: 'on' | 'off') => {
    const client = new Client(pair.primary.url)
    await client.connect()
    await client.query('SET default_transaction_read_only = off')
    await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`)
    await client.query('SELECT pg_reload_conf()')
    await client.end()
  }
  return {
    store: 'sqlite',
    environment: pair.environment,
    settings: {},
    failOver,
    faults: {
      'store is killed': failOver,
      'store is frozen': async () => {
        primary.hold('everything')
        await pair.promote()
        // It is back, and believes that it is the primary.
        await pause(LASTS_MS)
        primary.release()
      },
      'store is replaced on request': async () => {
        await pair.primary.halt()
        await pair.promote()
      },
      'store cannot be reached': async () => {
        primary.hold('everything')
        await pause(LASTS_MS)
        primary.release()
      },
      'store breaks every connection': async () => primary.cut(),
      'store is slow': () => stutter(() => primary.hold('answers'), primary.release),
      'store has lost its replicas': async () => {
        const { standby } = pair
        await standby.halt()
        await pause(LASTS_MS)
        await pair.restartStandby()
      },
      'store takes no writes': async () => {
        await readOnly('on')
        await pause(LASTS_MS)
        await readOnly('off')
      },
    },
    stop: () => pair.stop(),
  }
}

async function sqlite(): Promise<Rig> {
  return {
    store: 'sqlite',
    environment: {},
    settings: {},
    failOver: null,
    faults: {
      'store cannot be reached': async (dataDirectory) => {
        const other = new DatabaseSync(join(dataDirectory, 'records.db'), { timeout: 10_000 })
        other.exec('BEGIN EXCLUSIVE')
        await pause(LASTS_MS)
        other.exec('ROLLBACK')
        other.close()
      },
    },
    stop: () => Promise.resolve(),
  }
}

export const topologies = {
  'single Redis': single,
  Sentinel: sentinel,
  Cluster: cluster,
  PostgreSQL: postgres,
  SQLite: sqlite,
}
export type Topology = keyof typeof topologies
