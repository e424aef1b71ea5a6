/** The guard for a host's own API: the person of a token, with a second factor that is recent enough. @see RFC 9470 */
import type { Context } from 'koa'
import type { Principal, TokenRequirement } from '../oidc/bearer.ts'
import type { Services } from './context.ts'
import { bearerToken } from './body.ts'

/** The person of the token; null: refused, and already answered. */
export async function requireToken(
  services: Pick<Services, 'bearer' | 'clock' | 'twoFactorAcr'>,
  ctx: Context,
  { resource, scope, maxAgeSeconds }: TokenRequirement,
): Promise<Principal | null> {
  const refuse = (status: number, challenge: string): null => {
    ctx.status = status
    ctx.set('WWW-Authenticate', `Bearer ${challenge}`)
    ctx.body = ''
    return null
  }
  const token = bearerToken(ctx)
  const principal = token ? await services.bearer.principal(token, resource) : null
  if (!principal) return refuse(401, 'error="invalid_token"')
  if (!principal.scopes.has(scope)) return refuse(403, `error="insufficient_scope", scope="${scope}"`)
  const age = principal.secondFactorAt === null ? Infinity : services.clock.now() - principal.secondFactorAt
  // A proof in the future would never become too old.
  if (principal.acr === services.twoFactorAcr && age >= 0 && age <= (maxAgeSeconds ?? Infinity)) return principal
  const wanted = maxAgeSeconds === undefined ? '' : `, max_age="${maxAgeSeconds}"`
  return refuse(401, `error="insufficient_user_authentication", acr_values="${services.twoFactorAcr}"${wanted}`)
}
