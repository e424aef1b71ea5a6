/**
 * Profiles. Unique emails and complete lists concern all profiles together, so all are in one slot, where one script changes them
 * atomically. The lists are in profileIndex.ts, so that none is scanned whole.
 */
import type { ProfileFilter, ProfileKeys, ProfileQuery, Profiles, Versioned, WriteOptions } from '../store.ts'
import { byBytes } from '../values.ts'
import type { Keys } from './keys.ts'
import type { Connection } from './connection.ts'
import type { Argument, Commands } from './server.ts'
import { hasSwapped, newOperation, openRow, writtenRow } from './operation.ts'
import { type Membership, membershipsOf, searchFor, without } from './profileIndex.ts'
import type { Replicas } from './replicas.ts'
import { findByEmail, type FoundByEmail, scanProfiles, scanTags, swapProfile, taken } from './profileScripts.ts'

type Found = Versioned & { readonly id: string }
type Row = Found & { readonly keys: ProfileKeys }

export class RedisProfiles implements Profiles {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #replicas: Replicas

  constructor(connection: Connection, keys: Keys, replicas: Replicas) {
    this.#connection = connection
    this.#keys = keys
    this.#replicas = replicas
  }

  async read(id: string): Promise<Versioned | null> {
    const row = await this.#connection.withRetry((redis) => this.#read(redis, id))
    return row && { text: row.text, version: row.version }
  }

  async findByEmail(email: string): Promise<Found | null> {
    const keys: [string, string] = [this.#keys.emails, this.#keys.profile('')]
    const answer = await this.#connection.withRetry((redis) => redis.run<FoundByEmail | null>(findByEmail, keys, email))
    return answer && found({ id: answer[0], ...readRow(answer[1]) })
  }

  async swap(
    id: string,
    text: string,
    expectedVersion: number,
    { durable = false, ...keys }: ProfileKeys & WriteOptions,
  ): Promise<boolean | 'taken'> {
    const operation = newOperation()
    return this.#connection.withRetry(async (redis, attempt) => {
      const before = expectedVersion === 0 ? null : await this.#read(redis, id)
      // On a repetition the script itself recognises the first attempt.
      if (attempt === 1 && (before?.version ?? 0) !== expectedVersion) return false
      const now = membershipsOf(keys, this.#keys)
      const until = before ? membershipsOf(before.keys, this.#keys) : []
      const [end, begin] = [without(until, now), without(now, until)]
      const write = { id, text, keys, expected: expectedVersion, version: expectedVersion + 1, operation }
      const answer = await runSwap(redis, this.#keys, { ...write, emailUntilNow: before?.keys.email, end, begin })
      if (answer === taken) return 'taken'
      if (!hasSwapped(answer, expectedVersion, attempt)) return false
      if (durable) await this.#replicas.confirm(writtenRow(this.#keys.profile(id), { operation }), redis)
      return true
    })
  }

  async confirm(id: string, version: number): Promise<void> {
    const written = writtenRow(this.#keys.profile(id), { version })
    await this.#connection.withRetry((redis) => this.#replicas.confirm(written, redis))
  }

  async list(query: ProfileQuery): Promise<Found[]> {
    const { statuses, after = '', limit } = query
    return this.#connection.withRetry(async (redis) => {
      if (limit < 1) return []
      const all = statuses ?? (await redis.send<string[]>('SMEMBERS', this.#keys.statuses))
      const scanned = await this.#scan(redis, query, all)
      const beyond = [...new Set(scanned)].filter((email) => after === '' || byBytes(email, after) > 0)
      const page = beyond.toSorted(byBytes).slice(0, limit)
      if (page.length === 0) return []
      const ids = await redis.send<(string | null)[]>('HMGET', this.#keys.emails, ...page)
      const rows = await Promise.all(ids.filter((id) => id !== null).map((id) => this.#read(redis, id)))
      return rows.filter((row) => row !== null).map(found)
    })
  }

  async count(filter: ProfileFilter, most: number): Promise<number> {
    return this.#connection.withRetry(async (redis) => {
      const all = filter.statuses ?? (await redis.send<string[]>('SMEMBERS', this.#keys.statuses))
      const matching = new Set(await this.#scan(redis, { ...filter, limit: most }, all))
      return Math.min(most, matching.size)
    })
  }

  async #scan(redis: Commands, query: ProfileQuery, statuses: readonly string[]): Promise<string[]> {
    const { search = '', tags = [], after = '', limit } = query
    const { start, rest, range, afterInWords } = searchFor(search, after)
    const [first, ...others] = statuses.flatMap((status) => [
      ...tags.flat().map((tag) => this.#keys.tag(status, tag)),
      this.#keys.startOfWord(status, start),
      this.#keys.words(status),
      this.#keys.profiles(status),
    ])
    if (first === undefined) return []
    return redis.run<string[]>(
      tags.length === 0 ? scanProfiles : scanTags,
      [first, ...others],
      String(limit),
      String(statuses.length),
      search,
      ...emails(search, after),
      `(${after}`,
      afterInWords,
      rest,
      ...range,
      ...tags.map((anyOf) => String(anyOf.length)),
    )
  }

  async #read(redis: Commands, id: string): Promise<Row | null> {
    const row = await redis.send<string | null>('GET', this.#keys.profile(id))
    return row === null ? null : { id, ...readRow(row) }
  }
}

/** After the line of version and operation: the keys as one line of JSON, then the text. */
function writeRow({ email, status, words, tags }: ProfileKeys, text: string): string {
  // A word is mostly the end of the one before.
  const ends = words.map((word, n) => (words[n - 1]?.endsWith(word) ? word.length : word))
  return `${JSON.stringify([email, status, ends, tags])}\n${text}`
}

function readRow(row: string): Versioned & { readonly keys: ProfileKeys } {
  const { version, rest } = openRow(row)
  const line = rest.indexOf('\n')
  const keys = JSON.parse(rest.slice(0, line)) as [string, string, (string | number)[], string[]]
  const [email, status, ends, tags] = keys
  const words = ends.reduce<string[]>(
    (all, end) => [...all, typeof end === 'number' ? (all.at(-1)?.slice(-end) ?? '') : end],
    [],
  )
  return { text: rest.slice(line + 1), version, keys: { email, status, words, tags } }
}

export interface Swap {
  readonly id: string
  readonly text: string
  readonly keys: ProfileKeys
  readonly expected: number
  readonly version: number
  readonly operation: string
  readonly emailUntilNow?: string | undefined
  readonly end: readonly Membership[]
  readonly begin: readonly Membership[]
}

/** The answer of `swapProfile`. */
export function runSwap(redis: Commands, names: Keys, swap: Swap): Promise<number> {
  const { id, text, keys, expected, version, operation, emailUntilNow = keys.email, end, begin } = swap
  const memberships = [...end, ...begin]
  return redis.run<number>(
    swapProfile,
    [names.profile(id), names.emails, names.statuses, ...memberships.map(({ list }) => list)],
    String(expected),
    operation,
    String(version),
    id,
    writeRow(keys, text),
    keys.email,
    keys.status,
    emailUntilNow,
    String(end.length),
    ...memberships.map(({ member }) => member),
  )
}

function found({ id, text, version }: Row): Found {
  return { id, text, version }
}

/** The range of emails that begin with `search`, strictly after `after`. */
function emails(search: string, after: string): [Argument, Argument] {
  const from = byBytes(search, after) > 0 ? `[${search}` : `(${after}`
  // UTF-8 never contains the byte 0xFF, so it sorts after every email with this prefix.
  return [from, search === '' ? '+' : Buffer.concat([Buffer.from(`[${search}`), Buffer.of(0xff)])]
}
