/**
 * A journal: its entries, and sorted sets of their names, one of all and one for each tag. A name is the entry's time in sortable
 * form, its arrival and its id, so that every page is one range scan.
 */
import type { Journal, JournalEntry, JournalQuery, RemovalQuery } from '../store.ts'
import type { Keys } from './keys.ts'
import type { Connection } from './connection.ts'
import type { Commands } from './node.ts'
import { sortable } from './sortable.ts'

/** KEYS entry, arrivals, then its sets; ARGV the entry, its sortable time, its id. */
const append = `
  if not redis.call('SET', KEYS[1], ARGV[1], 'NX') then return 0 end
  local name = ARGV[2] .. string.format('%012d', redis.call('INCR', KEYS[2])) .. ARGV[3]
  for i = 3, #KEYS do redis.call('ZADD', KEYS[i], 0, name) end
  return 1`

const positionLength = 16 + 12
const position = /^[0-9a-f]{16}\d{12}$/

/** Names read in one round trip when only some of them have every tag. Count. */
const readAtOnce = 500

type Kept = Pick<JournalEntry, 'at' | 'text' | 'tags'>

export class RedisJournal implements Journal {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #name: string

  constructor(connection: Connection, keys: Keys, name: string) {
    this.#connection = connection
    this.#keys = keys
    this.#name = name
  }

  async append({ id, at, text, tags }: JournalEntry): Promise<void> {
    if (!Number.isFinite(at)) throw new TypeError('the time of an entry must be a number')
    const entry: Kept = { at, text, tags }
    const sets = [...new Set(tags)].map((tag) => this.#keys.tagged(this.#name, tag))
    const [key, arrivals, all] = [
      this.#keys.entry(this.#name, id),
      this.#keys.arrivals(this.#name),
      this.#keys.journal(this.#name),
    ]
    await this.#connection.withRetry((redis) =>
      redis.run(append, [key, arrivals, all, ...sets], JSON.stringify(entry), sortable(at), id),
    )
  }

  async replace(id: string, text: string): Promise<boolean> {
    const key = this.#keys.entry(this.#name, id)
    return this.#connection.withRetry(async (redis) => {
      const stored = await redis.send<string | null>('GET', key)
      if (stored === null) return false
      // Time and tags never change; with XX an entry that was removed meanwhile does not come back.
      const entry: Kept = { ...(JSON.parse(stored) as Kept), text }
      return (await redis.send<string | null>('SET', key, JSON.stringify(entry), 'XX', 'KEEPTTL')) !== null
    })
  }

  async list({ tags = [], from = -Infinity, to = Infinity, before, limit }: JournalQuery) {
    if (before !== undefined && !position.test(before)) return this.#connection.withRetry(async () => [])
    // '~' sorts behind the digits of any arrival.
    const last = `${sortable(to)}~`
    const end = before !== undefined && before < last ? `(${before}` : `[${last}`
    const start = `[${sortable(from)}`
    return this.#connection.withRetry(async (redis) => {
      const [scanned, ...others] = await this.#rarestFirst(redis, tags, start, end)
      const names: string[] = []
      for (let newest = end; names.length < limit;) {
        const size = others.length > 0 ? readAtOnce : limit - names.length
        const some = await redis.send<string[]>(
          'ZRANGE',
          scanned ?? this.#keys.journal(this.#name),
          newest,
          start,
          'BYLEX',
          'REV',
          'LIMIT',
          '0',
          String(size),
        )
        names.push(...(await inAll(redis, others, some)))
        const oldest = some.at(-1)
        if (oldest === undefined || some.length < size) break
        newest = `(${oldest}`
      }
      return this.#entries(redis, names.slice(0, Math.max(0, limit)))
    })
  }

  async remove({ to, tag, limit }: RemovalQuery): Promise<number> {
    if (limit < 1) return 0
    const all = this.#keys.journal(this.#name)
    const scanned = tag === undefined ? all : this.#keys.tagged(this.#name, tag)
    return this.#connection.withRetry(async (redis) => {
      const last = `[${sortable(to)}~`
      const names = await redis.send<string[]>('ZRANGE', scanned, '-', last, 'BYLEX', 'LIMIT', '0', String(limit))
      const entries = await this.#entries(redis, names)
      const sets = new Map<string, string[]>([[all, [...names]]])
      for (const { id, position: arrived, tags } of entries) {
        for (const each of new Set(tags)) {
          const set = this.#keys.tagged(this.#name, each)
          sets.set(set, [...(sets.get(set) ?? []), `${arrived}${id}`])
        }
      }
      sets.delete(scanned)
      // The scanned set is last: after a crash it still names what is to be removed from the others.
      await Promise.all([...sets].map(([set, [first = '', ...rest]]) => redis.send('ZREM', set, first, ...rest)))
      const [key, ...keys] = names.map((name) => this.#keys.entry(this.#name, name.slice(positionLength)))
      if (key === undefined) return 0
      await redis.send('DEL', key, ...keys)
      await redis.send('ZREM', scanned, ...names)
      return names.length
    })
  }

  /** The sets of these tags, smallest first: the scan follows it (one person's entries rather than all of a type). */
  async #rarestFirst(redis: Commands, tags: readonly string[], start: string, end: string): Promise<string[]> {
    const sets = [...new Set(tags)].map((tag) => this.#keys.tagged(this.#name, tag))
    if (sets.length < 2) return sets
    const counted = sets.map(async (set) => ({ set, count: await redis.send<number>('ZLEXCOUNT', set, start, end) }))
    return (await Promise.all(counted)).sort((a, b) => a.count - b.count).map(({ set }) => set)
  }

  async #entries(redis: Commands, names: readonly string[]) {
    if (names.length === 0) return []
    const ids = names.map((name) => name.slice(positionLength))
    const [first = '', ...rest] = ids.map((id) => this.#keys.entry(this.#name, id))
    const kept = await redis.send<(string | null)[]>('MGET', first, ...rest)
    return kept.flatMap((entry, n) => {
      if (entry === null) return []
      return [{ id: ids[n] ?? '', ...(JSON.parse(entry) as Kept), position: names[n]?.slice(0, positionLength) ?? '' }]
    })
  }
}

/** The names that are in every set. */
async function inAll(redis: Commands, sets: readonly string[], names: readonly string[]): Promise<readonly string[]> {
  if (sets.length === 0 || names.length === 0) return names
  const held = await Promise.all(sets.map((set) => redis.send<(number | null)[]>('ZMSCORE', set, ...names)))
  return names.filter((_, n) => held.every((scores) => scores[n] !== null))
}
