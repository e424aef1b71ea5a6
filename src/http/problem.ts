/** Refusals of the management API: application/problem+json (RFC 9457) with a stable `code`. */
import type { Context } from 'koa'
import type { Refusal } from '../core/refusal.ts'
import type { Services } from './context.ts'
import { sayRetry } from './retryAfter.ts'

export interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
  readonly more?: Readonly<Record<string, unknown>>
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.code)
    this.problem = problem
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}

export function answerProblem(ctx: Context, { status, code, detail, headers, more }: Problem): void {
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  if (status === 503) sayRetry(ctx)
  for (const [name, value] of Object.entries(headers ?? {})) ctx.set(name, value)
  ctx.body = { type: 'about:blank', title: titles[status] ?? 'Error', status, code, detail, ...more }
  ctx.type = 'application/problem+json'
}

/** What the caller is told of a refusal of the core. */
export function problemOf(services: Services, refusal: Refusal): Problem {
  const problem = (status: number, code: string, detail: string, rest: Partial<Problem> = {}): Problem => ({
    status,
    code,
    detail,
    ...rest,
  })
  const retryAfter = (at: number) => ({ headers: { 'Retry-After': String(Math.max(1, at - services.clock.now())) } })
  switch (refusal.is) {
    case 'setup-incomplete':
      return problem(409, 'setup_incomplete', 'The account set-up was never completed, so there is nothing to reset.')
    case 'account-disabled':
      return problem(409, 'account_disabled', 'The account is disabled.')
    case 'password-too-new':
      return problem(
        409,
        'password_too_new',
        'A mailed link changed the password of this account within a day, so that password and mailed link would be one proof.',
        { ...retryAfter(refusal.until), more: { possible_from: new Date(refusal.until * 1000).toISOString() } },
      )
    case 'reset-not-found':
      return problem(404, 'reset_not_found', 'There is no such reset.')
    case 'reset-finished':
      return problem(409, 'reset_finished', 'This reset is completed, superseded or revoked.')
    case 'superseded-meanwhile':
      return problem(409, 'reset_superseded_meanwhile', 'Somebody reset this account meanwhile.', {
        more: {
          reset_id: refusal.resetId,
          requested_by: refusal.by,
          requested_at: new Date(refusal.at * 1000).toISOString(),
        },
      })
    case 'record-lost':
      return problem(
        409,
        'record_lost',
        'The record of this account is lost, and nothing counts without it. A reset repairs it.',
      )
    case 'already-enrolled':
      return problem(409, 'already_set_up', 'The account set-up is completed: reset it instead.')
    case 'idempotency-conflict':
      return problem(409, 'idempotency_conflict', 'This Idempotency-Key was used for another target or reason.')
    case 'too-many-resets':
      return problem(
        429,
        'too_many_resets',
        'Too many resets or invitations within an hour.',
        retryAfter(refusal.retryAt),
      )
    case 'paused':
      return problem(429, 'too_many_attempts', 'Too many wrong codes.', retryAfter(refusal.until))
    case 'locked':
      return problem(429, 'too_many_attempts', 'Your second factor is locked until an administrator resets it.', {
        headers: { 'Retry-After': '86400' },
      })
    case 'code-incorrect':
    case 'code-replayed':
      return problem(422, 'code_incorrect', 'That code is wrong or was already used.')
    case 'factor-too-new':
      return problem(
        403,
        'factor_too_new',
        'Your authenticator was set up too short a time ago to act on others.',
        retryAfter(refusal.until),
      )
    case 'proof-too-old':
      return stepUpRequired(services, 'Your second factor was proven too long ago.')
    case 'proof-too-weak':
      return stepUpRequired(services, 'A set-up or a backup code is no step-up.', 0)
    case 'proof-used':
      return stepUpRequired(services, 'Another act was done on the strength of this sign-in.', 0)
    case 'sign-in-over':
      return stepUpRequired(services, 'Something ended this sign-in.')
    case 'outbox-full':
      return problem(503, 'store_unavailable', 'Too much is waiting for this account. Try again later.')
    default:
      return stepUpRequired(services, 'The account has no working second factor.')
  }
}

/**
 * @param maxAge how old the next proof may be. Seconds. 0 where the one there is would be young enough and is of no use: a client that
 * asked with more would be answered by SSO, with the same proof, for ever.
 * @see RFC 9470 §3
 */
export function stepUpRequired(
  services: Services,
  detail: string,
  maxAge = services.rules.stepUpMaxAgeSeconds,
): Problem {
  const challenge =
    `Bearer error="insufficient_user_authentication", error_description="${detail}", ` +
    `acr_values="${services.twoFactorAcr}", max_age="${maxAge}"`
  return {
    status: 401,
    code: 'insufficient_user_authentication',
    detail,
    headers: { 'WWW-Authenticate': challenge },
  }
}

export const invalidToken: Problem = {
  status: 401,
  code: 'invalid_token',
  detail: 'The access token is missing, expired, revoked, or not meant for this API.',
  headers: { 'WWW-Authenticate': 'Bearer error="invalid_token", error_description="not a valid access token"' },
}

export const insufficientScope = (scope: string): Problem => ({
  status: 403,
  code: 'insufficient_scope',
  detail: `This needs the scope ${scope} and the role admin or helpdesk.`,
  headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
})
