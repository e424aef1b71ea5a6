/** Resource indicators: the management API and the resources of the host. @see RFC 8707 */
import { type Configuration, errors, type AccessToken, type ResourceServer, type TTLFunction } from 'oidc-provider'
import type { ClientTrust } from './clientTrust.ts'

export const managementResource = (baseUrl: string): string => `${baseUrl}/management/v1`

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>

export interface Management {
  readonly management: ResourceServer
  readonly trust: Pick<ClientTrust, 'scopesOf'>
}

export function resourceIndicators(
  { management, trust }: Management,
  host: ResourceIndicators | undefined,
): ResourceIndicators {
  return {
    ...host,
    enabled: true,
    // Without it a token request that names no resource gets a token for userinfo.
    useGrantedResource: host?.useGrantedResource ?? (() => true),
    getResourceServerInfo: (ctx, resource, client) =>
      resource === management.audience
        ? managementFor(trust.scopesOf(client.clientId), management)
        : (host?.getResourceServerInfo?.(ctx, resource, client) ?? unknownResource()),
  }
}

/** The management API with the scopes that the client is allow-listed for. */
function managementFor(allowed: ReadonlySet<string>, management: ResourceServer): ResourceServer {
  const scope = management.scope.split(' ').filter((word) => allowed.has(word))
  if (scope.length === 0) unknownResource()
  return { ...management, scope: scope.join(' ') }
}

function unknownResource(): never {
  throw new errors.InvalidTarget()
}

/** The lifetime of the resource comes first: else a host's fixed `ttl` would apply to the management API too. */
export function accessTokenSeconds({ ttl }: Configuration): TTLFunction<AccessToken> {
  const given = ttl?.AccessToken ?? 3600
  return (ctx, token, client) =>
    token.resourceServer?.accessTokenTTL ?? (typeof given === 'function' ? given(ctx, token, client) : given)
}
