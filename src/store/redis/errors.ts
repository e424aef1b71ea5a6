/** Classes of errors of Redis and its client: a lost node, an unavailable store, a bug in this program. */
import { ErrorReply } from 'redis'
import { sentence, unavailable } from '../remote.ts'

// Replies of a node that was demoted or is not ready.
const wrongNode = /^(READONLY|MASTERDOWN|CLUSTERDOWN|LOADING)\b/
// A correction by the operator is not needed.
const temporary = /^(NOREPLICAS|TRYAGAIN|BUSY)\b/
// The command was not executed: some of its keys have moved to another node, or all of them.
const tryAgain = /^TRYAGAIN\b/
const redirection = /^(?:MOVED|ASK) \d+ (\S+)$/
// The commands are wrong, or another program wrote under these keys.
const programErrors = /^(ERR|WRONGTYPE|CROSSSLOT)\b/

export function isReply(error: unknown): error is ErrorReply {
  return error instanceof ErrorReply
}

export function isFromWrongNode(error: unknown): boolean {
  return isReply(error) && wrongNode.test(error.message)
}

/** At the start: a wrong password or setting, which no retry corrects. */
export function isPermanent(error: unknown): boolean {
  return isReply(error) && !isFromWrongNode(error) && !temporary.test(error.message)
}

export function isTryAgain(error: unknown): boolean {
  return isReply(error) && tryAgain.test(error.message)
}

/** The answer of a node of a cluster that does not have the key. */
export function isRedirection(answer: unknown): answer is ErrorReply {
  return isReply(answer) && redirection.test(answer.message)
}

/** The key holds another type than the command is for. */
export const isOfAnotherType = (error: unknown): boolean => isReply(error) && error.message.startsWith('WRONGTYPE')

/** The node to ask while the slot moves there; null: it has moved. */
export function movingTo({ message }: Error): string | null {
  return message.startsWith('ASK') ? (redirection.exec(message)?.[1] ?? null) : null
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
