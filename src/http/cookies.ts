/** The one factory of our cookies: their names and flags, and how many of a kind a browser keeps. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { digest } from '../crypto/tokens.ts'

export interface CookieSite {
  /** The issuer is https. */
  readonly secure: boolean
  /** Path of our pages and of the provider: '' or '/oidc'. */
  readonly cookiePath: string
}

export interface CookieOptions {
  readonly name: string
  /** With https the `__Host-` prefix forces the path `/`, unless the cookie is `scoped`. */
  readonly path: string
  /** Absent: until the browser ends. */
  readonly maxAgeSeconds?: number
  /** Sent below its path only, and therefore without the prefix: for a value too long for every request. */
  readonly scoped?: boolean
}

/** A sister domain cannot set a `__Host-` cookie. The mount distinguishes two providers of one host. */
const nameOf = (
  { secure, cookiePath }: CookieSite,
  { name, scoped = false }: Pick<CookieOptions, 'name' | 'scoped'>,
): string => (scoped ? name : `${secure ? '__Host-' : ''}${name}${suffixOf(cookiePath)}`)

/** By path of a mount, of which there are few. */
const suffixes = new Map([['', '']])

function suffixOf(cookiePath: string): string {
  const known = suffixes.get(cookiePath)
  if (known !== undefined) return known
  const suffix = `_${digest({ for: 'mount', base: cookiePath }).slice(0, 8)}`
  suffixes.set(cookiePath, suffix)
  return suffix
}

const parsed = new WeakMap<IncomingMessage, ReadonlyMap<string, string>>()

/** The cookies of a request by name, parsed once. The first of two with one name is used: its path is the most specific one. */
function cookiesIn(req: IncomingMessage): ReadonlyMap<string, string> {
  const known = parsed.get(req)
  if (known) return known
  const found = new Map<string, string>()
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at > 0 && !found.has(name)) found.set(name, pair.slice(at + 1).trim())
  }
  parsed.set(req, found)
  return found
}

export const readCookie = (
  site: CookieSite,
  req: IncomingMessage,
  cookie: Pick<CookieOptions, 'name' | 'scoped'>,
): string | undefined => cookiesIn(req).get(nameOf(site, cookie))

export const readScopedCookie = (req: IncomingMessage, name: string): string | undefined => cookiesIn(req).get(name)

export function setCookie(site: CookieSite, res: ServerResponse, value: string, options: CookieOptions): void {
  const { path, maxAgeSeconds, scoped = false } = options
  const isPrefixed = site.secure && !scoped
  const parts = [`${nameOf(site, options)}=${value}`, `path=${isPrefixed ? '/' : path}`]
  if (maxAgeSeconds !== undefined) parts.push(`expires=${new Date(Date.now() + maxAgeSeconds * 1000).toUTCString()}`)
  res.appendHeader('Set-Cookie', [...parts, 'httponly', 'samesite=lax', ...(site.secure ? ['secure'] : [])].join('; '))
}

export const clearCookie = (site: CookieSite, res: ServerResponse, options: CookieOptions): void =>
  setCookie(site, res, '', { ...options, maxAgeSeconds: -86_400 })

/** Clears the oldest of a kind to leave room for the next one. Browsers send the oldest of one path first (RFC 6265 §5.4). */
export function makeRoom(
  site: CookieSite,
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
  { kind, most }: { readonly kind: string; readonly most: number },
  { name, path }: CookieOptions,
): void {
  const [before = '', after = ''] = nameOf(site, { name: '|' }).split('|')
  const others = [...cookiesIn(req).keys()]
    .filter((item) => item.startsWith(`${before}${kind}_`) && item.endsWith(after))
    .map((item) => item.slice(before.length, item.length - after.length))
    .filter((item) => item !== name)
  for (const old of others.slice(0, Math.max(0, others.length - most + 1))) clearCookie(site, res, { name: old, path })
}
