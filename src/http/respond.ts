/** Answers with a page, or with the page of a failure. refusalPages.ts has the pages of refusals. */
import type { Context } from 'koa'
import { newId } from '../crypto/tokens.ts'
import { Busy, MountRefused, NotAttached, StoreUnavailable, Unsealable } from '../errors.ts'
import type { Services } from './context.ts'
import { languageOf, rememberLanguage, type Candidates } from './language.ts'
import type { Pages } from './pages/locals.ts'
import type { Frame } from './pages/render.ts'
import type { Problem } from './problem.ts'
import { sayRetry } from './retryAfter.ts'
import { setSecurityHeaders } from './securityHeaders.ts'
import { Refused, type RefusedKind } from './requestError.ts'

export type PageName = keyof Pages

export interface PageFrame extends Partial<Omit<Frame, 'language' | 'now'>>, Candidates {}

export interface Reply<K extends PageName = PageName> {
  readonly page: K
  readonly locals: Pages[K]
  /** Default 200. */
  readonly status?: number
  readonly frame?: PageFrame
  /** Seconds. Default: none; with 503, that of an outage. */
  readonly retryAfter?: number
}

type ResponseServices = Pick<
  Services,
  'views' | 'languages' | 'issuer' | 'secure' | 'base' | 'apps' | 'cookiePath' | 'images' | 'clock'
>

/** Answers with a page of ours, under our security headers, that no cache stores. */
export function answer<K extends PageName>(
  services: ResponseServices,
  ctx: Context,
  { page, locals, status = 200, frame: pageFrame = {}, retryAfter }: Reply<K>,
): void {
  const { uiLocales = null, accountLocale = null, ...frame } = pageFrame
  const language = languageOf(services, ctx, { uiLocales, accountLocale })
  rememberLanguage(services, ctx, language)
  setSecurityHeaders(ctx, services)
  ctx.status = status
  ctx.type = 'html'
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Language', language)
  if (status === 503 || retryAfter !== undefined) sayRetry(ctx, retryAfter)
  const path = ctx.state['hasPage'] === false ? null : ''
  const here = { search: ctx.querystring, path, isPosted: ctx.method === 'POST' }
  ctx.body = services.views.page(page, { ...here, ...frame, language, now: services.clock.now() }, locals)
}

type ErrorKind = Pages['error']['kind']

interface ErrorReply {
  readonly status: number
  readonly kind: ErrorKind
  readonly detail?: string | null
  readonly wayBack?: Pages['error']['wayBack']
  readonly signOutHref?: string | null
}

/** The page of a failure, with a reference that the log has too. */
export function errorPage(
  { clock }: Pick<Services, 'clock'>,
  ctx: Context,
  { status, kind, detail = null, wayBack = null, signOutHref = null }: ErrorReply,
): Reply<'error'> {
  const reference = typeof ctx.state['requestId'] === 'string' ? ctx.state['requestId'] : newId()
  // Only a GET is safe to repeat by a link.
  const retryHref = status >= 500 && ctx.method === 'GET' ? `?${ctx.querystring}` : null
  const locals = { kind, detail, reference, at: clock.now(), wayBack, signOutHref, retryHref }
  return { status, page: 'error', locals }
}

export function answerError(services: ResponseServices, ctx: Context, reply: ErrorReply): void {
  const frame = frameOf(ctx)
  const app = frame?.webSession?.app
  const wayBack = reply.wayBack ?? (app ? { href: `/${app}`, app } : null)
  // The address of a form may have no page of its own.
  const here = wayBack?.href.startsWith('/') && ctx.method === 'POST' ? { path: wayBack.href, search: '' } : {}
  answer(services, ctx, { ...errorPage(services, ctx, { ...reply, wayBack }), frame: { ...frame, ...here } })
}

/** Of the person who is signed in to a first-party app; the guard `signedIn` sets it. */
const frameOf = (ctx: Context): PageFrame | undefined => (ctx.state['frame'] as (() => PageFrame) | undefined)?.()

interface Failure {
  readonly status: number
  readonly kind: ErrorKind
  /** `code` of the problem document. */
  readonly code: string
  /** Status of the problem document. Default: `status`. */
  readonly problemStatus?: number
  /** `detail` of the problem document. Default: that something went wrong. */
  readonly detail?: string
  readonly more?: Problem['more']
}

const NOT_JSON = 'The body is not valid JSON.'
const NOT_TEXT = 'The request is not UTF-8, or holds a NUL byte.'
const OUTCOME_UNKNOWN = 'The outcome is unknown; it is safe to try again with the same Idempotency-Key and code.'

const failures: { readonly [K in RefusedKind]: Failure } = {
  'bad-request': { status: 400, kind: 'bad-request', code: 'invalid_request' },
  'body-gone': { status: 400, kind: 'bad-request', code: 'invalid_request' },
  forbidden: { status: 403, kind: 'forbidden', code: 'origin_mismatch' },
  unauthorised: { status: 403, kind: 'unauthorised', code: 'insufficient_scope' },
  'form-expired': { status: 403, kind: 'form-expired', code: 'origin_mismatch' },
  'not-found': { status: 404, kind: 'not-found', code: 'not_found' },
  'too-large': { status: 413, kind: 'too-large', code: 'body_too_large', detail: 'The body is too large.' },
  'media-type': { status: 415, kind: 'bad-request', code: 'unsupported_media_type', detail: 'Send application/json.' },
  'not-text': {
    status: 400,
    problemStatus: 422,
    kind: 'bad-request',
    code: 'invalid_request',
    detail: NOT_TEXT,
    more: { errors: [{ path: '', message: NOT_TEXT }] },
  },
  'not-json': {
    status: 422,
    kind: 'bad-request',
    code: 'invalid_request',
    detail: NOT_JSON,
    more: { errors: [{ path: '', message: NOT_JSON }] },
  },
}

/** Maps a thrown error to an answer. Only an unexpected error is a 500. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refused) return failures[error.kind]
  if (isOutage(error)) return { status: 503, kind: 'unavailable', code: 'store_unavailable', detail: OUTCOME_UNKNOWN }
  return { status: 500, kind: 'server', code: 'server_error' }
}

/** Nothing was decided and a retry is safe. A missing key is an outage too, so that no account appears to have no factor. */
const isOutage = (error: unknown): boolean =>
  error instanceof StoreUnavailable ||
  error instanceof MountRefused ||
  error instanceof Busy ||
  error instanceof Unsealable ||
  error instanceof NotAttached ||
  isOutageOfTheLibrary(error)

/** The provider saves the session after the answer, where a failure does not reach its own error pages. */
const isOutageOfTheLibrary = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof StoreUnavailable
