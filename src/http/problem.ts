/** Refusals of the management API: application/problem+json (RFC 9457) with a stable `code`. */
import type { Context } from 'koa'
import type { Rules } from '../core/rules.ts'
import { sayRetry } from './retryAfter.ts'
import { metadataUrlOf } from './wellKnown.ts'

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

/** @param maxAge greatest age of the next proof. Seconds. @see RFC 9470 §3 */
export function stepUpRequired(
  services: { readonly rules: Rules; readonly twoFactorAcr: string },
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

/** @param presented whether the request has a token: without one the challenge names no error. @see RFC 6750 §3.1, RFC 9728 §5.1 */
export function invalidToken(
  { managementResource }: { readonly managementResource: string },
  presented: boolean,
): Problem {
  const error = presented ? 'error="invalid_token", error_description="not a valid access token", ' : ''
  return {
    status: 401,
    code: 'invalid_token',
    detail: 'The access token is missing, expired, revoked, or not meant for this API.',
    headers: { 'WWW-Authenticate': `Bearer ${error}resource_metadata="${metadataUrlOf(managementResource)}"` },
  }
}

export const insufficientScope = (scope: string): Problem => ({
  status: 403,
  code: 'insufficient_scope',
  detail: `This needs the scope ${scope} and the role admin or helpdesk.`,
  headers: {
    'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"`,
  },
})
