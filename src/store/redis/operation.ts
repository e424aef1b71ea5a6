/**
 * Lets a repeated operation recognise its first attempt. A connection can break between the script and its answer, and a frozen server
 * executes unread bytes later. So an operation writes its name, and a swap writes only at the expected version.
 */
import { draw } from '../../crypto/random.ts'
import { StoreUnavailable } from '../../errors.ts'
import type { Written } from './server.ts'

const run = draw(9).toString('base64url')
let count = 0

/** Unique among all operations of all processes. */
export function newOperation(): string {
  return `${run}${(count++).toString(36)}`
}

/**
 * First lines of a swap: KEYS[1] is text, `VERSION OPERATION` and what they wrote on the lines after it (in format 1 a hash); ARGV[1] the
 * expected version, ARGV[2] this operation. Continues only when the versions are equal; otherwise returns the stored version, or -1 when
 * this operation wrote it.
 */
export const compareRow = `
  local row, version, operation = redis.pcall('GET', KEYS[1]), '0', nil
  if type(row) == 'table' then
    local stored = redis.call('HMGET', KEYS[1], 'version', 'operation')
    version, operation = stored[1] or '0', stored[2]
  elseif row then
    version, operation = string.match(row, '^(%d+) (%S+)\\n')
    if not version then return redis.error_reply('WRONGTYPE no version on the first line') end
  end
  if version ~= ARGV[1] then
    return operation == ARGV[2] and -1 or tonumber(version)
  end`

/** The write of a row, for `Replicas.confirm`: by its operation, or by its version. */
export function writtenRow(key: string, by: { readonly operation: string } | { readonly version: number }): Written {
  if ('operation' in by) return { script: repeatRow('^%d+ (%S+)'), keys: [key], args: [by.operation] }
  return { script: repeatRow('^(%d+) '), keys: [key], args: [String(by.version)] }
}

const repeatRow = (pattern: string): string => `
  local row = redis.call('GET', KEYS[1])
  if not row or string.match(row, '${pattern}') ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], row)
  return 1`

/** The version of a row, and what follows its first line. Damage is an error of the program, never an absent row. */
export function openRow(row: string): { readonly version: number; readonly rest: string } {
  const [line = '', version] = /^(\d+) \S+\n/.exec(row) ?? []
  if (version === undefined) throw new Error('WRONGTYPE no version on the first line')
  return { version: Number(version), rest: row.slice(line.length) }
}

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
