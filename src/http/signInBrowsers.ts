/**
 * The secret that ties a sign-in to one browser: a cookie of its own for each sign-in, given with the first proof. A copy of the
 * browser's cookies from before, or a planted one, shows no such secret.
 */
import { digest } from '../crypto/tokens.ts'
import type { SignInBrowsers } from '../oidc/interactions.ts'
import { clearCookie, cookieName, cookiesIn, type CookieSite, makeRoom, setCookie } from './cookies.ts'

const KIND = 'rekey_browser'
/** How many sign-ins of one browser go on at once. */
const MOST_SIGN_INS = 8
/** Longer than any sign-in lives. Seconds: 4 hours. */
const KEPT_SECONDS = 14_400

const nameOf = (signInId: string): string =>
  `${KIND}_${digest({ for: 'sign-in-cookie', signIn: signInId }).slice(0, 16)}`
const digestOf = (secret: string): string => digest({ for: 'browser-binding', secret })

export function createSignInBrowsers(site: CookieSite): SignInBrowsers {
  const path = site.base || '/'
  return {
    digestOf,

    shown(req, signInId) {
      const secret = cookiesIn(req).get(cookieName(site, nameOf(signInId)))
      return secret ? digestOf(secret) : null
    },

    give(req, res, { signInId, secret }) {
      const name = nameOf(signInId)
      makeRoom(site, { req, res }, { kind: KIND, most: MOST_SIGN_INS }, { name, path })
      setCookie(site, res, secret, { name, path, maxAgeSeconds: KEPT_SECONDS })
      return digestOf(secret)
    },

    forget(req, res, signInId) {
      const name = nameOf(signInId)
      if (cookiesIn(req).has(cookieName(site, name))) clearCookie(site, res, { name, path })
    },
  }
}
