/** The first-party clients: the console and the own account. Secrets are derived: every process knows them, and no file does. */
import type { ClientMetadata, Configuration } from 'oidc-provider'
import type { App, ClientIds } from '../ports.ts'

/** In English, as every `client_name`. The pages of other languages translate them. */
export const firstPartyNames = { admin: 'Console', account: 'Your security' } as const satisfies Record<App, string>

export const firstPartyClientId = (ids: ClientIds, app: App): string => ids[app === 'admin' ? 'console' : app]

export interface FirstPartyClientOptions {
  readonly issuer: string
  /** URL below which their addresses are. */
  readonly baseUrl: string
  readonly clientIds: ClientIds
  readonly secretOf: (clientId: string) => string
  /** What the host's configuration leaves them to choose from. */
  readonly methods: () => FirstPartyMethods
  /** Those that this configuration leaves open. */
  readonly openApps: () => readonly App[]
}

/** How our own clients authenticate, and how ID tokens for them are signed. */
export interface FirstPartyMethods {
  readonly authentication: 'client_secret_basic' | 'client_secret_post' | 'none'
  readonly idTokenAlgorithm: string
}

/** Methods of authentication in the order of preference. */
const authentications = ['client_secret_basic', 'client_secret_post', 'none'] as const
/** The library's own default. 9.13.3 */
const defaultAlgorithms: readonly string[] = ['RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA']
const algorithmsOf: Readonly<Record<string, readonly string[]>> = {
  RSA: ['RS256', 'PS256', 'RS384', 'PS384', 'RS512', 'PS512'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['Ed25519', 'EdDSA'],
}

/** The first way that this configuration allows; null: it allows none, so the console and the own account are closed. */
export function firstPartyMethods(host: Configuration): FirstPartyMethods | null {
  const allowed: readonly string[] = [...(host.clientAuthMethods ?? authentications)]
  const authentication = authentications.find((method) => allowed.includes(method))
  const idTokenAlgorithm = signingAlgorithm(host)
  const hasCode = host.responseTypes?.includes('code') ?? true
  return authentication && idTokenAlgorithm && hasCode ? { authentication, idTokenAlgorithm } : null
}

/** RS256 where a key can, since that is what libraries expect. Without keys the library makes an RSA key of its own. */
function signingAlgorithm({ jwks, enabledJWA }: Configuration): string | undefined {
  const enabled: readonly string[] = enabledJWA?.idTokenSigningAlgValues ?? defaultAlgorithms
  const keys = (jwks?.keys ?? [{ kty: 'RSA' }]) as readonly Readonly<Record<string, unknown>>[]
  const possible = keys
    .filter(({ use }) => use !== 'enc')
    .flatMap(({ kty, crv, alg }) =>
      typeof alg === 'string' ? [alg] : (algorithmsOf[kty === 'RSA' ? 'RSA' : String(crv)] ?? []),
    )
  return ['RS256', ...enabled].find((algorithm) => enabled.includes(algorithm) && possible.includes(algorithm))
}

/** A host's rules for its clients' metadata are not for ours. */
export function firstPartyMetadata(
  { clientIds, secretOf, openApps }: FirstPartyClientOptions,
  { extraClientMetadata }: Configuration,
): Pick<Configuration, 'extraClientMetadata'> {
  const validator = extraClientMetadata?.validator
  if (!extraClientMetadata || !validator) return {}
  const isOwn = (metadata: ClientMetadata): boolean =>
    openApps().some((app) => secretOf(firstPartyClientId(clientIds, app)) === metadata.client_secret)
  return {
    extraClientMetadata: {
      ...extraClientMetadata,
      validator: (ctx, key, value, metadata) => (isOwn(metadata) ? undefined : validator(ctx, key, value, metadata)),
    },
  }
}

export const firstPartyClient = ({ baseUrl, clientIds, secretOf, methods }: FirstPartyClientOptions, app: App) => ({
  client_id: firstPartyClientId(clientIds, app),
  client_secret: secretOf(firstPartyClientId(clientIds, app)),
  // Not that of the service, which people would be asked to continue to while they are there.
  client_name: firstPartyNames[app],
  client_uri: `${baseUrl}/${app}`,
  redirect_uris: [`${baseUrl}/${app}/callback`],
  post_logout_redirect_uris: [`${baseUrl}/${app}/signed-out`],
  grant_types: ['authorization_code'],
  response_types: ['code' as const],
  token_endpoint_auth_method: methods().authentication,
  id_token_signed_response_alg: methods().idTokenAlgorithm as 'RS256',
  first_party: true,
})

/** @throws TypeError when a host's client has the id of one of ours */
export function withFirstPartyClients(
  options: FirstPartyClientOptions,
  theirs: readonly ClientMetadata[] = [],
): ClientMetadata[] {
  const ours = options.openApps().map((app) => firstPartyClient(options, app))
  const taken = theirs.find((client) => ours.some(({ client_id }) => client_id === client.client_id))
  if (taken) {
    const id = JSON.stringify(taken.client_id)
    throw new TypeError(
      `clients: ${id} is the id of an application of oidc-rekey: rename yours, set clientIds, or leave ours out with apps: []`,
    )
  }
  return [...theirs, ...ours]
}
