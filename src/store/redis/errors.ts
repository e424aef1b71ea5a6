/** Classes of errors of Redis and its client: a lost node, an unavailable store, a bug in this program. */
import { ErrorReply } from 'redis'
import { sentence, unavailable } from '../remote.ts'

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

/** The store's error for an error received over a good connection. */
export function refused(error: unknown, address: string): unknown {
  if (isReply(error) && programErrors.test(error.message)) return new Error(sentence(error, address), { cause: error })
  return isReply(error) || isQueueFull(error) ? unavailable(error, address) : error
}
