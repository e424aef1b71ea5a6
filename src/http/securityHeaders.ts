/**
 * The security headers by kind of answer: pages of the console and the own account; every other document of ours and of the provider; the
 * form that hands a result over to an application; redirects and JSON; an answer of the host that has none of its own.
 */
import type { ServerResponse } from 'node:http'
import type { Context, Middleware } from 'koa'
import { isLoopback } from '../core/loopback.ts'
import type { App } from '../ports.ts'

/**
 * Our own stylesheet, script and forms only. The provider adds the hashes of its auto-submitting pages to `script-src`.
 *
 * @param more of pages of the console: their script asks for the state of a reset
 */
const policyWith = (images: readonly string[], more: readonly string[] = []): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    ["img-src 'self'", ...images].join(' '),
    ...more,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

const NO_IMAGES: readonly string[] = []
interface Policies {
  readonly ofConsole: string
  readonly ofOthers: string
}
const policies = new WeakMap<readonly string[], Policies>()

/** The same array always holds the same URLs. */
function policiesWith(images: readonly string[]): Policies {
  const known = policies.get(images)
  if (known !== undefined) return known
  const made = { ofConsole: policyWith(images, ["connect-src 'self'"]), ofOthers: policyWith(images) }
  policies.set(images, made)
  return made
}

function policyOf(ctx: Context, transport: Pick<Transport, 'base' | 'images'>): string {
  const { ofConsole, ofOthers } = policiesWith(transport.images ?? NO_IMAGES)
  return isBelowApp(ctx, transport, 'admin') ? ofConsole : ofOthers
}

function isBelowApp({ originalUrl }: Context, { base }: Pick<Transport, 'base'>, app: App): boolean {
  const root = `${base}/${app}`
  const isBelow = originalUrl.slice(0, root.length).toLowerCase() === root.toLowerCase()
  return isBelow && /^(?:$|[/?])/.test(originalUrl.slice(root.length))
}

/** Of the console and the own account only. Anywhere in a sign-in it would sever `window.opener` of an application's popup. */
const OPENER = 'Cross-Origin-Opener-Policy'

const POLICY = 'Content-Security-Policy'

/** Passkeys at this origin only. A policy of the host that forbids them looks to a page as if its person had cancelled. */
const PERMISSIONS = [
  'camera=()',
  'geolocation=()',
  'microphone=()',
  'publickey-credentials-create=(self)',
  'publickey-credentials-get=(self)',
].join(', ')

const ofDocuments = Object.entries({
  'Permissions-Policy': PERMISSIONS,
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
})
const fixed = [
  ...Object.entries({
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  }),
  ...ofDocuments,
]

/** Of redirects and JSON, which load, frame and send nothing. */
const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Koa's, of a redirect. */
const NOTE = 'Redirecting to '

const FORMS = "form-action 'self'"

export interface Transport {
  readonly issuer: string
  /** The issuer is https. */
  readonly secure: boolean
  /** Path below which our addresses are: '' or '/oidc'. */
  readonly base: string
  /** The first-party apps that are switched on. */
  readonly apps: readonly App[]
  /** URLs of images elsewhere. Default: none. */
  readonly images?: readonly string[]
}

/** Answers of ours that have their headers, with the policy. */
const secured = new WeakMap<ServerResponse, string>()

/** For an answer of ours. Replaces those of the host (helmet sets them in advance), except a longer HSTS, which is about its other pages too. */
export function setSecurityHeaders(ctx: Context, transport: Transport): void {
  const policy = policyOf(ctx, transport)
  if (ctx.res.headersSent || secured.get(ctx.res) === policy) return
  secured.set(ctx.res, policy)
  if (!setHeaders(ctx, transport)) keepOpener(ctx)
}

/** Lets the window that opened this answer keep its reference, whatever the host has set in advance. */
export const keepOpener = ({ res }: Context): void => res.removeHeader(OPENER)

/** Browsers ignore the isolation over plain http beyond loopback, and complain. */
function isIsolated(ctx: Context, transport: Transport): boolean {
  const { apps, secure, issuer } = transport
  const isOfApp = apps.some((app) => isBelowApp(ctx, transport, app))
  return isOfApp && (secure || isLoopback(new URL(issuer).hostname))
}

/** @returns whether the answer is isolated */
function setHeaders(ctx: Context, transport: Transport): boolean {
  const { res } = ctx
  const { secure } = transport
  const isolated = isIsolated(ctx, transport)
  if (isolated) setOnce(res, OPENER, 'same-origin')
  for (const [name, value] of fixed) setOnce(res, name, value)
  setOnce(res, POLICY, policyOf(ctx, transport))
  if (secure && !res.hasHeader('Strict-Transport-Security'))
    res.setHeader('Strict-Transport-Security', 'max-age=31536000')
  return isolated
}

/** Several layers set the same headers. To set one again costs more than to compare it. */
function setOnce(res: Context['res'], name: string, value: string): void {
  if (res.getHeader(name) !== value) res.setHeader(name, value)
}

/**
 * A redirect or JSON gets the short policy, and no headers of documents; a redirect no note, which would repeat its address with what is
 * secret in it. Call it when the answer is complete. An answer that has another policy is the host's.
 */
export function finishHeaders(ctx: Context, transport: Transport): void {
  const { res, response } = ctx
  if (res.headersSent || res.getHeader(POLICY) !== policyOf(ctx, transport)) return
  const isRedirect = response.status >= 300 && response.status < 400 && res.hasHeader('Location')
  if (!isRedirect && !/[/+]json$/.test(response.type)) return
  for (const [name] of ofDocuments) res.removeHeader(name)
  res.setHeader(POLICY, NOTHING)
  if (isRedirect && !res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store')
  if (!isRedirect || typeof response.body !== 'string' || !response.body.startsWith(NOTE)) return
  response.body = ''
  res.removeHeader('Content-Type')
}

export function protect(transport: Transport): Middleware {
  return async (ctx, next) => {
    if (!ctx.res.headersSent) setHeaders(ctx, transport)
    await next()
    if (ctx.response.type === 'text/html' && !ctx.response.get('cache-control')) ctx.set('Cache-Control', 'no-store')
    finishHeaders(ctx, transport)
  }
}

const policyIn = (ctx: Context): string => String(ctx.res.getHeader(POLICY) ?? '')

/** Whether forms of this answer may lead to this origin only. */
export const keepsFormsHere = (ctx: Context): boolean => policyIn(ctx).includes(FORMS)

/**
 * The form of this answer may lead to another address. Browsers apply `form-action` to the redirects of that address too, which may lead
 * to any origin of the application.
 */
export function allowFormsTo(ctx: Context, { origin, protocol }: URL): void {
  const named = origin === 'null' ? [] : [origin]
  const sources = [...named, ...new Set([protocol, 'https:'])].join(' ')
  ctx.set(POLICY, policyIn(ctx).replace(FORMS, `${FORMS} ${sources}`))
}
