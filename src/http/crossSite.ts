import type { Context } from 'koa'

/** Whether a page of another site sent the request. A client that is no browser sends neither header and is not one. */
export function isCrossSite(ctx: Context, issuer: string): boolean {
  const site = ctx.get('sec-fetch-site')
  const origin = ctx.get('origin')
  // Under `Referrer-Policy: no-referrer` our own forms send `Origin: null` too, so that only this header decides.
  if (origin === 'null') return site !== 'same-origin'
  if (origin !== '' && origin !== new URL(issuer).origin) return true
  return site !== '' && site !== 'same-origin' && site !== 'none'
}
