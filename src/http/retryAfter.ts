/** `Retry-After` of every answer. */
import type { Context } from 'koa'
import type { Clock } from '../ports.ts'

/** In an outage nothing was decided, so that the same request may be sent again. Seconds. */
const OUTAGE_SECONDS = 2

export function sayRetry(ctx: Pick<Context, 'set'>, seconds = OUTAGE_SECONDS): void {
  ctx.set('Retry-After', String(seconds))
}

export const secondsUntil = ({ clock }: { readonly clock: Clock }, at: number): number => Math.max(1, at - clock.now())
