/**
 * What is said aloud: every refusal and every failure has its status, its page and, for the API, its problem here. The audit gets
 * the precise word; people get what helps them on, and an attacker nothing.
 */
import type { Context } from 'koa'
import type { Purpose } from '../core/link.ts'
import type { Refusal } from '../core/refusal.ts'
import { newId } from '../crypto/tokens.ts'
import { Busy, StoreUnavailable, Unsealable } from '../errors.ts'
import type { Services } from './context.ts'
import { languageOf, rememberLanguage, type Candidates } from './language.ts'
import { FORGOTTEN_PASSWORD_PATH } from './paths.ts'
import type { Pages } from './pages/locals.ts'
import type { Form } from './pages/pageMetadata.ts'
import type { Problem } from './problem.ts'
import { sayRetry } from './retryAfter.ts'
import { Refused, type RefusedKind } from './requestError.ts'
import type { Frame } from './pages/render.ts'

export type PageName = keyof Pages

/** Around a page: everything may be left out. */
export interface PageFrame extends Partial<Omit<Frame, 'language' | 'search'>>, Candidates {}

type ResponseServices = Pick<Services, 'views' | 'languages' | 'secure' | 'base'>

/** Answers with a page, never kept by anybody on the way. */
export function answer<K extends PageName>(
  services: ResponseServices,
  ctx: Context,
  status: number,
  name: K,
  page: Pages[K],
  { uiLocales = null, accountLocale = null, ...frame }: PageFrame = {},
): void {
  const language = languageOf(services, ctx, { uiLocales, accountLocale })
  rememberLanguage(services, ctx, language)
  ctx.status = status
  ctx.type = 'html'
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Language', language)
  ctx.vary('Accept-Language')
  ctx.vary('Cookie')
  ctx.body = services.views.page(name, { ...frame, language, search: ctx.querystring }, page)
}

type ErrorKind = Pages['error']['kind']

/** A failure as a page. The reference stands in the log too. */
export function answerError(
  services: ResponseServices & Pick<Services, 'clock'>,
  ctx: Context,
  status: number,
  kind: ErrorKind,
  detail: string | null = null,
  wayBack: Pages['error']['wayBack'] = null,
): void {
  if (status === 503) sayRetry(ctx)
  const reference = typeof ctx.state['requestId'] === 'string' ? ctx.state['requestId'] : newId()
  // Looking once more is safe; what was sent is sent again by the browser, if at all.
  const retryHref = status >= 500 && ctx.method === 'GET' ? `?${ctx.querystring}` : null
  answer(services, ctx, status, 'error', { kind, detail, reference, at: services.clock.now(), wayBack, retryHref })
}

interface Failure {
  readonly status: number
  readonly kind: ErrorKind
  /** `code` of the problem document. */
  readonly code: string
  /** `detail` of the problem document. Default: that something went wrong. */
  readonly detail?: string
  readonly more?: Problem['more']
}

const NOT_JSON = 'The body is not valid JSON.'
const OUTCOME_UNKNOWN = 'The outcome is unknown; it is safe to try again with the same Idempotency-Key and code.'

const failures: { readonly [K in RefusedKind]: Failure } = {
  'bad-request': { status: 400, kind: 'bad-request', code: 'invalid_request' },
  forbidden: { status: 403, kind: 'forbidden', code: 'origin_mismatch' },
  unauthorised: { status: 403, kind: 'unauthorised', code: 'insufficient_scope' },
  'form-expired': { status: 403, kind: 'forbidden', code: 'origin_mismatch' },
  'not-found': { status: 404, kind: 'not-found', code: 'not_found' },
  'too-large': { status: 413, kind: 'too-large', code: 'body_too_large', detail: 'The body is too large.' },
  'media-type': { status: 415, kind: 'bad-request', code: 'unsupported_media_type', detail: 'Send application/json.' },
  'not-json': {
    status: 422,
    kind: 'bad-request',
    code: 'invalid_request',
    detail: NOT_JSON,
    more: { errors: [{ path: '', message: NOT_JSON }] },
  },
}

/** What a thrown error means to the caller. Only what we cannot explain is a 500. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refused) return failures[error.kind]
  if (isOutage(error)) return { status: 503, kind: 'unavailable', code: 'store_unavailable', detail: OUTCOME_UNKNOWN }
  return { status: 500, kind: 'server', code: 'server_error' }
}

/** Nothing was decided and a retry is safe. A seal whose key is missing is an outage too: nobody is treated as not enrolled. */
const isOutage = (error: unknown): boolean =>
  error instanceof StoreUnavailable ||
  error instanceof Busy ||
  error instanceof Unsealable ||
  isOutageOfTheLibrary(error)

/** What its last act, saving the session of an answer already given, throws past its own pages. */
const isOutageOfTheLibrary = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof StoreUnavailable

/** Why a mailed link is dead, for its bearer. */
const deadLinks = {
  'link-expired': 'expired',
  'link-used': 'used',
  'link-replaced': 'replaced',
  'link-cancelled': 'cancelled',
} as const

/** The page for a refusal that ends what the person was doing. Wrong codes are not here: they keep their form. */
export function answerRefusal(
  services: Services,
  ctx: Context,
  refusal: Refusal,
  {
    startAgainHref = null,
    purpose = 'reset',
    renew = null,
    ...frame
  }: PageFrame & {
    readonly startAgainHref?: string | null
    readonly purpose?: Purpose
    readonly renew?: Form | null
  } = {},
): void {
  const page = <K extends PageName>(status: number, name: K, locals: Pages[K]): void =>
    answer(services, ctx, status, name, locals, frame)
  const dead = {
    purpose,
    signInHref: services.signInUrl,
    renew: null,
    againHref: purpose === 'password' ? FORGOTTEN_PASSWORD_PATH : null,
  }
  switch (refusal.is) {
    case 'link-expired':
    case 'link-used':
    case 'link-replaced':
    case 'link-cancelled':
      return page(410, 'dead-link', { ...dead, why: deadLinks[refusal.is], at: refusal.at, renew })
    case 'link-unknown':
      return page(404, 'dead-link', { ...dead, why: 'unknown', at: null })
    case 'set-up-elsewhere':
      return page(409, 'set-up-elsewhere', { signInHref: startAgainHref ?? services.signInUrl })
    case 'paused':
      ctx.set('Retry-After', String(Math.max(1, refusal.until - services.clock.now())))
      return page(429, 'paused', { until: refusal.until, startAgainHref })
    case 'locked':
      return page(403, 'paused', { until: null })
    case 'set-up-frozen':
      return page(403, 'door-closed', { why: 'frozen' })
    case 'set-up-expired':
      return page(403, 'door-closed', { why: 'expired' })
    case 'password-too-new':
      return page(403, 'door-closed', { why: 'password-too-new', from: refusal.until })
    case 'record-lost': {
      const reference = newId()
      services.onError(new Error(`second factor record missing, reference ${reference}`), 'checking a second factor')
      return page(403, 'unavailable', { reference })
    }
    case 'account-disabled':
      return page(409, 'interrupted', { startAgainHref: null, reason: 'disabled' })
    case 'proof-too-old':
      return page(410, 'interrupted', { startAgainHref, reason: 'expired' })
    case 'outbox-full':
      return answerError(services, ctx, 503, 'unavailable')
    default:
      return page(409, 'interrupted', { startAgainHref, reason: 'reset' })
  }
}
