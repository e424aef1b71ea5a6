/** Adapters that hosts of node-oidc-provider have: none of them decides what happens once, none has an index by account. */
import type { AdapterConstructor, AdapterFactory } from 'oidc-provider'
import { openMapAdapter } from './map.ts'
import { openPrismaAdapter } from './prisma.ts'
import { openRedisAdapter } from './redis.ts'

export interface ForeignAdapter {
  /** A class or a function, as hosts have it. */
  readonly adapter: AdapterConstructor | AdapterFactory
  /** The model of each adapter object made so far. */
  readonly made: readonly string[]
  /** What a tool of the host finds in its tables: ids of the rows of a model. */
  ids(model: string): Promise<string[]>
  /** What a tool of the host does to its tables. */
  remove(model: string, id: string): Promise<void>
  close(): Promise<void>
}

export const foreignAdapters: Readonly<Record<string, () => Promise<ForeignAdapter>>> = {
  'in memory': openMapAdapter,
  'on Redis': openRedisAdapter,
  'on Prisma': openPrismaAdapter,
}
