/**
 * How an operation that had to be sent twice knows itself. A connection can break after the script has run and before its answer
 * has come, and bytes that a frozen server had not read yet are carried out after it thaws; so it leaves its name in
 * what it writes; and only the version it expects lets a swap write at all.
 */
import { draw } from '../../crypto/random.ts'
import { StoreUnavailable } from '../store.ts'

const run = draw(9).toString('base64url')
let count = 0

/** A name that no other operation of any process has. */
export function newOperation(): string {
  return `${run}${(count++).toString(36)}`
}

/**
 * Head of a swap: KEYS[1] the hash, ARGV[1] the expected version, ARGV[2] this operation. Goes on only when the versions agree;
 * otherwise answers the version that stands there, or -1 when this very operation has written it.
 */
export const compareVersion = `
  local stored = redis.call('HMGET', KEYS[1], 'version', 'operation')
  local version = stored[1] or '0'
  if version ~= ARGV[1] then
    return stored[2] == ARGV[2] and -1 or tonumber(version)
  end`

/** Last line of a swap that has written. */
export const swapped = `
  return -1`

/** Reads the answer of a swap. */
export function hasSwapped(answer: number, expectedVersion: number, attempt: number): boolean {
  if (answer === -1) return true
  // Sent twice and overtaken twice: the first sending may have been the one in between.
  if (attempt > 1 && answer > expectedVersion + 1) throw new StoreUnavailable('the outcome of a swap is unknown')
  return false
}
