/** An outage of the store, in the library's words and back. */
import { errors, Provider } from 'oidc-provider'
import { StoreUnavailable } from '../errors.ts'
import { answeredHere } from './internals.ts'

/** Requests that have found the store unavailable: the rest of what they want of it is refused at once, not after a wait each. */
const cutOff = new WeakSet<object>()

/** As the library's error: 503 and a page, never a redirect that would make a relying party believe in a refusal. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  const { ctx } = Provider
  try {
    if (ctx && cutOff.has(ctx)) throw new StoreUnavailable('it was away a moment ago')
    return await work()
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    if (ctx) cutOff.add(ctx)
    const unavailable = new errors.TemporarilyUnavailable('please try again', { cause: error })
    throw answeredHere(unavailable, 503)
  }
}

/** What the library threw, as ours again where it is an outage. */
export const outageOf = (error: unknown): unknown =>
  error instanceof errors.TemporarilyUnavailable && error.cause instanceof Error ? error.cause : error

export async function withOwnOutage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw outageOf(error)
  }
}
