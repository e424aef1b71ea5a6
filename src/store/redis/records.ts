/**
 * Account records: one text per account, its version and operation on the first line. It is changed by compare-and-set on the
 * version, together with the time at which the worker reads it next. Accounts are spread over 64 shards, each with its own list of due records.
 */
import type { Records, SwapOptions, Versioned } from '../store.ts'
import { aNumber } from '../values.ts'
import { everyShard, type Keys, shardOf } from './keys.ts'
import type { Connection } from './connection.ts'
import type { Commands, Fields } from './server.ts'
import { isOfAnotherType } from './errors.ts'
import { compareRow, hasSwapped, newOperation, openRow, swapped, writtenRow } from './operation.ts'
import type { Replicas } from './replicas.ts'
import { score } from './time.ts'

// A full Redis refuses the first write of a script, never a later one.
const swap = `${compareRow}
  redis.call('SET', KEYS[1], ARGV[3] .. ' ' .. ARGV[2] .. '\\n' .. ARGV[5])
  if ARGV[6] == '+inf' then redis.call('ZREM', KEYS[2], ARGV[4])
  else redis.call('ZADD', KEYS[2], ARGV[6], ARGV[4]) end${swapped}`

/** The earliest ids of each list, with their times. KEYS the lists, ARGV now, how many of each. */
const earliest = `
  local found = {}
  for _, list in ipairs(KEYS) do
    local due = redis.call('ZRANGEBYSCORE', list, '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[2])
    for i = 1, #due, 2 do found[#found + 1] = {due[i], due[i + 1]} end
  end
  return found`

/** Leases the ids that are still due. KEYS[1] the list of the shard, ARGV now, until, ids. */
const lease = `
  local leased = {}
  for i = 3, #ARGV do
    local wakeAt = redis.call('ZSCORE', KEYS[1], ARGV[i])
    if wakeAt and tonumber(wakeAt) <= tonumber(ARGV[1]) then
      redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i])
      leased[#leased + 1] = ARGV[i]
    end
  end
  return leased`

export class RedisRecords implements Records {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #replicas: Replicas

  constructor(connection: Connection, keys: Keys, replicas: Replicas) {
    this.#connection = connection
    this.#keys = keys
    this.#replicas = replicas
  }

  async read(id: string): Promise<Versioned | null> {
    const key = this.#keys.record(id)
    return this.#connection.withRetry(async (redis) => {
      try {
        const row = await redis.send<string | null>('GET', key)
        return row === null ? null : opened(row)
      } catch (error) {
        if (!isOfAnotherType(error)) throw error
        // As format 1 has it; the next swap writes a text.
        const [text, version] = await redis.send<Fields<[string, string]>>('HMGET', key, 'text', 'version')
        return text === null ? null : { text, version: Number(version) }
      }
    })
  }

  async swap(id: string, text: string, expectedVersion: number, options: SwapOptions = {}): Promise<boolean> {
    const wakeAt = score(aNumber(options.wakeAt ?? Infinity))
    const keys: [string, string] = [this.#keys.record(id), this.#keys.due(shardOf(id))]
    const operation = newOperation()
    const [expected, next] = [String(expectedVersion), String(expectedVersion + 1)]
    return this.#connection.withRetry(async (redis, attempt) => {
      const answer = await redis.run<number>(swap, keys, expected, operation, next, id, text, wakeAt)
      if (!hasSwapped(answer, expectedVersion, attempt)) return false
      if (options.durable) await this.#replicas.confirm(writtenRow(keys[0], { operation }), redis)
      return true
    })
  }

  async due(now: number, limit: number, leaseSeconds: number): Promise<string[]> {
    return this.#connection.withoutRetry(async (redis) => {
      const mine = new Map<string, number>()
      // Another worker may have leased some of them; others may still be due.
      for (let missed = true; missed && mine.size < limit;) {
        const seen = (await this.#earliest(redis, now, limit)).slice(0, limit - mine.size)
        const leased = await this.#lease(redis, seen, now, now + leaseSeconds)
        for (const { id, wakeAt } of seen) if (leased.has(id)) mine.set(id, wakeAt)
        missed = leased.size < seen.length
      }
      return [...mine].toSorted(([, a], [, b]) => a - b).map(([id]) => id)
    })
  }

  async backlog(now: number): Promise<number> {
    return this.#connection.withRetry(async (redis) => {
      const count = (shard: string) => redis.send<number>('ZCOUNT', this.#keys.due(shard), '-inf', `(${score(now)}`)
      return (await Promise.all(everyShard.map(count))).reduce((sum, each) => sum + each, 0)
    })
  }

  /** The earliest due records of all shards: one round trip, and the only one when nothing is due. To one node it is one command. */
  async #earliest(redis: Commands, now: number, limit: number): Promise<Due[]> {
    const readDue = async (shards: readonly string[]): Promise<Due[]> => {
      const [first = '', ...others] = shards.map((shard) => this.#keys.due(shard))
      const found = await redis.run<[string, string][]>(earliest, [first, ...others], score(now), String(limit))
      return found.map(([id, wakeAt]) => ({ id, wakeAt: Number(wakeAt), shard: shardOf(id) }))
    }
    const together = redis.isOneNode ? [everyShard] : everyShard.map((shard) => [shard])
    return (await Promise.all(together.map(readDue))).flat().toSorted((a, b) => a.wakeAt - b.wakeAt)
  }

  async #lease(redis: Commands, due: readonly Due[], now: number, until: number): Promise<Set<string>> {
    const leases = [...Map.groupBy(due, ({ shard }) => shard)].map(([shard, some]) =>
      redis.run<string[]>(lease, [this.#keys.due(shard)], score(now), score(until), ...some.map(({ id }) => id)),
    )
    return new Set((await Promise.all(leases)).flat())
  }
}

function opened(row: string): Versioned {
  const { version, rest } = openRow(row)
  return { text: rest, version }
}

interface Due {
  readonly id: string
  readonly wakeAt: number
  readonly shard: string
}
