/** Refusals of the management API: application/problem+json (RFC 9457) with a stable `code`. */
import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import type { TokenRefusal } from '../oidc/bearer.ts'
import { type Challenge, challengeOf, hasToken } from './challenge.ts'
import type { Services } from './context.ts'
import { sayRetry } from './retryAfter.ts'
import { metadataUrlOf } from './wellKnown.ts'

export interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
  readonly challenge?: Challenge & { readonly by: Services['bearer'] }
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

export function answerProblem(ctx: Context, { status, code, detail, headers, challenge, more }: Problem): void {
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  if (status === 503) sayRetry(ctx)
  for (const [name, value] of Object.entries(headers ?? {})) ctx.set(name, value)
  if (challenge) ctx.set('WWW-Authenticate', challengeOf(ctx.req, challenge, challenge.by))
  ctx.body = { type: 'about:blank', title: titles[status] ?? 'Error', status, code, detail, ...more }
  ctx.type = 'application/problem+json'
}

type Refusing = Pick<Services, 'bearer' | 'managementResource'>

/** @param maxAge greatest age of the next proof. Seconds. @see RFC 9470 §3 */
export function stepUpRequired(
  services: Refusing & Pick<Services, 'rules' | 'twoFactorAcr'>,
  detail: string,
  maxAge = services.rules.stepUpMaxAgeSeconds,
): Problem {
  const error = 'insufficient_user_authentication'
  const parameters = {
    error,
    error_description: detail,
    acr_values: services.twoFactorAcr,
    max_age: String(maxAge),
  }
  return { status: 401, code: error, detail, challenge: { parameters, by: services.bearer } }
}

/**
 * Without a token the challenge names no error. @see RFC 6750 §3.1, RFC 9728 §5.1
 *
 * @param refusal null: there is no token, or it has not the form of one
 */
export function invalidToken(
  { bearer, managementResource }: Refusing,
  req: IncomingMessage,
  refusal: TokenRefusal | null,
): Problem {
  const { error, why, scheme } = refusal ?? { error: 'invalid_token', why: 'not a valid access token' }
  const parameters = hasToken(req) ? { error, error_description: why } : null
  return {
    status: 401,
    code: 'invalid_token',
    detail: 'The access token is missing, expired, revoked, or not meant for this API.',
    challenge: { parameters, ...(scheme && { scheme }), metadataUrl: metadataUrlOf(managementResource), by: bearer },
  }
}

export const insufficientScope = ({ bearer }: Refusing, scope: string): Problem => ({
  status: 403,
  code: 'insufficient_scope',
  detail: `This needs the scope ${scope} and the role admin or helpdesk.`,
  challenge: { parameters: { error: 'insufficient_scope', scope }, by: bearer },
})
