/** Counters: one hash each. Redis's own clock only frees memory. */
import type { Clock, Counter, Counters } from '../store.ts'
import { aNumber } from '../values.ts'
import type { Keys } from './keys.ts'
import type { Connection } from './connection.ts'
import type { Fields } from './server.ts'
import { newOperation } from './operation.ts'
import { score, secondsToKeep } from './time.ts'

/**
 * KEYS[1] the hash; ARGV the driver's clock, the number to add, the expiry of a new counter, seconds to keep it, this operation,
 * '1' to replace. A repetition adds nothing, unless another operation came in between.
 */
const count = `
  local stored = redis.call('HMGET', KEYS[1], 'count', 'until', 'operation')
  local live = stored[1] and tonumber(stored[2]) > tonumber(ARGV[1])
  if live and stored[3] == ARGV[5] then return {stored[1], stored[2]} end
  if live and ARGV[6] ~= '1' then
    local sum = tostring(tonumber(stored[1]) + tonumber(ARGV[2]))
    redis.call('HSET', KEYS[1], 'count', sum, 'operation', ARGV[5])
    return {sum, stored[2]}
  end
  redis.call('HSET', KEYS[1], 'count', ARGV[2], 'until', ARGV[3], 'operation', ARGV[5])
  if ARGV[4] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('EXPIRE', KEYS[1], ARGV[4]) end
  return {ARGV[2], ARGV[3]}`

/** KEYS[1] the hash; ARGV the driver's clock. */
const drop = `
  local stored = redis.call('HGET', KEYS[1], 'until')
  redis.call('DEL', KEYS[1])
  return stored and tonumber(stored) > tonumber(ARGV[1]) and 1 or 0`

export class RedisCounters implements Counters {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #clock: Clock

  constructor(connection: Connection, keys: Keys, clock: Clock) {
    this.#connection = connection
    this.#keys = keys
    this.#clock = clock
  }

  async read(name: string): Promise<Counter | null> {
    const [stored, until] = await this.#connection.withRetry((redis) =>
      redis.send<Fields<[string, string]>>('HMGET', this.#keys.counter(name), 'count', 'until'),
    )
    if (stored === null || Number(until) <= this.#clock.now()) return null
    return { count: Number(stored), until: Number(until) }
  }

  add(name: string, by: number, seconds: number): Promise<Counter> {
    return this.#count(name, by, seconds, '0')
  }

  set(name: string, by: number, seconds: number): Promise<Counter> {
    return this.#count(name, by, seconds, '1')
  }

  async delete(name: string): Promise<boolean> {
    const now = score(this.#clock.now())
    return this.#connection.withoutRetry(
      async (redis) => (await redis.run(drop, [this.#keys.counter(name)], now)) === 1,
    )
  }

  /** Redis expires keys itself. */
  async tidy(): Promise<void> {}

  async #count(name: string, by: number, seconds: number, replace: '0' | '1'): Promise<Counter> {
    const now = this.#clock.now()
    const until = aNumber(now + seconds)
    const [operation, keep] = [newOperation(), secondsToKeep(until, now)]
    const [sum, end] = await this.#connection.withRetry((redis) =>
      redis.run<[string, string]>(
        count,
        [this.#keys.counter(name)],
        score(now),
        String(by),
        String(until),
        keep,
        operation,
        replace,
      ),
    )
    return { count: Number(sum), until: Number(end) }
  }
}
