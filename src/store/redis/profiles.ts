/**
 * The profiles shelf. That an email is unique and that a list is in order are facts about all profiles together, so all lie in
 * one slot, where one script keeps them true: no email can be left reserved by a crash, no list can forget anybody. The lists
 * are sets of emails in order, one for each status and each beginning of a word: 100,000 accounts answer as a hundred do.
 */
import type { ProfileKeys, ProfileQuery, Profiles, Versioned } from '../store.ts'
import { allPrefixesOf, prefixesOf, byBytes, searchable } from '../text.ts'
import type { Keys } from './keys.ts'
import type { Connection } from './connection.ts'
import type { Argument, Ask, Fields } from './node.ts'
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
 * All lists at one instant: between two commands somebody could move from a list still to be walked into one that was.
 * KEYS lists of everybody, then lists of a word; ARGV[1] limit of each, [2] how many are of everybody, [3] and [4] from where to
 * where these are walked, [5] from where the others.
 */
const scan = `
  local emails = {}
  for i, list in ipairs(KEYS) do
    local isEverybody = i <= tonumber(ARGV[2])
    local from, to = isEverybody and ARGV[3] or ARGV[5], isEverybody and ARGV[4] or '+'
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
    const row = await this.#connection.insist((redis) => this.#read(redis, id))
    return row && { text: row.text, version: row.version }
  }

  async findByEmail(email: string): Promise<Found | null> {
    return this.#connection.insist(async (redis) => {
      const id = await redis.send<string | null>('HGET', this.#keys.emails, email)
      // As many round trips for nobody: how long it takes would tell who has an account here.
      const row = await this.#read(redis, id ?? '')
      // It may have been given up in between.
      return id !== null && row?.email === email ? found(row) : null
    })
  }

  async swap(id: string, text: string, expectedVersion: number, keys: ProfileKeys): Promise<boolean | 'taken'> {
    const operation = newOperation()
    return this.#connection.insist(async (redis, attempt) => {
      const before = expectedVersion === 0 ? null : await this.#stored(redis, id)
      // What the first sending left is for the script to recognise.
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
    return this.#connection.insist(async (redis) => {
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

  async #read(redis: Ask, id: string): Promise<Row | null> {
    const key = this.#keys.profile(id)
    const stored = await redis.send<Fields<[string, string, string]>>('HMGET', key, 'text', 'version', 'email')
    const [text, version, email] = stored
    return text === null ? null : { id, text, version: Number(version), email }
  }

  async #stored(redis: Ask, id: string): Promise<(ProfileKeys & { readonly version: number }) | null> {
    const fields = ['version', 'email', 'status', 'words']
    const stored = await redis.send<Fields<[string, string, string, string]>>(
      'HMGET',
      this.#keys.profile(id),
      ...fields,
    )
    const [version, email, status, words] = stored
    return version === null ? null : { version: Number(version), email, status, words: JSON.parse(words) as string[] }
  }

  /** Every list that such a profile stands in. */
  #lists(status: string, prefixes: ReadonlySet<string>): string[] {
    return [this.#keys.profiles(status), ...[...prefixes].map((prefix) => this.#keys.word(status, prefix))]
  }
}

function found({ id, text, version }: Row): Found {
  return { id, text, version }
}

/** With the same email a profile stays in the lists that it stands in. */
function without(lists: readonly string[], others: readonly string[]): string[] {
  const excluded = new Set(others)
  return lists.filter((list) => !excluded.has(list))
}

/** From where to where a list of emails is walked: what begins with `search`, strictly after `after`. */
function emails(search: string, after: string): [Argument, Argument] {
  const from = byBytes(search, after) > 0 ? `[${search}` : `(${after}`
  // No UTF-8 holds the byte 0xFF, so it sorts behind everything that begins like this.
  return [from, search === '' ? '+' : Buffer.concat([Buffer.from(`[${search}`), Buffer.of(0xff)])]
}
