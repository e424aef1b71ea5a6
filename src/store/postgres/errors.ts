/** What an error of PostgreSQL or its client means: again, unavailable, or a fault of this program. */
import { sentence, unavailable } from '../remote.ts'

// https://www.postgresql.org/docs/current/errcodes-appendix.html
/** Serialization failure, deadlock, and a unique index that two writers met at: nothing was changed. */
const again = /^(40001|40P01|23505)$/
/** Connection, resources, cancelled by an operator or a timeout, system, read-only since a fail-over. */
const unavailableCodes = /^(08|53|57|58|25006|55P03)/
/** Wrong password, unknown database, no permission: the operator must correct it. */
const settings = /^(28|3D|42501)/

/** The SQLSTATE of an answer of the server; undefined: the error comes from the client or the network. */
function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

export const mayRunAgain = (error: unknown): boolean => again.test(sqlState(error) ?? '')

export const saysWrongSettings = (error: unknown): boolean => settings.test(sqlState(error) ?? '')

export const isForbidden = (error: unknown): boolean => sqlState(error) === '42501'

/** Whether this connection is of no more use: broken, late, ending, or to a server that takes no writes. */
export function isLoss(error: unknown): boolean {
  const state = sqlState(error)
  return state === undefined || /^(08|57P|25006)/.test(state)
}

/** Of a statement, as the caller of the store sees it. */
export function refused(error: unknown, address: string): Error {
  const state = sqlState(error)
  const isUnavailable = state === undefined ? !(error instanceof TypeError) : unavailableCodes.test(state)
  if (isUnavailable || mayRunAgain(error)) return unavailable(error, address)
  return new Error(sentence(error, address), { cause: error })
}
