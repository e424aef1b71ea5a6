/** The scopes of an authorization request. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider'

/** Otherwise a person signs in, and then the relying party gets `access_denied` as if that person had refused. @see RFC 6749 §3.3 */
export function requireScope({ oidc }: KoaContextWithOIDC): void {
  const { params, requestParamScopes: requested, requestParamOIDCScopes: known, resourceServers = {} } = oidc
  const isOfResource = Object.values(resourceServers).some(({ scopes }) =>
    [...requested].some((name) => scopes.has(name)),
  )
  if (known.size > 0 || isOfResource || params?.['authorization_details']) return
  // InvalidScope would add a scope, which is empty here.
  throw new errors.CustomOIDCProviderError('invalid_scope', 'no known scope is requested: OpenID Connect needs openid')
}
