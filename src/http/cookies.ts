/** The one factory of our cookies: their names and flags, and how many of a kind a browser keeps. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { digest } from '../crypto/tokens.ts'

export interface CookieSite {
  /** The issuer is https. */
  readonly secure: boolean
  /** Path of the issuer: '' or '/oidc'. */
  readonly base: string
}

/** How many cookies of a kind a browser keeps at once: each is sent with every request. */
const MOST_OF_A_KIND = 8

export interface CookieOptions {
  readonly name: string
  /** Where it is needed. With https it is sent everywhere, which its prefix demands. */
  readonly path: string
  /** Absent: until the browser ends. */
  readonly maxAgeSeconds?: number
}

/** A `__Host-` cookie cannot be planted from a sister domain; the mount keeps two providers of one host apart. */
export const cookieName = ({ secure, base }: CookieSite, name: string): string =>
  `${secure ? '__Host-' : ''}${name}${base === '' ? '' : `_${digest({ for: 'mount', base }).slice(0, 8)}`}`

export function cookiesIn(req: IncomingMessage): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    // The most specific path comes first.
    if (at > 0 && !found.has(name)) found.set(name, pair.slice(at + 1).trim())
  }
  return found
}

export function setCookie(site: CookieSite, res: ServerResponse, value: string, options: CookieOptions): void {
  const { name, path, maxAgeSeconds } = options
  const life =
    maxAgeSeconds === undefined ? [] : [`expires=${new Date(Date.now() + maxAgeSeconds * 1000).toUTCString()}`]
  const flags = ['httponly', 'samesite=lax', ...(site.secure ? ['secure'] : [])]
  const parts = [`${cookieName(site, name)}=${value}`, `path=${site.secure ? '/' : path}`, ...life, ...flags]
  res.appendHeader('Set-Cookie', parts.join('; '))
}

export function clearCookie(
  site: CookieSite,
  res: ServerResponse,
  options: Pick<CookieOptions, 'name' | 'path'>,
): void {
  setCookie(site, res, '', { ...options, maxAgeSeconds: -86_400 })
}

/** Makes room for one more of a kind: browsers send the oldest of one path first. */
export function makeRoom(
  site: CookieSite,
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
  kind: string,
  { name, path }: Pick<CookieOptions, 'name' | 'path'>,
): void {
  const suffix = cookieName({ ...site, secure: false }, '')
  const prefix = `${site.secure ? '__Host-' : ''}${kind}_`
  const others = [...cookiesIn(req).keys()].filter(
    (one) => one.startsWith(prefix) && one.endsWith(suffix) && one !== cookieName(site, name),
  )
  for (const old of others.slice(0, Math.max(0, others.length - MOST_OF_A_KIND + 1)))
    clearCookie(site, res, { name: old.slice(prefix.length - kind.length - 1, old.length - suffix.length), path })
}
