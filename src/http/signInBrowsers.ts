/**
 * The secret that binds a sign-in to one browser: a cookie for each sign-in, set with the first proof. A browser whose cookies were copied
 * or planted before that proof does not have it.
 */
import { createLookups } from '../core/lookups.ts'
import { digest } from '../crypto/tokens.ts'
import type { SignInBrowsers } from '../oidc/interactions.ts'
import { clearCookie, type CookieSite, makeRoom, readCookie, setCookie } from './cookies.ts'

const KIND = 'rekey_browser'
/** How many sign-ins one browser may have at once. */
const MOST_SIGN_INS = 8
/** Longer than any sign-in lasts. Seconds: 4 hours. */
const KEPT_SECONDS = 14_400

const digestOf = (secret: string): string => digest({ for: 'browser-binding', secret })

export function createSignInBrowsers(site: CookieSite): SignInBrowsers {
  const path = site.cookiePath || '/'
  const names = createLookups<string>()
  /** Computed once for the requests of a sign-in. */
  function nameOf(signInId: string): string {
    const known = names.get(signInId)
    if (known !== undefined) return known
    const name = `${KIND}_${digest({ for: 'sign-in-cookie', signIn: signInId }).slice(0, 16)}`
    names.learn(signInId, name)
    return name
  }

  return {
    digestOf,

    shown(req, signInId) {
      const secret = readCookie(site, req, { name: nameOf(signInId) })
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
      if (readCookie(site, req, { name }) !== undefined) clearCookie(site, res, { name, path })
    },
  }
}
