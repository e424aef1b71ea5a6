/**
 * Atomic operations on one artefact. KEYS[1] is its hash, ARGV[1] the driver's clock; Redis's own clock only frees memory. A full
 * Redis refuses the first write of a script, never a later one.
 */

/** First lines of each: `live` is whether the artefact exists for that clock. */
const lookup = `
  local stored = redis.call('HMGET', KEYS[1], 'expiresAt', 'takenAt', 'names', 'takenBy')
  local live = stored[1] and tonumber(stored[1]) > tonumber(ARGV[1])`

/** ARGV text, expiresAt, names, seconds to keep ('': for ever). `takenAt` is kept. */
const write = `
  redis.call('HSET', KEYS[1], 'text', ARGV[2], 'expiresAt', ARGV[3], 'names', ARGV[4])
  if stored[2] and not live then redis.call('HDEL', KEYS[1], 'takenAt', 'takenBy') end
  if ARGV[5] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('EXPIRE', KEYS[1], ARGV[5]) end
  return 1`

export const put = lookup + write

export const add = `${lookup}
  if live then return 0 end${write}`

/** ARGV[2]: the new text; with a new deadline: expiresAt, seconds to keep ('': for ever). */
export const replace = `${lookup}
  if not live then return 0 end
  redis.call('HSET', KEYS[1], 'text', ARGV[2])
  if ARGV[3] then
    redis.call('HSET', KEYS[1], 'expiresAt', ARGV[3])
    if ARGV[4] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('EXPIRE', KEYS[1], ARGV[4]) end
  end
  return 1`

/** ARGV[2]: the name of this operation, which recognises a repetition. */
export const take = `${lookup}
  if not live then return 0 end
  if stored[2] then return stored[4] == ARGV[2] and 1 or 0 end
  redis.call('HSET', KEYS[1], 'takenAt', ARGV[1], 'takenBy', ARGV[2])
  return 1`

/** ARGV[2], if present: only when it belongs to this grant. */
export const drop = `${lookup}
  if not live or (ARGV[2] and cjson.decode(stored[3]).grantId ~= ARGV[2]) then return 0 end
  return redis.call('DEL', KEYS[1])`

/**
 * Adds a member to a set and removes those long expired. The set expires after its last member: TTL is -2 when there was no set, -1 when a
 * member never expires.
 */
const joining = `
  local function join(set, expiresAt, id, expired, seconds)
    local kept = redis.call('TTL', set)
    redis.call('ZADD', set, 'GT', expiresAt, id)
    redis.call('ZREMRANGEBYSCORE', set, '-inf', '(' .. expired)
    if seconds == '' then redis.call('PERSIST', set)
    elseif kept == -2 or (kept >= 0 and kept < tonumber(seconds)) then redis.call('EXPIRE', set, seconds) end
  end`

/** KEYS[1] the set; ARGV expiresAt, id, removed before, seconds to keep. */
export const join = `${joining}
  join(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])`

/**
 * An artefact with its indexes, on one node. KEYS[2] and later the sets, then the unique names; ARGV as for `put`, then expiresAt, id,
 * removed before, number of sets.
 */
export const putAll = `${joining}${lookup}
  for n = 2, #KEYS do
    if n < tonumber(ARGV[9]) + 2 then join(KEYS[n], ARGV[6], ARGV[7], ARGV[8], ARGV[5])
    elseif ARGV[5] == '' then redis.call('SET', KEYS[n], ARGV[7])
    else redis.call('SET', KEYS[n], ARGV[7], 'EX', ARGV[5]) end
  end${write}`
