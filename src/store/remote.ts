/** What drivers of a database server share: the deadline of an operation, and errors with the address of the server. */
import { StoreUnavailable } from '../errors.ts'

/** This server must not be used as configured. The message continues "Redis at HOST:PORT …". */
export class PreflightFailed extends Error {}

/** No answer in time. The operation may or may not be executed. */
export class TimedOut extends Error {}

/** The promise, or `TimedOut` at the moment `until` of `performance.now()`. */
export function before<T>(until: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // One more turn: after a long computation the answer may be unread, and timers run before sockets.
    const late = () => setImmediate(() => reject(new TimedOut('no answer in time')))
    const timer = setTimeout(late, Math.max(1, until - performance.now()))
    void promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

export function unavailable(error: unknown, address: string): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  return new StoreUnavailable(sentence(error, address), { cause: error })
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
