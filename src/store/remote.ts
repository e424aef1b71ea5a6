/** What drivers of a database server share: the deadline of an operation, and errors with the address of the server. */
import { StoreUnavailable } from '../errors.ts'

/** This server must not be used as configured. The message continues "Redis at HOST:PORT …". */
export class PreflightFailed extends Error {}

/** No answer in time. The operation may or may not be executed. */
export class TimedOut extends Error {}

interface Waiting {
  readonly until: number
  readonly late: () => void
}

const waiting = new Set<Waiting>()
let alarm: { readonly at: number; readonly timer: NodeJS.Timeout } | null = null

/** The promise, or `TimedOut` at the moment `until` of `performance.now()`. All deadlines share one timer: one each costs 8 µs. */
export function before<T>(until: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const entry = { until, late: () => reject(new TimedOut('no answer in time')) }
    waiting.add(entry)
    ring(until)
    const ended =
      <A>(end: (outcome: A) => void) =>
      (outcome: A): void => {
        waiting.delete(entry)
        end(outcome)
      }
    promise.then(ended(resolve), ended(reject))
  })
}

/** Sets the timer to this moment, unless it is set to an earlier one. What waits for a server has a socket, which keeps the process. */
function ring(at: number): void {
  if (alarm && alarm.at <= at) return
  clearTimeout(alarm?.timer)
  alarm = { at, timer: setTimeout(expire, Math.max(1, at - performance.now())).unref() }
}

function expire(): void {
  alarm = null
  const now = performance.now()
  let next = Infinity
  for (const entry of waiting) {
    // One more turn: after a long computation the answer may be unread, and timers run before sockets.
    if (entry.until <= now) setImmediate(entry.late)
    else next = Math.min(next, entry.until)
  }
  for (const entry of waiting) if (entry.until <= now) waiting.delete(entry)
  if (next < Infinity) ring(next)
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
