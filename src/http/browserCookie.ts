/** The random name of a browser: forms and sealed cookies are bound to it, so that those of another browser open nothing here. */
import type { Context } from 'koa'
import { digest, newId } from '../crypto/tokens.ts'
import { cookieName, cookiesIn, type CookieSite, setCookie } from './cookies.ts'

const NAME = 'rekey'
/** Outlives a restart of the browser, which phones do while an authenticator app is open. Seconds: a year. */
const KEPT_SECONDS = 31_536_000

/** Digest of the browser's name; null: it has none yet. */
export function browserOf(site: CookieSite, ctx: Context): string | null {
  const given: unknown = ctx.state['browser']
  const secret = typeof given === 'string' ? given : cookiesIn(ctx.req).get(cookieName(site, NAME))
  return secret ? digest({ for: 'browser', secret }) : null
}

/** The same; names the browser if it has no name. */
export function nameBrowser(site: CookieSite, ctx: Context): string {
  const known = browserOf(site, ctx)
  if (known !== null) return known
  const secret = newId()
  ctx.state['browser'] = secret
  setCookie(site, ctx.res, secret, { name: NAME, path: site.base || '/', maxAgeSeconds: KEPT_SECONDS })
  return digest({ for: 'browser', secret })
}
