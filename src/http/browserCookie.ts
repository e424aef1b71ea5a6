/** A random cookie that identifies a browser. Forms and sealed cookies are bound to it, so that a copy in another browser is useless. */
import type { Context } from 'koa'
import { digest, newId } from '../crypto/tokens.ts'
import { type CookieSite, readCookie, setCookie } from './cookies.ts'

const NAME = 'rekey'
/** Persistent, because a phone may restart the browser while an authenticator app is open. Seconds: a year. */
const KEPT_SECONDS = 31_536_000

/** In the state of a request, so that it is computed once, also for a cookie that its answer sets. */
const stateOf = ({ cookiePath }: CookieSite): string => `browser ${cookiePath}`

/** Digest of the cookie; null: there is none yet. */
export function browserOf(site: CookieSite, ctx: Context): string | null {
  const known = ctx.state[stateOf(site)] as string | undefined
  if (known !== undefined) return known
  const secret = readCookie(site, ctx.req, { name: NAME })
  return secret ? keep(site, ctx, secret) : null
}

/** The same; sets the cookie if there is none. */
export function nameBrowser(site: CookieSite, ctx: Context): string {
  const known = browserOf(site, ctx)
  if (known !== null) return known
  const secret = newId()
  setCookie(site, ctx.res, secret, { name: NAME, path: site.cookiePath || '/', maxAgeSeconds: KEPT_SECONDS })
  return keep(site, ctx, secret)
}

function keep(site: CookieSite, ctx: Context, secret: string): string {
  const browser = digest({ for: 'browser', secret })
  ctx.state[stateOf(site)] = browser
  return browser
}
