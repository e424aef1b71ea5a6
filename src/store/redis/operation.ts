/**
 * Lets a repeated operation recognise its first attempt. A connection can break between the script and its answer, and a frozen server
 * executes unread bytes later. So an operation writes its name, and a swap writes only at the expected version.
 */
import { draw } from '../../crypto/random.ts'
import { StoreUnavailable } from '../../errors.ts'

const run = draw(9).toString('base64url')
let count = 0

/** Unique among all operations of all processes. */
export function newOperation(): string {
  return `${run}${(count++).toString(36)}`
}

/**
 * First lines of a swap: KEYS[1] the hash, ARGV[1] the expected version, ARGV[2] this operation. Continues only when the versions
 * are equal; otherwise returns the stored version, or -1 when this operation wrote it.
 */
export const compareVersion = `
  local stored = redis.call('HMGET', KEYS[1], 'version', 'operation')
  local version = stored[1] or '0'
  if version ~= ARGV[1] then
    return stored[2] == ARGV[2] and -1 or tonumber(version)
  end`

/** The same for a row: KEYS[1] is text, `VERSION OPERATION` and what they wrote on the lines after it. */
export const compareRow = `
  local version, operation = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%S+)')
  version = version or '0'
  if version ~= ARGV[1] then
    return operation == ARGV[2] and -1 or tonumber(version)
  end`

/** Last line of a swap. */
export const swapped = `
  return -1`

/** Interprets the answer of a swap. */
export function hasSwapped(answer: number, expectedVersion: number, attempt: number): boolean {
  if (answer === -1) return true
  // Two versions further after a repetition: the first attempt may have been one of them.
  if (attempt > 1 && answer > expectedVersion + 1) throw new StoreUnavailable('the outcome of a swap is unknown')
  return false
}
