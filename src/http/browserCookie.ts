/** The random name of a browser. Forms and sealed cookies are bound to it, so that a copy from another browser opens nothing. */
import type { Context } from 'koa'
import { digest, newId } from '../crypto/tokens.ts'
import { type CookieSite, readCookie, setCookie } from './cookies.ts'

const NAME = 'rekey'
/** Outlives a restart of the browser, which a phone may do while an authenticator app is open. Seconds: a year. */
const KEPT_SECONDS = 31_536_000

/** Digest of the browser's name; null: it has no name yet. */
export function browserOf(site: CookieSite, ctx: Context): string | null {
  const given: unknown = ctx.state['browser']
  const secret = typeof given === 'string' ? given : readCookie(site, ctx.req, { name: NAME })
  return secret ? digest({ for: 'browser', secret }) : null
}

/** The same, after naming the browser if it has no name. */
export function nameBrowser(site: CookieSite, ctx: Context): string {
  const known = browserOf(site, ctx)
  if (known !== null) return known
  const secret = newId()
  ctx.state['browser'] = secret
  setCookie(site, ctx.res, secret, { name: NAME, path: site.base || '/', maxAgeSeconds: KEPT_SECONDS })
  return digest({ for: 'browser', secret })
}
