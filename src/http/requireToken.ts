/** The guard for a host's own API: the person of a token, with a second factor that is recent enough. @see RFC 9470 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'koa'
import type { Principal, TokenRequirement } from '../oidc/bearer.ts'
import type { Services } from './context.ts'
import { inRequest } from '../store/requestDeadline.ts'
import { type Challenge, challengeOf, hasToken, presentedToken } from './challenge.ts'

/** Request and response of Node.js, or a Koa context, whose middleware goes on to see the answer. */
export type Exchange = readonly [req: IncomingMessage, res: ServerResponse] | readonly [ctx: Context]

/** The person of the token; null: refused, and already answered. */
export async function requireToken(
  services: Pick<Services, 'bearer' | 'clock' | 'issuer' | 'twoFactorAcr' | 'isTwoFactorAcr'>,
  exchange: Exchange,
  { resource, scope, maxAgeSeconds, baseUrl }: TokenRequirement,
): Promise<Principal | null> {
  const req = exchange.length === 1 ? exchange[0].req : exchange[0]
  const refuse = (status: number, challenge: Challenge): null => {
    answerWith(exchange, status, challengeOf(req, challenge, services.bearer))
    return null
  }
  const presented = presentedToken(req, (baseUrl ?? originOf(resource) ?? services.issuer) + pathOf(exchange))
  const verified = presented && (await inRequest(req, () => services.bearer.verify(presented, resource)))
  if (verified?.is !== 'person') {
    const { error = 'invalid_token', ...refusal } = verified?.is === 'refused' ? verified : {}
    return refuse(401, { ...refusal, parameters: hasToken(req) ? { error } : null })
  }
  const { principal } = verified
  if (!principal.scopes.has(scope)) return refuse(403, { parameters: { error: 'insufficient_scope', scope } })
  const age = principal.secondFactorAt === null ? Infinity : services.clock.now() - principal.secondFactorAt
  // A proof in the future would never become too old.
  if (services.isTwoFactorAcr(principal.acr) && age >= 0 && age <= (maxAgeSeconds ?? Infinity)) return principal
  const parameters = { error: 'insufficient_user_authentication', acr_values: services.twoFactorAcr }
  return refuse(401, {
    parameters: maxAgeSeconds === undefined ? parameters : { ...parameters, max_age: String(maxAgeSeconds) },
  })
}

const originOf = (resource: string): string | null => (/^https?:/i.test(resource) ? new URL(resource).origin : null)

/** What the client asked for: frameworks cut a prefix from `url` and keep the whole. */
function pathOf(exchange: Exchange): string {
  const [{ originalUrl, url }] = exchange as readonly [{ readonly originalUrl?: unknown; readonly url?: string }]
  return (typeof originalUrl === 'string' ? originalUrl : (url ?? '')).split(/[?#]/, 1)[0] ?? ''
}

function answerWith(exchange: Exchange, status: number, challenge: string): void {
  if (exchange.length === 1) {
    const [ctx] = exchange
    ctx.status = status
    ctx.set('WWW-Authenticate', challenge)
    ctx.body = ''
  } else exchange[1].writeHead(status, { 'WWW-Authenticate': challenge, 'Content-Length': 0 }).end()
}
