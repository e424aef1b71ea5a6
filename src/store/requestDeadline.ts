/**
 * One deadline for all that a request waits for the store: each operation has a deadline of its own, and several slow ones add up. Only that
 * time counts, so that a password hash, a long poll or a large body takes as long as it takes.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { StoreUnavailable } from '../errors.ts'
import { before, TimedOut } from './remote.ts'
import { StoreTime } from './storeTime.ts'

/** The longest time for which a request waits for the store in all. Milliseconds: the answer is there within two seconds. */
export const requestMs = 1700

interface StoreRequest {
  readonly time: StoreTime
  /** Parts of the request that are running. Count; 0: what is left of it has deadlines of its own. */
  running: number
}

/** null: explicitly without this deadline. */
const requests = new AsyncLocalStorage<StoreRequest | null>()
const known = new WeakMap<object, StoreRequest>()

/** @param key parts of a request with the same object, such as its `IncomingMessage`, have one deadline; null: this is all of it */
export async function inRequest<T>(key: unknown, work: () => Promise<T>): Promise<T> {
  const outer = requests.getStore()
  if (outer === null || (outer && outer.running > 0)) return work()
  const request = requestOf(key)
  request.running++
  try {
    return await requests.run(request, work)
  } finally {
    request.running--
  }
}

/** For work that must not end with a request, or that grows with the data: each of its operations has a deadline of its own. */
export const outsideRequest = <T>(work: () => T): T => requests.run(null, work)

/** Ends a wait for the store with `StoreUnavailable` when the request has no time left; the outcome of a write is then unknown. */
export function waitForStore<T>(work: () => Promise<T>): Promise<T> {
  const request = current()
  return request ? limited(request.time, work) : work()
}

/** False: this request has waited too long. What is left of it after its answer must change nothing. */
export function mayWaitForStore(): boolean {
  const request = requests.getStore()
  return !request || request.time.left(performance.now()) > 0
}

/** Thrown where `mayWaitForStore` is false. */
export const waitedTooLong = (cause?: unknown): StoreUnavailable =>
  new StoreUnavailable(`this request has waited ${requestMs} ms for the store`, { cause })

function requestOf(key: unknown): StoreRequest {
  const request = { time: new StoreTime(requestMs), running: 0 }
  if (typeof key !== 'object' || key === null) return request
  const first = known.get(key) ?? request
  known.set(key, first)
  return first
}

function current(): StoreRequest | null {
  const request = requests.getStore()
  return request && request.running > 0 ? request : null
}

async function limited<T>(time: StoreTime, work: () => Promise<T>): Promise<T> {
  const now = performance.now()
  const until = time.begin(now)
  try {
    if (until <= now) throw waitedTooLong()
    return await before(until, work())
  } catch (error) {
    throw error instanceof TimedOut ? waitedTooLong(error) : error
  } finally {
    time.end(performance.now())
  }
}
