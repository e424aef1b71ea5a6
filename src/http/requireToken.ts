/** The guard for a host's own API: the person of a token, with a second factor that is recent enough. @see RFC 9470 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'koa'
import type { Principal, TokenRequirement } from '../oidc/bearer.ts'
import type { Services } from './context.ts'
import { bearerToken, presentsToken } from './body.ts'

/** Request and response of Node.js, or a Koa context, whose middleware goes on to see the answer. */
export type Exchange = readonly [req: IncomingMessage, res: ServerResponse] | readonly [ctx: Context]

/** The person of the token; null: refused, and already answered. */
export async function requireToken(
  services: Pick<Services, 'bearer' | 'clock' | 'twoFactorAcr' | 'isTwoFactorAcr'>,
  exchange: Exchange,
  { resource, scope, maxAgeSeconds }: TokenRequirement,
): Promise<Principal | null> {
  const refuse = (status: number, challenge: string): null => {
    answerWith(exchange, status, `Bearer ${challenge}`.trimEnd())
    return null
  }
  const req = exchange.length === 1 ? exchange[0].req : exchange[0]
  const token = bearerToken(req)
  const principal = token ? await services.bearer.principal(token, resource) : null
  // Without a token the challenge names no error. @see RFC 6750 §3.1
  if (!principal) return refuse(401, presentsToken(req) ? 'error="invalid_token"' : '')
  if (!principal.scopes.has(scope)) return refuse(403, `error="insufficient_scope", scope="${scope}"`)
  const age = principal.secondFactorAt === null ? Infinity : services.clock.now() - principal.secondFactorAt
  // A proof in the future would never become too old.
  if (services.isTwoFactorAcr(principal.acr) && age >= 0 && age <= (maxAgeSeconds ?? Infinity)) return principal
  const wanted = maxAgeSeconds === undefined ? '' : `, max_age="${maxAgeSeconds}"`
  return refuse(401, `error="insufficient_user_authentication", acr_values="${services.twoFactorAcr}"${wanted}`)
}

function answerWith(exchange: Exchange, status: number, challenge: string): void {
  if (exchange.length === 1) {
    const [ctx] = exchange
    ctx.status = status
    ctx.set('WWW-Authenticate', challenge)
    ctx.body = ''
  } else exchange[1].writeHead(status, { 'WWW-Authenticate': challenge, 'Content-Length': 0 }).end()
}
