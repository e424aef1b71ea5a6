/** How much requests without a session may have stored, by network and minute, counted in this process. */
import type { Context } from 'koa'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { networkOf } from './network.ts'
import type { Services } from './context.ts'
import { knownKeyIn } from './knownBrowser.ts'

const MINUTE = 60

/** What counts as one write; a longer one counts as several. An ordinary request leaves less. */
const BYTES_OF_ONE = 2048

export interface AnonymousWrites {
  /** Seconds until the network of this request may write again; null: it may, and so much more is counted. */
  charge(ctx: Context, bytes: number): Promise<number | null>
}

/** @param perMinute null: no limit */
export function createAnonymousWrites(
  services: Pick<Services, 'sealing' | 'secure' | 'base' | 'clock'>,
  perMinute: number | null,
): AnonymousWrites {
  if (perMinute === null) return { charge: () => Promise.resolve(null) }
  const bucket = new RateLimiterMemory({ points: perMinute, duration: MINUTE })
  return {
    async charge(ctx, bytes) {
      // A browser that has signed in before has a share of its own, whatever its neighbours do.
      const key = knownKeyIn(services, ctx) ?? networkOf(ctx.ip)
      try {
        await bucket.consume(key, Math.ceil(bytes / BYTES_OF_ONE))
        return null
      } catch (error) {
        if (error instanceof RateLimiterRes) return Math.max(1, Math.ceil(error.msBeforeNext / 1000))
        throw error
      }
    },
  }
}
