/**
 * The sample's side of OpenID Connect, on openid-client and jose: what it may ask for, how it checks the answer, how it believes
 * a logout token. The provider is discovered at first use, so it may start later than the sample.
 */
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import type { Clock } from '../../ports.ts'
import type { Client } from '../configuration/clients.ts'
import { isLoopback } from '../../options.ts'

export interface RelyingPartyOptions {
  readonly issuer: string
  /** Confidential, with one redirect URI; its first post-logout URI is where a sign-out ends. */
  readonly client: Client
  /** The `acr` that means two factors. */
  readonly twoFactorAcr: string
  readonly clock: Clock
  /** Http to an issuer that is not on this machine. */
  readonly allowPlainHttp?: boolean
}

/** The ways to ask, by the last part of the link's path. */
export const requests = {
  again: { label: 'Sign in again', parameters: {} },
  silent: { label: 'Sign in silently (prompt=none)', parameters: { prompt: 'none' } },
  'step-up': { label: 'Step up (two factors within 60 seconds)', parameters: { max_age: '60' } },
  password: { label: 'Sign in from the start (prompt=login)', parameters: { prompt: 'login' } },
  offline: { label: 'Ask for offline access', parameters: { prompt: 'consent' } },
  management: { label: 'Access token for the management API', parameters: {} },
} as const
export type RequestName = keyof typeof requests

/** What must be remembered of a request until its answer comes. */
export interface Pending {
  readonly request: RequestName
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface SignedIn {
  readonly claims: oidc.IDToken
  readonly idToken: string
  readonly accessToken: string
  readonly refreshToken: string | null
}

/** A refusal in words for the page. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

export function createRelyingParty({
  issuer,
  client,
  twoFactorAcr,
  clock,
  allowPlainHttp = false,
}: RelyingPartyOptions) {
  const redirectUri = client.redirect_uris[0] ?? ''
  const resource = `${issuer}/management/v1`
  const plain = new URL(issuer).protocol === 'http:' && (isLoopback(new URL(issuer).hostname) || allowPlainHttp)
  let metadata: oidc.ServerMetadata | null = null

  /** With the provider's metadata from the first answer on, and the difference of our clock to the machine's. */
  async function provider(): Promise<oidc.Configuration> {
    metadata ??= (await discover()).serverMetadata()
    const skew = clock.now() - Math.floor(Date.now() / 1000)
    const ours = { client_secret: client.client_secret ?? '', [oidc.clockSkew]: skew, [oidc.clockTolerance]: 5 }
    const found = new oidc.Configuration(metadata, client.client_id, ours, oidc.ClientSecretBasic(client.client_secret))
    // oxlint-disable-next-line typescript/no-deprecated -- marked so to stand out; for loopback, or when it was confessed
    if (plain) oidc.allowInsecureRequests(found)
    return found
  }

  async function discover(): Promise<oidc.Configuration> {
    // oxlint-disable-next-line typescript/no-deprecated -- as above; the library looks for this very function
    const execute = plain ? [oidc.allowInsecureRequests] : []
    return oidc.discovery(new URL(issuer), client.client_id, undefined, undefined, { execute })
  }

  const scopeOf = (request: RequestName): string => {
    const more = { offline: ['offline_access'], management: client.management_scopes }
    return [
      'openid',
      'profile',
      'email',
      ...(request === 'offline' || request === 'management' ? more[request] : []),
    ].join(' ')
  }

  return {
    async begin(request: RequestName): Promise<{ url: string; pending: Pending }> {
      const verifier = oidc.randomPKCECodeVerifier()
      const pending = { request, state: oidc.randomState(), nonce: oidc.randomNonce(), verifier }
      const url = oidc.buildAuthorizationUrl(await provider(), {
        redirect_uri: redirectUri,
        scope: scopeOf(request),
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...requests[request].parameters,
        ...(request === 'step-up' && { acr_values: twoFactorAcr }),
        ...(request === 'management' && { resource }),
      })
      return { url: url.href, pending }
    },

    /** Throws `Refused` for what openid-client would let pass, and openid-client's own errors. */
    async finish(query: string, { request, state, nonce, verifier }: Pending): Promise<SignedIn> {
      const maxAge = request === 'step-up' ? { maxAge: 60 } : {}
      const checks = {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
        ...maxAge,
      }
      const parameters: Record<string, string> = request === 'management' ? { resource } : {}
      const tokens = await oidc.authorizationCodeGrant(
        await provider(),
        new URL(`${redirectUri}${query}`),
        checks,
        parameters,
      )
      const claims = tokens.claims()
      if (!claims || !tokens.id_token) throw new Refused('The provider sent no ID token.')
      // No library compares acr for the application: a step-up answered with less would go unnoticed.
      if (request === 'step-up' && claims.acr !== twoFactorAcr)
        throw new Refused('The sign-in was weaker than asked for.')
      return {
        claims,
        idToken: tokens.id_token,
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token ?? null,
      }
    },

    async refresh(signedIn: SignedIn): Promise<SignedIn> {
      const tokens = await oidc.refreshTokenGrant(await provider(), signedIn.refreshToken ?? '')
      const refreshToken = tokens.refresh_token ?? signedIn.refreshToken
      const idToken = tokens.id_token ?? signedIn.idToken
      return { claims: tokens.claims() ?? signedIn.claims, idToken, accessToken: tokens.access_token, refreshToken }
    },

    async userinfo({ accessToken, claims }: SignedIn): Promise<Record<string, unknown>> {
      return oidc.fetchUserInfo(await provider(), accessToken, claims.sub)
    },

    async endSession(idToken: string): Promise<string> {
      const back = client.post_logout_redirect_uris[0]
      const parameters = { id_token_hint: idToken, ...(back && { post_logout_redirect_uri: back }) }
      return oidc.buildEndSessionUrl(await provider(), parameters).href
    },

    /** Whose session the provider has ended. @see OpenID Connect Back-Channel Logout 1.0 §2.6. Throws when it is not true. */
    async believeLogout(token: string): Promise<{ sid: string | null; sub: string | null; jti: string }> {
      const { jwks_uri } = (await provider()).serverMetadata()
      const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri ?? '')), {
        issuer,
        audience: client.client_id,
        typ: 'logout+jwt',
        requiredClaims: ['iat', 'jti', 'events'],
        currentDate: new Date(clock.now() * 1000),
        clockTolerance: 5,
      })
      const { events, sid, sub, jti } = payload
      const isLogout =
        typeof events === 'object' && events !== null && 'http://schemas.openid.net/event/backchannel-logout' in events
      const named = typeof sid === 'string' || typeof sub === 'string'
      if (!isLogout || !named || 'nonce' in payload) throw new Refused('That is no logout token.')
      return { sid: typeof sid === 'string' ? sid : null, sub: sub ?? null, jti: jti ?? '' }
    },
  }
}

const explanations: Record<string, string> = {
  login_required: 'nobody is signed in there, or not recently enough.',
  interaction_required: 'the person is signed in there but has something to do first.',
  consent_required: 'the person has not yet allowed this application that.',
  access_denied: 'the person, or the provider, said no.',
  unmet_authentication_requirements: 'the sign-in asked for cannot be had.',
  temporarily_unavailable: 'it cannot do that right now; try again.',
}

/** What went wrong, for a person: the provider's own word and ours for it. Never a token. */
export function explain(error: unknown): string {
  if (error instanceof Refused) return error.message
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
    const why = explanations[error.error] ?? error.error_description ?? 'it gave no reason.'
    return `The provider answered ${error.error}: ${why}`
  }
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return `The provider did not answer as it should${code}. Try again.`
}
