/** The one factory of our cookies: their names and flags, and how many of a kind a browser keeps. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { digest } from '../crypto/tokens.ts'

export interface CookieSite {
  /** The issuer is https. */
  readonly secure: boolean
  /** Path of the issuer: '' or '/oidc'. */
  readonly base: string
}

export interface CookieOptions {
  readonly name: string
  /** Where it is needed. With https it is sent everywhere, which its prefix demands, unless it is `scoped`. */
  readonly path: string
  /** Absent: until the browser ends. */
  readonly maxAgeSeconds?: number
  /** Sent below its path only, and so without prefix: for what is too long to be sent everywhere. */
  readonly scoped?: boolean
}

/** A `__Host-` cookie cannot be planted from a sister domain; the mount keeps two providers of one host apart. */
export const cookieName = ({ secure, base }: CookieSite, name: string): string =>
  `${secure ? '__Host-' : ''}${name}${base === '' ? '' : `_${digest({ for: 'mount', base }).slice(0, 8)}`}`

/** The cookies of a request by name; of two with one name the first, which has the most specific path. */
export function cookiesIn(req: IncomingMessage): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at > 0 && !found.has(name)) found.set(name, pair.slice(at + 1).trim())
  }
  return found
}

export function setCookie(site: CookieSite, res: ServerResponse, value: string, options: CookieOptions): void {
  const { name, path, maxAgeSeconds, scoped = false } = options
  const isPrefixed = site.secure && !scoped
  const parts = [`${scoped ? name : cookieName(site, name)}=${value}`, `path=${isPrefixed ? '/' : path}`]
  if (maxAgeSeconds !== undefined) parts.push(`expires=${new Date(Date.now() + maxAgeSeconds * 1000).toUTCString()}`)
  res.appendHeader('Set-Cookie', [...parts, 'httponly', 'samesite=lax', ...(site.secure ? ['secure'] : [])].join('; '))
}

export const clearCookie = (site: CookieSite, res: ServerResponse, options: CookieOptions): void =>
  setCookie(site, res, '', { ...options, maxAgeSeconds: -86_400 })

/** Clears the oldest of a kind, so that with the one about to be set `most` are kept. Browsers send the oldest of one path first. */
export function makeRoom(
  site: CookieSite,
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
  { kind, most }: { readonly kind: string; readonly most: number },
  { name, path }: CookieOptions,
): void {
  const [before = '', after = ''] = cookieName(site, '|').split('|')
  const others = [...cookiesIn(req).keys()]
    .filter((item) => item.startsWith(`${before}${kind}_`) && item.endsWith(after))
    .map((item) => item.slice(before.length, item.length - after.length))
    .filter((item) => item !== name)
  for (const old of others.slice(0, Math.max(0, others.length - most + 1))) clearCookie(site, res, { name: old, path })
}
