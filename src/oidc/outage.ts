/** An outage of the store as an error of the library, and back. */
import { errors, Provider } from 'oidc-provider'
import { StoreUnavailable } from '../errors.ts'
import { answeredHere } from './internals.ts'

/** Requests that have found the store unavailable: their further reads and writes fail at once, without another timeout. */
const withoutStore = new WeakSet<object>()

/** A page with 503, never a redirect that a relying party would take for a refusal. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  const { ctx } = Provider
  try {
    if (ctx && withoutStore.has(ctx)) throw new StoreUnavailable('it did not answer a moment ago')
    return await work()
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    if (ctx) withoutStore.add(ctx)
    const unavailable = new errors.TemporarilyUnavailable('please try again', { cause: error })
    throw answeredHere(unavailable, 503)
  }
}

/** Turns the library's error for an outage back into ours. */
export const outageOf = (error: unknown): unknown =>
  error instanceof errors.TemporarilyUnavailable && error.cause instanceof Error ? error.cause : error

export async function translatingOutage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw outageOf(error)
  }
}
