/** Classes of errors of SQLite: busy, unavailable, and bugs in this program, which pass unchanged. */
import { StoreUnavailable } from '../../errors.ts'

// https://www.sqlite.org/rescode.html; the low byte is the kind of the error.
const busy = 5
const notADatabase = 26
const unavailable = new Set([
  busy,
  6 /* locked */,
  7 /* memory */,
  8 /* read-only */,
  10 /* I/O */,
  13 /* full */,
  14 /* cannot open */,
])

export function isBusy(error: unknown): boolean {
  return kindOf(error) === busy
}

export function isNoDatabase(error: unknown): boolean {
  return kindOf(error) === notADatabase
}

function kindOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

export function translate(error: unknown): Error {
  const kind = kindOf(error)
  // ERR_INVALID_STATE: the database has been closed.
  const isUnavailable = kind === undefined ? hasCode(error, 'ERR_INVALID_STATE') : unavailable.has(kind)
  if (!isUnavailable) return error instanceof Error ? error : new Error('SQLite failed', { cause: error })
  return new StoreUnavailable(`SQLite: ${error instanceof Error ? error.message : 'no answer'}`, { cause: error })
}

export function translated<T>(attempt: () => T): T {
  try {
    return attempt()
  } catch (error) {
    throw translate(error)
  }
}
