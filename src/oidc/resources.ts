/** Protected resources that access tokens are for: the management API and those of the host. @see RFC 8707 */
import { type Configuration, errors, type AccessToken, type ResourceServer, type TTLFunction } from 'oidc-provider'
import type { ClientTrust } from './clientTrust.ts'

export const managementResource = (issuer: string): string => `${issuer}/management/v1`

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>

export interface Management {
  readonly issuer: string
  /** The management API's scopes and the lifetime of its tokens. */
  readonly management: ResourceServer
  readonly trust: Pick<ClientTrust, 'scopesOf'>
}

export function resourceIndicators(
  { issuer, management, trust }: Management,
  host: ResourceIndicators | undefined,
): ResourceIndicators {
  return {
    ...host,
    enabled: true,
    // Without it a token request that names no resource would quietly get a token for userinfo instead.
    useGrantedResource: host?.useGrantedResource ?? (() => true),
    getResourceServerInfo: (ctx, resource, client) =>
      resource === managementResource(issuer)
        ? managementFor(trust.scopesOf(client.clientId), management)
        : (host?.getResourceServerInfo?.(ctx, resource, client) ?? unknownResource()),
  }
}

/** A client may be given the scopes it is allow-listed for, no others. */
function managementFor(allowed: ReadonlySet<string>, management: ResourceServer): ResourceServer {
  const scope = management.scope.split(' ').filter((word) => allowed.has(word))
  if (scope.length === 0) unknownResource()
  return { ...management, scope: scope.join(' ') }
}

function unknownResource(): never {
  throw new errors.InvalidTarget()
}

/** What a resource says of its own tokens comes first: a host's fixed lifetime would silently apply to ours too. */
export function accessTokenSeconds({ ttl }: Configuration): TTLFunction<AccessToken> {
  const given = ttl?.AccessToken ?? 3600
  return (ctx, token, client) =>
    token.resourceServer?.accessTokenTTL ?? (typeof given === 'function' ? given(ctx, token, client) : given)
}
