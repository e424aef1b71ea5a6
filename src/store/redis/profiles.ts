/**
 * Profiles. Unique emails and complete lists concern all profiles together, so all are in one slot, where one script changes them
 * atomically. The lists are sorted sets of emails, one for each status and each prefix of a word, so no list is scanned whole.
 */
import type { ProfileKeys, ProfileQuery, Profiles, Versioned } from '../store.ts'
import { allPrefixesOf, prefixesOf, byBytes, searchable } from '../values.ts'
import type { Keys } from './keys.ts'
import type { Connection } from './connection.ts'
import type { Argument, Commands, Fields } from './node.ts'
import { compareVersion, hasSwapped, newOperation, swapped } from './operation.ts'

/**
 * KEYS row, emails, statuses, then lists to leave and lists to join; ARGV[4] id, [5] text, [6] email, [7] status, [8] words,
 * [9] email until now, [10] how many lists to leave.
 */
const swap = `${compareVersion}
  local owner = redis.call('HGET', KEYS[2], ARGV[6])
  if owner and owner ~= ARGV[4] then return -2 end
  redis.call('HSET', KEYS[1], 'text', ARGV[5], 'version', ARGV[3], 'operation', ARGV[2],
    'email', ARGV[6], 'status', ARGV[7], 'words', ARGV[8])
  if ARGV[9] ~= ARGV[6] then redis.call('HDEL', KEYS[2], ARGV[9]) end
  redis.call('HSET', KEYS[2], ARGV[6], ARGV[4])
  redis.call('SADD', KEYS[3], ARGV[7])
  for i = 4, 3 + ARGV[10] do redis.call('ZREM', KEYS[i], ARGV[9]) end
  for i = 4 + ARGV[10], #KEYS do redis.call('ZADD', KEYS[i], 0, ARGV[6]) end${swapped}`

const taken = -2

/**
 * All lists at one instant: between two commands a profile could move from a list not yet read into one already read.
 * KEYS lists of all profiles, then lists of a word; ARGV[1] limit of each, [2] how many are of all profiles, [3] and [4] the range
 * of these, [5] the start of the others.
 */
const scan = `
  local emails = {}
  for i, list in ipairs(KEYS) do
    local isOfAll = i <= tonumber(ARGV[2])
    local from, to = isOfAll and ARGV[3] or ARGV[5], isOfAll and ARGV[4] or '+'
    for _, email in ipairs(redis.call('ZRANGE', list, from, to, 'BYLEX', 'LIMIT', 0, ARGV[1])) do
      emails[#emails + 1] = email
    end
  end
  return emails`

type Found = Versioned & { readonly id: string }
type Row = Found & { readonly email: string }

export class RedisProfiles implements Profiles {
  readonly #connection: Connection
  readonly #keys: Keys

  constructor(connection: Connection, keys: Keys) {
    this.#connection = connection
    this.#keys = keys
  }

  async read(id: string): Promise<Versioned | null> {
    const row = await this.#connection.withRetry((redis) => this.#read(redis, id))
    return row && { text: row.text, version: row.version }
  }

  async findByEmail(email: string): Promise<Found | null> {
    return this.#connection.withRetry(async (redis) => {
      const id = await redis.send<string | null>('HGET', this.#keys.emails, email)
      // The same round trips without an account: timing must not reveal which accounts exist.
      const row = await this.#read(redis, id ?? '')
      // The email may have changed in between.
      return id !== null && row?.email === email ? found(row) : null
    })
  }

  async swap(id: string, text: string, expectedVersion: number, keys: ProfileKeys): Promise<boolean | 'taken'> {
    const operation = newOperation()
    return this.#connection.withRetry(async (redis, attempt) => {
      const before = expectedVersion === 0 ? null : await this.#stored(redis, id)
      // On a repetition the script itself recognises the first attempt.
      if (attempt === 1 && (before?.version ?? 0) !== expectedVersion) return false
      const now = this.#lists(keys.status, prefixesOf(keys.words))
      const old = before ? this.#lists(before.status, prefixesOf(before.words)) : []
      const ever = before ? this.#lists(before.status, allPrefixesOf(before.words)) : []
      const isSameEmail = before?.email === keys.email
      const leave = isSameEmail ? without(ever, now) : ever
      const join = isSameEmail ? without(now, old) : now
      const answer = await redis.run<number>(
        swap,
        [this.#keys.profile(id), this.#keys.emails, this.#keys.statuses, ...leave, ...join],
        String(expectedVersion),
        operation,
        String(expectedVersion + 1),
        id,
        text,
        keys.email,
        keys.status,
        JSON.stringify(keys.words),
        before?.email ?? keys.email,
        String(leave.length),
      )
      return answer === taken ? 'taken' : hasSwapped(answer, expectedVersion, attempt)
    })
  }

  async list({ search = '', statuses, after = '', limit }: ProfileQuery): Promise<Found[]> {
    return this.#connection.withRetry(async (redis) => {
      if (limit < 1) return []
      const request = statuses ?? (await redis.send<string[]>('SMEMBERS', this.#keys.statuses))
      const byEmail = request.map((status) => this.#keys.profiles(status))
      const byWord = search === '' ? [] : request.map((status) => this.#keys.word(status, searchable(search)))
      const [first, ...others] = [...byEmail, ...byWord]
      if (first === undefined) return []
      const range = [...emails(search, after), `(${after}`]
      const scanned = await redis.run<string[]>(
        scan,
        [first, ...others],
        String(limit),
        String(byEmail.length),
        ...range,
      )
      const page = [...new Set(scanned)].sort(byBytes).slice(0, limit)
      if (page.length === 0) return []
      const ids = await redis.send<(string | null)[]>('HMGET', this.#keys.emails, ...page)
      const rows = await Promise.all(ids.filter((id) => id !== null).map((id) => this.#read(redis, id)))
      return rows.filter((row) => row !== null).map(found)
    })
  }

  async #read(redis: Commands, id: string): Promise<Row | null> {
    const key = this.#keys.profile(id)
    const stored = await redis.send<Fields<[string, string, string]>>('HMGET', key, 'text', 'version', 'email')
    const [text, version, email] = stored
    return text === null ? null : { id, text, version: Number(version), email }
  }

  async #stored(redis: Commands, id: string): Promise<(ProfileKeys & { readonly version: number }) | null> {
    const fields = ['version', 'email', 'status', 'words']
    const stored = await redis.send<Fields<[string, string, string, string]>>(
      'HMGET',
      this.#keys.profile(id),
      ...fields,
    )
    const [version, email, status, words] = stored
    return version === null ? null : { version: Number(version), email, status, words: JSON.parse(words) as string[] }
  }

  #lists(status: string, prefixes: ReadonlySet<string>): string[] {
    return [this.#keys.profiles(status), ...[...prefixes].map((prefix) => this.#keys.word(status, prefix))]
  }
}

function found({ id, text, version }: Row): Found {
  return { id, text, version }
}

function without(lists: readonly string[], others: readonly string[]): string[] {
  const excluded = new Set(others)
  return lists.filter((list) => !excluded.has(list))
}

/** The range of emails that begin with `search`, strictly after `after`. */
function emails(search: string, after: string): [Argument, Argument] {
  const from = byBytes(search, after) > 0 ? `[${search}` : `(${after}`
  // UTF-8 never contains the byte 0xFF, so it sorts after every email with this prefix.
  return [from, search === '' ? '+' : Buffer.concat([Buffer.from(`[${search}`), Buffer.of(0xff)])]
}
