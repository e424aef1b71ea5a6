/** The store of a soak, seen from outside of the server: its size, and how many entries of each kind it has. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createClient } from 'redis'
import { startRedis } from '../support/redisServer.ts'

interface Census {
  /** Entries by kind. */
  readonly counts: ReadonlyMap<string, number>
  /** What the database has in addition to its entries; 0: not known. Bytes. */
  readonly unexplained: number
}

interface SoakStore {
  readonly url: string | null
  /** Bytes. */
  size(): Promise<number>
  census(): Promise<Census>
  stop(): Promise<void>
}

/** Of each kind, whose bytes are asked for. Count; those of the audit and of the lists differ too much. */
const SAMPLE = 40

async function onRedis(): Promise<SoakStore> {
  const server = await startRedis()
  const client = createClient({ url: server.url })
  client.on('error', (error) => console.error(error))
  await client.connect()
  const memory = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await client.info('memory'))?.[1])
  async function bytesOf(kind: string, keys: readonly string[]): Promise<number> {
    const distance = kind.startsWith('{') ? 1 : Math.ceil(keys.length / SAMPLE)
    const sample = keys.filter((_, n) => n % distance === 0)
    const bytes = await Promise.all(sample.map((key) => client.memoryUsage(key, { SAMPLES: 50 })))
    return (bytes.reduce<number>((sum, value) => sum + (value ?? 0), 0) / sample.length) * keys.length
  }
  return {
    url: server.url,
    size: () => memory('used_memory'),
    async census() {
      const found: string[] = []
      for await (const page of client.scanIterator({ COUNT: 1000 })) found.push(...page)
      const kinds = [...Map.groupBy(found, kindOf)]
      const bytes = await Promise.all(kinds.map(([kind, keys]) => bytesOf(kind, keys)))
      return {
        counts: new Map(kinds.map(([kind, keys]) => [kind, keys.length])),
        unexplained: (await memory('used_memory_dataset')) - bytes.reduce((sum, value) => sum + value, 0),
      }
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

/** @param data directory of the server */
function onSqlite(data: string): SoakStore {
  function read(file: string, statement: string): readonly Readonly<Record<string, unknown>>[] {
    const database = new DatabaseSync(join(data, file), { readOnly: true })
    const rows = database.prepare(statement).all()
    database.close()
    return rows
  }
  const used = `SELECT (page_count - freelist_count) * page_size AS bytes
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`
  return {
    url: null,
    size: async () => Number(read('artefacts.db', used)[0]?.['bytes']) + Number(read('records.db', used)[0]?.['bytes']),
    async census() {
      const rows = read('artefacts.db', 'SELECT kind, count(*) AS count FROM artefacts GROUP BY kind')
      return { counts: new Map(rows.map(({ kind, count }) => [String(kind), Number(count)])), unexplained: 0 }
    },
    stop: async () => undefined,
  }
}

export async function openSoakStore(name: string, data: string): Promise<SoakStore> {
  if (name === 'redis') return onRedis()
  if (name === 'sqlite') return onSqlite(data)
  throw new Error(`SOAK_STORE knows redis, sqlite; not ${name}`)
}
