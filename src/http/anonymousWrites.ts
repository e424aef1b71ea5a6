/** Limits the writes of requests without a session, by network and minute. Counted in this process. */
import type { Context } from 'koa'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { addressOf } from './clientAddress.ts'
import { limitNetwork } from '../core/ipAddress.ts'
import type { Services } from './context.ts'
import { knownKeyIn } from './knownBrowser.ts'

const MINUTE = 60

/** A longer write counts as several. Ordinary requests store less. Bytes. */
const BYTES_PER_WRITE = 2048

export interface AnonymousWrites {
  /** Counts the bytes and returns null; or the seconds until the network of this request may write again. */
  charge(ctx: Context, bytes: number): Promise<number | null>
  /** Nothing is written for a request without a session: what room is left is for what has begun. */
  isFull(): boolean
}

interface NearlyFull {
  /** Of a store that is watched. */
  isNearlyFull?(): boolean
}

/** @param perMinute null: no limit */
export function createAnonymousWrites(
  services: Pick<Services, 'sealing' | 'secure' | 'cookiePath' | 'clock'> & { readonly store: NearlyFull },
  perMinute: number | null,
): AnonymousWrites {
  const isFull = (): boolean => services.store.isNearlyFull?.() ?? false
  if (perMinute === null) return { isFull, charge: () => Promise.resolve(null) }
  const bucket = new RateLimiterMemory({ points: perMinute, duration: MINUTE })
  return {
    isFull,
    async charge(ctx, bytes) {
      // A browser that has signed in before has a limit of its own, apart from its network.
      const key = knownKeyIn(services, ctx) ?? limitNetwork(addressOf(ctx))
      try {
        await bucket.consume(key, Math.ceil(bytes / BYTES_PER_WRITE))
        return null
      } catch (error) {
        if (error instanceof RateLimiterRes) return Math.max(1, Math.ceil(error.msBeforeNext / 1000))
        throw error
      }
    },
  }
}
