/** Classes of errors of Redis and its client: a lost node, an unavailable store, a bug in this program. */
import { ErrorReply } from 'redis'
import { StoreUnavailable } from '../../errors.ts'

/** This Redis must not be used as configured. The message continues "Redis at HOST:PORT …". */
export class PreflightFailed extends Error {}

/** No answer in time. The command may or may not be executed. */
export class TimedOut extends Error {}

// Replies of a node that was demoted or is not ready.
const wrongNode = /^(READONLY|MASTERDOWN|CLUSTERDOWN|LOADING)\b/
// The commands are wrong, or another program wrote under these keys.
const programErrors = /^(ERR|WRONGTYPE|CROSSSLOT)\b/

export function isReply(error: unknown): error is ErrorReply {
  return error instanceof ErrorReply
}

export function isFromWrongNode(error: unknown): boolean {
  return isReply(error) && wrongNode.test(error.message)
}

/** Refused by the client's own queue limit; the connection is good. */
export function isQueueFull(error: unknown): boolean {
  return error instanceof Error && error.message === 'The queue is full'
}

export function unavailable(error: unknown, address: string): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  return new StoreUnavailable(sentence(error, address), { cause: error })
}

/** The store's error for an error received over a good connection. */
export function refused(error: unknown, address: string): unknown {
  if (isReply(error) && programErrors.test(error.message)) return new Error(sentence(error, address), { cause: error })
  return isReply(error) || isQueueFull(error) ? unavailable(error, address) : error
}

export function sentence(error: unknown, address: string): string {
  return error instanceof PreflightFailed ? `${address} ${error.message}` : `${address}: ${reason(error)}`
}

/** A refused connection to a name with two addresses is an AggregateError without a message. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reason(error.errors[0])
  if (!(error instanceof Error)) return 'failed'
  return error.message || ('code' in error ? String(error.code) : error.name)
}
