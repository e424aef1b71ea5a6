/** Opens the configured store. */
import type { Store } from '../index.ts'
import type { Clock } from '../ports.ts'
import { openPostgres } from '../store/postgres.ts'
import { openRedis } from '../store/redis.ts'
import { openSqlite } from '../store/sqlite.ts'
import type { Configuration } from './configuration/configuration.ts'

export async function openStore({ store }: Configuration, clock: Clock, warn: (line: string) => void): Promise<Store> {
  switch (store.is) {
    case 'sqlite':
      return openSqlite({ directory: store.directory, clock })
    case 'redis':
      return openRedis({ url: store.url, prefix: store.prefix, replicas: store.replicas, clock, warn })
    case 'postgres':
      return openPostgres({ url: store.url, schema: store.schema, poolSize: store.poolSize, clock })
  }
}
