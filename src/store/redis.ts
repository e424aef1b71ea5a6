/**
 * The store in Redis, for any number of machines. One connection per process; every atomic change is one script on keys of one
 * slot, so that the same commands work behind Sentinel and on a cluster.
 */
import { RedisArtefacts } from './redis/artefacts.ts'
import { RedisCounters } from './redis/counters.ts'
import { RedisJournal } from './redis/journal.ts'
import { keysUnder } from './redis/keys.ts'
import { Connection } from './redis/connection.ts'
import type { Traffic } from './redis/node.ts'
import { RedisProfiles } from './redis/profiles.ts'
import { RedisRecords } from './redis/records.ts'
import { Replicas } from './redis/replicas.ts'
import { upgrade } from './redis/upgrade.ts'
import { systemClock } from '../clock.ts'
import type { Clock, Store } from './store.ts'

export interface RedisOptions {
  /** `redis://` or `rediss://`, with user, password and number of the database. Its `maxmemory-policy` must be noeviction. */
  readonly url: string
  /** Default: the system's. */
  readonly clock?: Clock
  /** In front of every key. Default `rekey:`. Without braces. */
  readonly prefix?: string
  /** Replicas that must confirm a durable write. Count, default 0; should be all replicas. */
  readonly replicas?: number
  /** Receives sentences for the operator: risky settings, a lost connection and its return. */
  readonly warn?: (line: string) => void
}

export interface RedisStore extends Store {
  /** Commands and round trips so far. */
  traffic(): Readonly<Traffic>
}

/** Within two seconds. Throws an `Error` that explains why this Redis cannot be used; `StoreUnavailable`: it was not reached. */
export async function openRedis(options: RedisOptions): Promise<RedisStore> {
  const { url, clock = systemClock, prefix = 'rekey:', replicas: wanted = 0, warn = () => {} } = options
  const keys = keysUnder(prefix)
  const address = { url, name: `Redis at ${addressOf(url)}`, keys }
  const connection = await Connection.open(address, warn)
  await upgrade(connection, keys).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  const replicas = await Replicas.open(wanted, connection, address).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  const journals = {
    audit: new RedisJournal(connection, keys, 'audit'),
    mailbox: new RedisJournal(connection, keys, 'mailbox'),
  }
  return {
    records: new RedisRecords(connection, keys, replicas),
    artefacts: new RedisArtefacts(connection, keys, clock),
    profiles: new RedisProfiles(connection, keys),
    counters: new RedisCounters(connection, keys, clock),
    journal: (name) => journals[name],
    preflight: () => connection.preflight(),
    ping: () => connection.ping(),
    memoryUsed: () => connection.memoryUsed(),
    async close() {
      await connection.close()
      await replicas.close()
    },
    description: address.name,
    traffic: () => ({ ...connection.traffic }),
  }
}

/** Host, port and number of the database; without user and password. */
function addressOf(url: string): string {
  // The error of `new URL` would carry the password into a log.
  const parsed = URL.parse(url)
  if (!parsed || !/^rediss?:$/.test(parsed.protocol)) {
    throw new TypeError('the URL of Redis must begin with redis:// or rediss://')
  }
  const database = parsed.pathname.replace(/^\/0?$/, '')
  return `${parsed.hostname || 'localhost'}:${parsed.port || '6379'}${database}`
}
