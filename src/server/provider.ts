/** The provider of the standalone server: features, lifetimes, and the resources that each client may introspect. */
import { type AdapterFactory, type Configuration as ProviderConfiguration, Provider } from 'oidc-provider'
import type { Rekey } from '../index.ts'
import { type ClientList, createClientList } from './clientList.ts'
import type { Configuration } from './configuration/configuration.ts'
import type { Secrets } from './secrets.ts'

type WithoutAdapter = Omit<ProviderConfiguration, 'adapter'> & { adapter?: AdapterFactory }

/** A session ends at this age of its sign-in, however often it is used. @see NIST SP 800-63B-4 §2.2.3 (24 h) */
const ageOf = (loginTs: number | undefined): number =>
  loginTs === undefined ? 0 : Math.floor(Date.now() / 1000) - loginTs

/** Longest life of a token that a client gets for itself: no reset ends it. The library's default. Seconds. */
const CLIENT_TOKEN_SECONDS = 600

/** @param clients those at work, asked at each request; default: those of the configuration */
export function createProvider(
  rekey: Rekey,
  configuration: Configuration,
  secrets: Secrets,
  clients: () => ClientList = fixed(createClientList(configuration, secrets)),
): Provider {
  const { issuer, ttl } = configuration
  const sessionSeconds = (loginTs: number | undefined): number => Math.max(1, ttl.sessionSeconds - ageOf(loginTs))
  const host: WithoutAdapter = {
    clients: clients().metadata(),
    responseTypes: ['code'],
    // Required by OpenID Connect Core §3.1.2.1; the library's search for it fails on a resume URL that names a client.
    allowOmittingSingleRegisteredRedirectUri: false,
    scopes: ['openid', 'offline_access'],
    claims: {
      profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
      roles: ['roles'],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    jwks: { keys: [...secrets.jwks.keys] },
    cookies: cookiesOf(issuer, secrets),
    // A single-page application calls from the origin of its redirect URI; a page in a WebView has an origin that is no such URI.
    clientBasedCORS: (_ctx, origin, client) =>
      isOriginOf(client.redirectUris ?? [], origin) || clients().mayCallFrom(client.clientId, origin),
    pkce: { required: (_ctx, client) => !clients().isExempt(client.clientId) },
    conformIdTokenClaims: false,
    ttl: {
      AccessToken: ttl.accessTokenSeconds,
      ClientCredentials: (_ctx, token) =>
        token.resourceServer?.accessTokenTTL ?? Math.min(ttl.accessTokenSeconds, CLIENT_TOKEN_SECONDS),
      AuthorizationCode: ttl.authorizationCodeSeconds,
      IdToken: ttl.idTokenSeconds,
      Interaction: ttl.interactionSeconds,
      RefreshToken: ttl.refreshTokenSeconds,
      Grant: ttl.refreshTokenSeconds,
      Session: (_ctx, session) => sessionSeconds(session.loginTs),
    },
    features: featuresOf(clients),
  }
  const provider = new Provider(issuer, rekey.configuration(host))
  provider.proxy = true
  return provider
}

function cookiesOf(issuer: string, secrets: Secrets): NonNullable<ProviderConfiguration['cookies']> {
  const isHttps = new URL(issuer).protocol === 'https:'
  return {
    keys: [...secrets.cookies],
    // The prefix prevents a sister domain from setting the session cookie; the others are scoped to their sign-in.
    names: {
      session: isHttps ? '__Host-rekey_session' : 'rekey_session',
      interaction: 'rekey_interaction',
      resume: 'rekey_resume',
    },
    long: { httpOnly: true, sameSite: 'lax', signed: true },
    short: { httpOnly: true, sameSite: 'lax', signed: true },
  }
}

const fixed = (list: ClientList) => () => list

function featuresOf(clients: () => ClientList): NonNullable<ProviderConfiguration['features']> {
  return {
    devInteractions: { enabled: false },
    // Each client is registered with its grant types: without this one it gets no token of its own.
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: false },
    dPoP: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => {
        if (token.clientId === client.clientId) return true
        const audience = 'aud' in token ? [token.aud].flat() : []
        return audience.some(
          (resource) => typeof resource === 'string' && clients().mayIntrospect(client.clientId, resource),
        )
      },
    },
    pushedAuthorizationRequests: { enabled: true },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
  }
}

/** A private-use scheme has the origin "null", as every sandboxed page. */
const isOriginOf = (uris: readonly string[], origin: string): boolean =>
  uris.some((uri) => /^https?:/.test(uri) && new URL(uri).origin === origin)
