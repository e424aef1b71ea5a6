/** Opens the configured store. Only its driver is loaded: that of Redis alone is a quarter of all modules. */
import type { Store } from '../index.ts'
import type { Clock } from '../ports.ts'
import type { Configuration } from './configuration/configuration.ts'

export async function openStore({ store }: Configuration, clock: Clock, warn: (line: string) => void): Promise<Store> {
  switch (store.is) {
    case 'sqlite': {
      const { openSqlite } = await import('../store/sqlite.ts')
      return openSqlite({ directory: store.directory, clock })
    }
    case 'redis': {
      const { openRedis } = await import('../store/redis.ts')
      return openRedis({ ...store.options, clock, warn })
    }
    case 'postgres': {
      const { openPostgres } = await import('../store/postgres.ts')
      return openPostgres({ url: store.url, schema: store.schema, poolSize: store.poolSize, clock })
    }
  }
}
