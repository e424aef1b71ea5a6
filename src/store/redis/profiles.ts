/**
 * Profiles. Unique emails and complete lists concern all profiles together, so all are in one slot, where one script changes them
 * atomically. The lists are sorted sets of emails, one for each status and each prefix of a word, or tag, so no list is scanned whole.
 */
import type { ProfileKeys, ProfileQuery, Profiles, Versioned } from '../store.ts'
import { allPrefixesOf, prefixesOf, byBytes, searchable } from '../values.ts'
import type { Keys } from './keys.ts'
import type { Connection } from './connection.ts'
import type { Argument, Commands, Fields } from './node.ts'
import { compareVersion, hasSwapped, newOperation, swapped } from './operation.ts'

/**
 * KEYS row, emails, statuses, then lists to leave and lists to join; ARGV[4] id, [5] text, [6] email, [7] status, [8] words,
 * [9] tags, [10] email until now, [11] how many lists to leave.
 */
const swap = `${compareVersion}
  local owner = redis.call('HGET', KEYS[2], ARGV[6])
  if owner and owner ~= ARGV[4] then return -2 end
  redis.call('HSET', KEYS[1], 'text', ARGV[5], 'version', ARGV[3], 'operation', ARGV[2],
    'email', ARGV[6], 'status', ARGV[7], 'words', ARGV[8], 'tags', ARGV[9])
  if ARGV[10] ~= ARGV[6] then redis.call('HDEL', KEYS[2], ARGV[10]) end
  redis.call('HSET', KEYS[2], ARGV[6], ARGV[4])
  redis.call('SADD', KEYS[3], ARGV[7])
  for i = 4, 3 + ARGV[11] do redis.call('ZREM', KEYS[i], ARGV[10]) end
  for i = 4 + ARGV[11], #KEYS do redis.call('ZADD', KEYS[i], 0, ARGV[6]) end${swapped}`

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

/**
 * Emails that have a tag of each list and match the search; likewise at one instant. The shortest of the lists is scanned, in chunks,
 * and its emails are looked up in the others, so the cost is that of what few people have.
 * KEYS for each status: lists of the tags, all in order, then of the word, then of all; ARGV[1] limit, [2] how many statuses, [3] search,
 * [4] and [5] the range of emails, [6] the start of the others, from [7] on how many tags each list has.
 */
const scanTags = `
  local limit, search, width = tonumber(ARGV[1]), ARGV[3], #KEYS / tonumber(ARGV[2])
  local emails = {}
  local function matches(email) return string.sub(email, 1, #search) == search end
  local function keep(chunk, keys, isKept)
    if #chunk == 0 then return chunk end
    local kept, rest = {}, {}
    for i, email in ipairs(chunk) do kept[i] = isKept ~= nil and isKept(email) end
    for _, key in ipairs(keys) do
      for i, score in ipairs(redis.call('ZMSCORE', key, unpack(chunk))) do kept[i] = kept[i] or score ~= false end
    end
    for i, email in ipairs(chunk) do if kept[i] then rest[#rest + 1] = email end end
    return rest
  end
  local function scan(list, from, to, conditions)
    local count = 0
    repeat
      local chunk = redis.call('ZRANGE', list, from, to, 'BYLEX', 'LIMIT', 0, 100)
      local size, last = #chunk, chunk[#chunk]
      for _, condition in ipairs(conditions) do chunk = keep(chunk, condition.keys, condition.isKept) end
      for _, email in ipairs(chunk) do emails[#emails + 1] = email end
      count, from = count + #chunk, '(' .. (last or '')
    until count >= limit or size < 100
  end
  for base = 0, #KEYS - width, width do
    local all, conditions, shortest, key = KEYS[base + width], {}, nil, base
    for i = 7, #ARGV do
      local condition = { keys = {}, size = 0 }
      for n = 1, tonumber(ARGV[i]) do
        key = key + 1
        condition.keys[n] = KEYS[key]
        condition.size = condition.size + redis.call('ZCARD', KEYS[key])
      end
      conditions[#conditions + 1] = condition
    end
    if search ~= '' then
      local word = KEYS[base + width - 1]
      local size = redis.call('ZCARD', word) + redis.call('ZLEXCOUNT', all, ARGV[4], ARGV[5])
      conditions[#conditions + 1] = { keys = { word }, size = size, isKept = matches }
    end
    for _, condition in ipairs(conditions) do
      if not shortest or condition.size < shortest.size then shortest = condition end
    end
    for _, list in ipairs(shortest.keys) do scan(list, ARGV[6], '+', conditions) end
    if shortest.isKept then scan(all, ARGV[4], ARGV[5], conditions) end
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
      const now = this.#lists(keys, prefixesOf(keys.words))
      const old = before ? this.#lists(before, prefixesOf(before.words)) : []
      const ever = before ? this.#lists(before, allPrefixesOf(before.words)) : []
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
        JSON.stringify(keys.tags),
        before?.email ?? keys.email,
        String(leave.length),
      )
      return answer === taken ? 'taken' : hasSwapped(answer, expectedVersion, attempt)
    })
  }

  async list(query: ProfileQuery): Promise<Found[]> {
    const { statuses, tags = [], limit } = query
    return this.#connection.withRetry(async (redis) => {
      if (limit < 1) return []
      const all = statuses ?? (await redis.send<string[]>('SMEMBERS', this.#keys.statuses))
      const scanned = await (tags.length === 0 ? this.#scan(redis, query, all) : this.#scanTags(redis, query, all))
      const page = [...new Set(scanned)].sort(byBytes).slice(0, limit)
      if (page.length === 0) return []
      const ids = await redis.send<(string | null)[]>('HMGET', this.#keys.emails, ...page)
      const rows = await Promise.all(ids.filter((id) => id !== null).map((id) => this.#read(redis, id)))
      return rows.filter((row) => row !== null).map(found)
    })
  }

  async #scan(
    redis: Commands,
    { search = '', after = '', limit }: ProfileQuery,
    statuses: readonly string[],
  ): Promise<string[]> {
    const byEmail = statuses.map((status) => this.#keys.profiles(status))
    const byWord = search === '' ? [] : statuses.map((status) => this.#keys.word(status, searchable(search)))
    const [first, ...others] = [...byEmail, ...byWord]
    if (first === undefined) return []
    const range = [...emails(search, after), `(${after}`]
    return redis.run<string[]>(scan, [first, ...others], String(limit), String(byEmail.length), ...range)
  }

  async #scanTags(
    redis: Commands,
    { search = '', tags = [], after = '', limit }: ProfileQuery,
    statuses: readonly string[],
  ): Promise<string[]> {
    const [first, ...others] = statuses.flatMap((status) => [
      ...tags.flat().map((tag) => this.#keys.tag(status, tag)),
      this.#keys.word(status, searchable(search)),
      this.#keys.profiles(status),
    ])
    if (first === undefined) return []
    const sizes = tags.map((anyOf) => String(anyOf.length))
    return redis.run<string[]>(
      scanTags,
      [first, ...others],
      String(limit),
      String(statuses.length),
      search,
      ...emails(search, after),
      `(${after}`,
      ...sizes,
    )
  }

  async #read(redis: Commands, id: string): Promise<Row | null> {
    const key = this.#keys.profile(id)
    const stored = await redis.send<Fields<[string, string, string]>>('HMGET', key, 'text', 'version', 'email')
    const [text, version, email] = stored
    return text === null ? null : { id, text, version: Number(version), email }
  }

  async #stored(redis: Commands, id: string): Promise<(ProfileKeys & { readonly version: number }) | null> {
    const fields = ['version', 'email', 'status', 'words', 'tags']
    const stored = await redis.send<Fields<[string, string, string, string, string | null]>>(
      'HMGET',
      this.#keys.profile(id),
      ...fields,
    )
    const [version, email, status, words, tags] = stored
    const list = (text: string | null): string[] => (text === null ? [] : (JSON.parse(text) as string[]))
    return version === null ? null : { version: Number(version), email, status, words: list(words), tags: list(tags) }
  }

  #lists({ status, tags }: ProfileKeys, prefixes: ReadonlySet<string>): string[] {
    const byWord = [...prefixes].map((prefix) => this.#keys.word(status, prefix))
    return [this.#keys.profiles(status), ...byWord, ...[...new Set(tags)].map((tag) => this.#keys.tag(status, tag))]
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
