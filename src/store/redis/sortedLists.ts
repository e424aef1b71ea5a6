/**
 * Sorted lists of any length in little memory. A sorted set of at most 128 short members is one block of bytes in Redis; a longer one
 * takes three times as much. So a list is kept in pages. Its first page is the key of the list. Each further page has the key
 * `LIST/MEMBER`, where MEMBER is its first member when it was made, and `LIST/` is the sorted set of these.
 *
 * The keys of pages are not among the KEYS of a script. They have the hash tag of their list, so that they are in its slot.
 */

/** Text that another text follows. Zero, the byte of its end, is escaped so that the order of bytes stays (0xFF is in no UTF-8). */
export function ended(text: string): Buffer {
  const parts = text.split('\0').flatMap((part, n) => (n === 0 ? [Buffer.from(part)] : [escaped, Buffer.from(part)]))
  return Buffer.concat([...parts, Buffer.of(0)])
}
const escaped = Buffer.of(0, 0xff)

/** Most members of a page. Count; below `zset-max-listpack-entries`, 128 by default. */
const longestPage = 120

const pageOf = `
  local function pageOf(list, member)
    local found = redis.call('ZRANGE', list .. '/', '[' .. member, '-', 'BYLEX', 'REV', 'LIMIT', 0, 1)[1]
    if found then return list .. '/' .. found, found end
    return list
  end`

/** Functions for scripts that write. No name of a list contains a slash. */
export const writeSortedLists = `${pageOf}
  local function insert(list, member)
    local page = pageOf(list, member)
    if redis.call('ZADD', page, 0, member) == 0 or redis.call('ZCARD', page) <= ${longestPage} then return end
    local upper = redis.call('ZRANGE', page, ${longestPage / 2}, -1)
    local added = {}
    for i, each in ipairs(upper) do added[2 * i - 1], added[2 * i] = 0, each end
    redis.call('ZADD', list .. '/' .. upper[1], unpack(added))
    redis.call('ZREM', page, unpack(upper))
    redis.call('ZADD', list .. '/', 0, upper[1])
  end
  local function remove(list, member)
    local page, first = pageOf(list, member)
    local isEmpty = redis.call('ZREM', page, member) == 1 and redis.call('ZCARD', page) == 0
    if isEmpty and first then redis.call('ZREM', list .. '/', first) end
  end`

/**
 * Functions for scripts that read. `low` and `high` bound a range by bytes; `visit` gets each member until it returns true.
 * Lua compares nothing: its order of texts is that of the server's locale.
 */
export const readSortedLists = `${pageOf}
  local function scan(list, low, high, visit)
    local page, first = pageOf(list, string.sub(low, 2))
    while page do
      for _, member in ipairs(redis.call('ZRANGE', page, low, high, 'BYLEX')) do
        if visit(member) then return end
      end
      first = redis.call('ZRANGE', list .. '/', first and '(' .. first or '-', high, 'BYLEX', 'LIMIT', 0, 1)[1]
      page = first and list .. '/' .. first
    end
  end
  local function scanBack(list, low, high, visit)
    local page, first = pageOf(list, string.sub(high, 2))
    local lowest = pageOf(list, string.sub(low, 2))
    while true do
      for _, member in ipairs(redis.call('ZRANGE', page, high, low, 'BYLEX', 'REV')) do
        if visit(member) then return end
      end
      if page == lowest then return end
      first = redis.call('ZRANGE', list .. '/', '(' .. first, '-', 'BYLEX', 'REV', 'LIMIT', 0, 1)[1]
      page = first and list .. '/' .. first or list
    end
  end
  local function contains(list, member)
    return redis.call('ZSCORE', pageOf(list, member), member) ~= false
  end
  -- About how many, for the choice of the shortest list.
  local function size(list, low, high)
    local pages = redis.call('ZLEXCOUNT', list .. '/', low, high)
    return pages > 0 and pages * ${longestPage / 2} or redis.call('ZLEXCOUNT', pageOf(list, string.sub(low, 2)), low, high)
  end`
