/** The scripts of a journal. All its keys are in one slot. */
import { sortableCount } from './sortable.ts'
import { readSortedLists, writeSortedLists } from './sortedLists.ts'

/** Entries in one list of Redis. Count; the place of an entry in its list is its arrival modulo this. */
export const entriesOfList = 64

/**
 * KEYS count, index, ids; ARGV[1] sortable time, [2] digest of the id, [3] entry, [4] start of the keys of entries, from [5] on the tags.
 * A list that lacks an entry (a restored copy) is left as it is, so that no entry is read in place of another.
 */
export const append = `${writeSortedLists}${sortableCount}
  local known = redis.call('ZRANGE', pageOf(KEYS[3], ARGV[2] .. '~'), '[' .. ARGV[2], '(' .. ARGV[2] .. '~', 'BYLEX')
  if #known > 0 then return 0 end
  local arrival = tonumber(redis.call('GET', KEYS[1]) or '0')
  local function entries() return ARGV[4] .. string.format('%.0f', (arrival - arrival % ${entriesOfList}) / ${entriesOfList}) end
  while redis.call('LLEN', entries()) ~= arrival % ${entriesOfList} do
    arrival = arrival - arrival % ${entriesOfList} + ${entriesOfList}
  end
  redis.call('SET', KEYS[1], string.format('%.0f', arrival + 1))
  redis.call('RPUSH', entries(), ARGV[3])
  local name = ARGV[1] .. sortable(arrival)
  insert(KEYS[3], ARGV[2] .. name)
  for i = 5, #ARGV do insert(KEYS[2], ARGV[i] .. name) end
  return 1`

/** The name of an entry, or an empty text. KEYS ids; ARGV digest of the id. */
export const nameOf = `${readSortedLists}
  local name = ''
  scan(KEYS[1], '[' .. ARGV[1], '(' .. ARGV[1] .. '~', function(member)
    name = string.sub(member, #ARGV[1] + 1)
    return true
  end)
  return name`

/** KEYS list of entries; ARGV its index, the text. The line of id, time and tags stays. */
export const replace = `
  local entry = redis.call('LINDEX', KEYS[1], ARGV[1])
  if not entry or entry == '' then return 0 end
  redis.call('LSET', KEYS[1], ARGV[1], string.match(entry, '^[^\\n]*\\n') .. ARGV[2])
  return 1`

/** Writes of an entry, for `Replicas.confirm`: the number of arrivals was written with it. KEYS count, ids; ARGV digest of the id. */
export const repeatEntry = `${readSortedLists}
  local isThere = false
  scan(KEYS[2], '[' .. ARGV[1], '(' .. ARGV[1] .. '~', function()
    isThere = true
    return true
  end)
  local count = redis.call('GET', KEYS[1])
  if not isThere or not count then return 0 end
  redis.call('SET', KEYS[1], count)
  return 1`

/** The same of a text. KEYS list of entries; ARGV its index, the text. */
export const repeatText = `
  local entry = redis.call('LINDEX', KEYS[1], ARGV[1])
  if not entry or string.match(entry, '^[^\\n]*\\n(.*)$') ~= ARGV[2] then return 0 end
  redis.call('LSET', KEYS[1], ARGV[1], entry)
  return 1`

/** Names that one script visits. Count; it blocks the server for about ten milliseconds. */
const mostVisited = 2000

/**
 * Names of entries with all tags, newest first; the first answer is where to go on, empty at the end.
 * KEYS index; ARGV[1] limit, [2] and [3] the range of names, from [4] on the tags. The rarest tag is scanned.
 */
export const newest = `${readSortedLists}
  local limit, names, visited, at = tonumber(ARGV[1]), {}, 0, ''
  local function low(tag) return '[' .. tag .. ARGV[2] end
  local function high(tag) return string.sub(ARGV[3], 1, 1) .. tag .. string.sub(ARGV[3], 2) end
  local rarest, fewest
  for i = 4, #ARGV do
    local count = #ARGV == 4 and 0 or size(KEYS[1], low(ARGV[i]), high(ARGV[i]))
    if not fewest or count < fewest then rarest, fewest = ARGV[i], count end
  end
  scanBack(KEYS[1], low(rarest), high(rarest), function(member)
    local name = string.sub(member, #rarest + 1)
    visited = visited + 1
    local hasAll = true
    for i = 4, #ARGV do
      hasAll = hasAll and (ARGV[i] == rarest or contains(KEYS[1], ARGV[i] .. name))
    end
    if hasAll then names[#names + 1] = name end
    if #names >= limit then return true end
    if visited >= ${mostVisited} then at = name end
    return at ~= ''
  end)
  return { at, unpack(names) }`

/** The oldest names with a tag. KEYS index; ARGV[1] limit, [2] the last name, [3] the tag. */
export const oldest = `${readSortedLists}
  local names = {}
  scan(KEYS[1], '[' .. ARGV[3], '[' .. ARGV[3] .. ARGV[2], function(member)
    names[#names + 1] = string.sub(member, #ARGV[3] + 1)
    return #names >= tonumber(ARGV[1])
  end)
  return names`

/**
 * Removes one entry. KEYS list of entries, ids, index; ARGV[1] its index in the list, [2] its member of ids, from [3] on those of the
 * index. A full list of removed entries is deleted; one that is not full still counts arrivals.
 */
export const remove = `${writeSortedLists}
  if redis.call('LINDEX', KEYS[1], ARGV[1]) == '' then return 0 end
  redis.call('LSET', KEYS[1], ARGV[1], '')
  remove(KEYS[2], ARGV[2])
  for i = 3, #ARGV do remove(KEYS[3], ARGV[i]) end
  local left = redis.call('LRANGE', KEYS[1], 0, -1)
  for _, entry in ipairs(left) do if entry ~= '' then return 1 end end
  if #left == ${entriesOfList} then redis.call('DEL', KEYS[1]) end
  return 1`
