/** The store of a soak, seen from outside of the server: its size, and how many entries of each kind it has. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createClient } from 'redis'
import { startRedis } from '../support/redisServer.ts'

interface Kind {
  readonly count: number
  /** Estimated from a sample; on Redis only. */
  readonly bytes?: number
}
export type Census = Readonly<Record<string, Kind>>

interface SoakStore {
  readonly url: string | null
  /** Bytes. */
  size(): Promise<number>
  census(): Promise<Census>
  stop(): Promise<void>
}

/** Of each kind, whose bytes are asked for. Count. */
const SAMPLE = 40
/** Of the slot of an entry and of its end of life in the tables of Redis, which `MEMORY USAGE` leaves out. Bytes. */
const SLOT = 48

async function onRedis(): Promise<SoakStore> {
  const server = await startRedis()
  const client = createClient({ url: server.url })
  client.on('error', (error) => console.error(error))
  await client.connect()
  const used = async (key: string): Promise<number> => SLOT + ((await client.memoryUsage(key, { SAMPLES: 50 })) ?? 0)
  return {
    url: server.url,
    size: async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]),
    async census() {
      const keys = new Map<string, string[]>()
      for await (const page of client.scanIterator({ COUNT: 1000 }))
        for (const key of page) {
          const kind = kindOf(key)
          const found = keys.get(kind)
          if (found) found.push(key)
          else keys.set(kind, [key])
        }
      const kinds: Record<string, Kind> = {}
      for (const [kind, all] of keys) {
        const sample = all.filter((_, n) => n % Math.ceil(all.length / SAMPLE) === 0)
        const bytes = await Promise.all(sample.map(used))
        const mean = bytes.reduce((sum, value) => sum + value, 0) / bytes.length
        kinds[kind] = { count: all.length, bytes: Math.round(mean * all.length) }
      }
      return kinds
    },
    async stop() {
      await client.close()
      await server.stop()
    },
  }
}

/** `artefact:Session:ID` → `Session`, `grant:AccessToken:ID` → `grant:AccessToken`, `{12}:record:ID` → `record`; see store/redis/keys.ts. */
function kindOf(key: string): string {
  const [, first = '', second = ''] = /(artefact|uid|userCode|grant|account|counter|\{\w+\}):([^:]*)/.exec(key) ?? []
  if (first === 'artefact') return second
  if (first === 'counter') return 'counter'
  if (first.startsWith('{')) return /\d/.test(first) ? second : first
  return first ? `${first}:${second}` : 'other'
}

const files = ['artefacts.db', 'records.db']

/** @param data directory of the server */
function onSqlite(data: string): SoakStore {
  function inEach<T>(read: (file: DatabaseSync) => T): T[] {
    return files.map((name) => {
      const file = new DatabaseSync(join(data, name), { readOnly: true })
      try {
        return read(file)
      } finally {
        file.close()
      }
    })
  }
  const pragma = (file: DatabaseSync, name: string): number => Number(file.prepare(`PRAGMA ${name}`).get()?.[name])
  const counted = `SELECT kind, count(*) AS count FROM artefacts GROUP BY kind`
  return {
    url: null,
    async size() {
      const used = inEach(
        (file) => (pragma(file, 'page_count') - pragma(file, 'freelist_count')) * pragma(file, 'page_size'),
      )
      return used.reduce((sum, bytes) => sum + bytes, 0)
    },
    async census() {
      const rows = inEach((file) => {
        const has = file.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'artefacts'").get()
        return has ? (file.prepare(counted).all() as unknown as ({ readonly kind: string } & Kind)[]) : []
      })
      return Object.fromEntries(rows.flat().map(({ kind, count }) => [kind, { count }]))
    },
    stop: async () => undefined,
  }
}

export async function openSoakStore(name: string, data: string): Promise<SoakStore> {
  if (name === 'redis') return onRedis()
  if (name === 'sqlite') return onSqlite(data)
  throw new Error(`SOAK_STORE knows redis, sqlite; not ${name}`)
}
