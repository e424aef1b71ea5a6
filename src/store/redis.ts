/**
 * The store in Redis, for any number of machines: one server, a master that sentinels name, or a cluster. Every atomic change is one
 * script on keys of one slot, so that the same commands work everywhere.
 */
import { RedisArtefacts } from './redis/artefacts.ts'
import { endpointOf } from './redis/client.ts'
import { ClusterTopology } from './redis/cluster.ts'
import { RedisCounters } from './redis/counters.ts'
import { RedisJournal } from './redis/journal.ts'
import { type Keys, keysUnder } from './redis/keys.ts'
import { Connection } from './redis/connection.ts'
import { RedisProfiles } from './redis/profiles.ts'
import { RedisRecords } from './redis/records.ts'
import { Replicas } from './redis/replicas.ts'
import { Sentinels } from './redis/sentinel.ts'
import type { Topology, Traffic } from './redis/server.ts'
import { singleNode } from './redis/single.ts'
import { upgrade } from './redis/upgrade.ts'
import { systemClock } from '../clock.ts'
import type { Clock, Store } from './store.ts'

export interface RedisSettings {
  /** Of the user at every Redis, unless `url` has them. */
  readonly username?: string
  readonly password?: string
  /** Connect to every Redis and sentinel by TLS, as `rediss://` does. */
  readonly tls?: boolean
  /** PEM: authorities trusted beside those of Node.js. */
  readonly ca?: string
  /** Default: the system's. */
  readonly clock?: Clock
  /** In front of every key. Default `rekey:`. Without braces. */
  readonly prefix?: string
  /** Replicas that must confirm a durable write; on a cluster, of each master. Count, default 0; should be all replicas. */
  readonly replicas?: number
  /** Receives sentences for the operator: risky settings, a lost connection and its return. */
  readonly warn?: (line: string) => void
}

export interface SentinelAddresses {
  /** Of the master, as the sentinels know it. */
  readonly name: string
  /** `host:port` of every sentinel. */
  readonly nodes: readonly string[]
  /** Of the user at the sentinels, which have users of their own. */
  readonly username?: string
  readonly password?: string
  /** Default: as for Redis. */
  readonly tls?: boolean
}

export type RedisOptions = RedisSettings &
  (
    | {
        /** `redis://` or `rediss://`, with user, password and number of the database. Its `maxmemory-policy` must be noeviction. */
        readonly url: string
      }
    | { readonly sentinel: SentinelAddresses }
    | {
        /** `host:port` of some nodes of the cluster, from which the others are found. */
        readonly cluster: readonly string[]
      }
  )

export interface RedisStore extends Store {
  /** Commands and round trips so far. */
  traffic(): Readonly<Traffic>
}

/** Within two seconds, with sentinels or a cluster within some more. Throws an `Error` that explains why this Redis cannot be used; `StoreUnavailable`: it was not reached. */
export async function openRedis(options: RedisOptions): Promise<RedisStore> {
  const { clock = systemClock, prefix = 'rekey:', replicas: wanted = 0, warn = () => {} } = options
  const keys = keysUnder(prefix)
  const topology = topologyOf(options, keys)
  const connection = await Connection.open(topology, warn).catch((error: unknown) => {
    topology.close()
    throw error
  })
  await upgrade(connection, keys).catch(async (error: unknown) => {
    await connection.close()
    topology.close()
    throw error
  })
  const replicas = await Replicas.open(wanted, connection, topology).catch(async (error: unknown) => {
    await connection.close()
    topology.close()
    throw error
  })
  const journals = {
    audit: new RedisJournal(connection, keys.journal('audit'), replicas),
    mailbox: new RedisJournal(connection, keys.journal('mailbox'), replicas),
  }
  return {
    records: new RedisRecords(connection, keys, replicas),
    artefacts: new RedisArtefacts(connection, keys, clock),
    profiles: new RedisProfiles(connection, keys, replicas),
    counters: new RedisCounters(connection, keys, clock),
    journal: (name) => journals[name],
    preflight: () => connection.preflight(),
    ping: () => connection.ping(),
    memoryUsed: () => connection.memoryUsed(),
    async close() {
      await connection.close()
      await replicas.close()
      topology.close()
    },
    description: topology.name,
    traffic: () => ({ ...connection.traffic }),
  }
}

function topologyOf(options: RedisOptions, keys: Keys): Topology {
  const { username, password, tls, ca } = options
  const access = { username, password, tls, ca }
  if ('url' in options) return singleNode(options.url, access, keys)
  if ('cluster' in options) return new ClusterTopology(options.cluster.map(endpointOf), access, keys)
  const { name: master, nodes, ...own } = options.sentinel
  const sentinelAccess = { username: own.username, password: own.password, tls: own.tls ?? tls, ca }
  return new Sentinels({ master, sentinels: nodes.map(endpointOf), sentinelAccess, access, keys })
}
