/** An outage: nothing was decided, and the same request may be sent again. Seconds until then. */
import type { Context } from 'koa'

const RETRY_AFTER_SECONDS = 2

export function sayRetry(ctx: Pick<Context, 'set'>): void {
  ctx.set('Retry-After', String(RETRY_AFTER_SECONDS))
}
