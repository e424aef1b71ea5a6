/** The scripts of the profiles. All their keys are in one slot, so that a list is read at one instant. */
import { compareRow, swapped } from './operation.ts'
import { readSortedLists, writeSortedLists } from './sortedLists.ts'

/**
 * KEYS row, emails, statuses, then a list for each membership to end and to begin; ARGV[4] id, [5] keys and text, [6] email, [7] status,
 * [8] email until now, [9] how many memberships end, from [10] on their members.
 */
export const swapProfile = `${writeSortedLists}${compareRow}
  local owner = redis.call('HGET', KEYS[2], ARGV[6])
  if owner and owner ~= ARGV[4] then return -2 end
  redis.call('SET', KEYS[1], ARGV[3] .. ' ' .. ARGV[2] .. '\\n' .. ARGV[5])
  if ARGV[8] ~= ARGV[6] then redis.call('HDEL', KEYS[2], ARGV[8]) end
  redis.call('HSET', KEYS[2], ARGV[6], ARGV[4])
  redis.call('SADD', KEYS[3], ARGV[7])
  local ended = tonumber(ARGV[9])
  for i = 4, #KEYS do
    if i - 3 <= ended then remove(KEYS[i], ARGV[i + 6]) else insert(KEYS[i], ARGV[i + 6]) end
  end${swapped}`

/**
 * A person by email, in one round trip with the same work without an account: timing must not reveal which accounts exist. The key of the row
 * is not in KEYS: it is in their slot. KEYS emails, start of the keys of rows; ARGV[1] email.
 */
export const findByEmail = `
  local id = redis.call('HGET', KEYS[1], ARGV[1])
  local row = redis.call('GET', KEYS[2] .. (id or ''))
  if not id or not row then return nil end
  return { id, row }`

export type FoundByEmail = [id: string, row: string]

/** Another account has the email. */
export const taken = -2

/**
 * ARGV of a search: [3] the text, [4] and [5] the range of emails, [6] where lists of emails go on, [7] where lists of words go on,
 * [8] the rest after the first characters, [9] and [10] the range of words, or empty for a search that is no longer than these.
 */
const searching = `${readSortedLists}
  local function endOfEmail(member)
    local at = string.find(member, '%z')
    while string.byte(member, at + 1) == 255 do at = string.find(member, '%z', at + 2) end
    return at
  end
  local function unescaped(text) return (string.gsub(text, '%z\\255', '\\0')) end
  -- Emails with such a word, in no order; nil: too many, so that the list of its first characters is shorter to read.
  local function rare(words)
    if ARGV[9] == '' then return nil end
    local found, count = {}, 0
    scan(words, ARGV[9], ARGV[10], function(member)
      count = count + 1
      if count > 400 then return true end
      found[string.sub(member, endOfEmail(member) + 1)] = true
    end)
    return count <= 400 and found or nil, count
  end
  local function matches(member, at)
    return string.sub(member, at + 1, at + #ARGV[8]) == ARGV[8]
  end
  local function withStart(starts, low, high, visit)
    local last
    scan(starts, low, high, function(member)
      local at = endOfEmail(member)
      if not matches(member, at) then return false end
      local email = unescaped(string.sub(member, 1, at - 1))
      if email == last then return false end
      last = email
      return visit(email)
    end)
  end
  local emails = {}
  local function upTo(limit)
    local count = 0
    return function(email)
      emails[#emails + 1] = email
      count = count + 1
      return count >= limit
    end
  end`

/**
 * At one instant: between two commands a profile could move from a list not yet read into one already read.
 * KEYS for each status: its list of words' starts, of words, and of all; ARGV[1] limit, [2] how many statuses.
 */
export const scanProfiles = `${searching}
  local limit = tonumber(ARGV[1])
  for i = 1, #KEYS, 3 do
    scan(KEYS[i + 2], ARGV[4], ARGV[5], upTo(limit))
    if ARGV[3] ~= '' then
      local found = rare(KEYS[i + 1])
      if found then
        for email in pairs(found) do emails[#emails + 1] = email end
      else
        withStart(KEYS[i], ARGV[7], '+', upTo(limit))
      end
    end
  end
  return emails`

/**
 * Emails that have a tag of each group and match the search; likewise at one instant. The condition that fewest people fulfil is read,
 * and its emails are looked up in the others.
 * KEYS for each status: the lists of the tags, all in order, then as above; from ARGV[11] on how many tags each group has.
 */
export const scanTags = `${searching}
  local limit, search, width = tonumber(ARGV[1]), ARGV[3], #KEYS / tonumber(ARGV[2])
  local function ofTags(lists)
    local condition = { size = 0 }
    for _, list in ipairs(lists) do condition.size = condition.size + size(list, '-', '+') end
    condition.isMet = function(email)
      for _, list in ipairs(lists) do if contains(list, email) then return true end end
      return false
    end
    condition.read = function(take)
      for _, list in ipairs(lists) do scan(list, ARGV[6], '+', take()) end
    end
    return condition
  end
  local function ofSearch(starts, words, all)
    local found, count = rare(words)
    local condition = { size = size(all, ARGV[4], ARGV[5]) + (found and count or size(starts, '-', '+')) }
    condition.isMet = function(email)
      if string.sub(email, 1, #search) == search then return true end
      if found then return found[email] == true end
      local isFound, own = false, string.gsub(email, '%z', '\\0\\255') .. '\\0'
      withStart(starts, '[' .. own, '(' .. own .. '\\255', function() isFound = true; return true end)
      return isFound
    end
    condition.read = function(take)
      scan(all, ARGV[4], ARGV[5], take())
      if found then
        local visit = take(true)
        for email in pairs(found) do visit(email) end
      else
        withStart(starts, ARGV[7], '+', take())
      end
    end
    return condition
  end
  for base = 0, #KEYS - width, width do
    local conditions, key = {}, base
    for i = 11, #ARGV do
      local lists = {}
      for n = 1, tonumber(ARGV[i]) do key = key + 1; lists[n] = KEYS[key] end
      conditions[#conditions + 1] = ofTags(lists)
    end
    if search ~= '' then conditions[#conditions + 1] = ofSearch(KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]) end
    local shortest
    for _, condition in ipairs(conditions) do
      if not shortest or condition.size < shortest.size then shortest = condition end
    end
    shortest.read(function(isUnordered)
      local keep = upTo(isUnordered and math.huge or limit)
      return function(email)
        for _, condition in ipairs(conditions) do
          if condition ~= shortest and not condition.isMet(email) then return false end
        end
        return keep(email)
      end
    end)
  end
  return emails`
