/** What an error of Redis or of its client means: the node is lost, the store is unavailable, or we have made a mistake. */
import { ErrorReply } from 'redis'
import { StoreUnavailable } from '../store.ts'

/** This Redis must not be used as it is. The message goes on after "Redis at HOST:PORT". */
export class Unfit extends Error {}

/** No answer in time. Whether the command was or will be carried out is unknown. */
export class Late extends Error {}

// Said by a node that was demoted, or is not ready to be asked.
const elsewhere = /^(READONLY|MASTERDOWN|CLUSTERDOWN|LOADING)\b/
// Our commands are wrong, or something else has put its data under our keys.
const ours = /^(ERR|WRONGTYPE|CROSSSLOT)\b/

export function isReply(error: unknown): error is ErrorReply {
  return error instanceof ErrorReply
}

export function saysElsewhere(error: unknown): boolean {
  return isReply(error) && elsewhere.test(error.message)
}

/** Refused by the client's own bound: nothing is wrong with the connection. */
export function saysFull(error: unknown): boolean {
  return error instanceof Error && error.message === 'The queue is full'
}

export function unavailable(error: unknown, address: string): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  return new StoreUnavailable(sentence(error, address), { cause: error })
}

/** An error that came over a good connection, as the caller of the store sees it. */
export function refused(error: unknown, address: string): unknown {
  if (isReply(error) && ours.test(error.message)) return new Error(sentence(error, address), { cause: error })
  return isReply(error) || saysFull(error) ? unavailable(error, address) : error
}

export function sentence(error: unknown, address: string): string {
  return error instanceof Unfit ? `${address} ${error.message}` : `${address}: ${reason(error)}`
}

/** In words. A refused connection to a name with two addresses is an AggregateError without any. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reason(error.errors[0])
  if (!(error instanceof Error)) return 'failed'
  return error.message || ('code' in error ? String(error.code) : error.name)
}
