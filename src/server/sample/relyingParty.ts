/** The sample's OpenID Connect: its requests, the checks of answers and of logout tokens, on openid-client and jose. */
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { z } from 'zod'
import type { Clock } from '../../ports.ts'
import type { Client } from '../configuration/clients.ts'
import { isLoopback } from '../../options.ts'
import { createOutgoing } from '../../outgoing/outgoing.ts'
import { Refused } from './refused.ts'

/** Of the demonstration: to the issuer that the operator configured, on this machine or its network. */
const outgoing = createOutgoing({ allow: 'any', timeoutSeconds: 10 })

export interface RelyingPartyOptions {
  readonly issuer: string
  /** Confidential, with one redirect URI; its first post-logout URI is where a sign-out ends. */
  readonly client: Client
  /** The `acr` that means two factors. */
  readonly twoFactorAcr: string
  readonly clock: Clock
  /** Allows http to an issuer that is not on this machine. */
  readonly allowPlainHttp?: boolean
}

const user = z.object({ name: z.string(), roles: z.array(z.string()) })

/** The authorization requests, by the last part of the link's path. */
export const requests = {
  again: { label: 'Sign in again', does: 'Asks for nothing while you are signed in there.', parameters: {} },
  silent: {
    label: 'Sign in silently (prompt=none)',
    does: 'Shows no page, and fails if one is needed.',
    parameters: { prompt: 'none' },
  },
  'step-up': {
    label: 'Step up (two factors within 60 seconds)',
    does: 'For an act that needs a fresh proof.',
    parameters: { max_age: '60' },
  },
  password: {
    label: 'Sign in from the start (prompt=login)',
    does: 'Asks for the password and the second factor.',
    parameters: { prompt: 'login' },
  },
  offline: { label: 'Ask for offline access', does: 'Gets a refresh token.', parameters: { prompt: 'consent' } },
  management: {
    label: 'Access token for the management API',
    does: 'For people with the role admin or helpdesk.',
    parameters: {},
  },
} as const
export type RequestName = keyof typeof requests

/** Stored for a request until its answer arrives. */
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
  /** Of the access token, from the answer on. Seconds; null: the provider did not say. */
  readonly expiresIn: number | null
  /** Name and email, for people to read; null: not known. */
  readonly person: string | null
}

/** Who has a token of the management API, as that API knows them; without a role it answers nothing. */
export interface Owner {
  readonly name: string | null
  readonly roles: readonly string[]
}

export class RelyingParty {
  readonly #provider: () => Promise<oidc.Configuration>
  readonly #options: RelyingPartyOptions
  readonly #redirectUri: string
  /** The audience of the management API. */
  readonly #resource: string

  constructor(options: RelyingPartyOptions) {
    this.#options = options
    this.#provider = discovery(options)
    this.#redirectUri = options.client.redirect_uris[0] ?? ''
    this.#resource = `${options.issuer}/management/v1`
  }

  async begin(request: RequestName): Promise<{ url: string; pending: Pending }> {
    const verifier = oidc.randomPKCECodeVerifier()
    const pending = { request, state: oidc.randomState(), nonce: oidc.randomNonce(), verifier }
    const url = oidc.buildAuthorizationUrl(await this.#provider(), {
      redirect_uri: this.#redirectUri,
      scope: scopeOf(request, this.#options.client),
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...requests[request].parameters,
      ...(request === 'step-up' && { acr_values: this.#options.twoFactorAcr }),
      ...(request === 'management' && { resource: this.#resource }),
    })
    return { url: url.href, pending }
  }

  /** Throws `Refused` for what openid-client does not check, and the errors of openid-client. */
  async finish(query: string, { request, state, nonce, verifier }: Pending): Promise<SignedIn> {
    const maxAge = request === 'step-up' ? { maxAge: 60 } : {}
    const checks = {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
      ...maxAge,
    }
    const parameters: Record<string, string> = request === 'management' ? { resource: this.#resource } : {}
    const tokens = await oidc.authorizationCodeGrant(
      await this.#provider(),
      new URL(`${this.#redirectUri}${query}`),
      checks,
      parameters,
    )
    const claims = tokens.claims()
    if (!claims || !tokens.id_token) throw new Refused('The provider sent no ID token.')
    // No library compares acr: a step-up answered by a weaker sign-in would be accepted.
    if (request === 'step-up' && claims.acr !== this.#options.twoFactorAcr)
      throw new Refused('The sign-in was weaker than asked for.')
    return {
      claims,
      idToken: tokens.id_token,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? null,
      expiresIn: tokens.expires_in ?? null,
      person: null,
    }
  }

  async refresh(signedIn: SignedIn): Promise<SignedIn> {
    const tokens = await oidc.refreshTokenGrant(await this.#provider(), signedIn.refreshToken ?? '')
    const refreshToken = tokens.refresh_token ?? signedIn.refreshToken
    const idToken = tokens.id_token ?? signedIn.idToken
    const [claims, expiresIn] = [tokens.claims() ?? signedIn.claims, tokens.expires_in ?? null]
    return { ...signedIn, claims, idToken, accessToken: tokens.access_token, refreshToken, expiresIn }
  }

  async userinfo({ accessToken, claims }: SignedIn): Promise<Record<string, unknown>> {
    return oidc.fetchUserInfo(await this.#provider(), accessToken, claims.sub)
  }

  /** null: the provider did not say. */
  async personOf(signedIn: SignedIn): Promise<string | null> {
    const { name, email } = await this.userinfo(signedIn).catch((): Record<string, unknown> => ({}))
    const known = [name, email].filter((item) => typeof item === 'string')
    return known.length > 0 ? known.join(', ') : null
  }

  /** Asks the management API with the token. null: its answer says nothing of a role. */
  async ownerOf({ accessToken, claims }: SignedIn): Promise<Owner | null> {
    const answer = await outgoing(`${this.#resource}/users/${encodeURIComponent(claims.sub)}`, {
      headers: { Authorization: `Bearer ${accessToken}` },
    }).catch(() => null)
    if (answer?.status === 403) return { name: null, roles: [] }
    const found = answer?.status === 200 ? user.safeParse(await answer.json().catch(() => null)) : null
    return found?.success ? found.data : null
  }

  async endSession(idToken: string): Promise<string> {
    const back = this.#options.client.post_logout_redirect_uris[0]
    const parameters = { id_token_hint: idToken, ...(back && { post_logout_redirect_uri: back }) }
    return oidc.buildEndSessionUrl(await this.#provider(), parameters).href
  }

  /** The session that the provider ended. Throws for an invalid token. @see OpenID Connect Back-Channel Logout 1.0 §2.6 */
  async readLogoutToken(token: string): Promise<{ sid: string | null; sub: string | null; jti: string }> {
    const { jwks_uri } = (await this.#provider()).serverMetadata()
    const { payload } = await jwtVerify(
      token,
      createRemoteJWKSet(new URL(jwks_uri ?? ''), { [customFetch]: outgoing }),
      {
        issuer: this.#options.issuer,
        audience: this.#options.client.client_id,
        typ: 'logout+jwt',
        requiredClaims: ['iat', 'jti', 'events'],
        currentDate: new Date(this.#options.clock.now() * 1000),
        clockTolerance: 5,
      },
    )
    const { events, sid, sub, jti } = payload
    const isLogout =
      typeof events === 'object' && events !== null && 'http://schemas.openid.net/event/backchannel-logout' in events
    const named = typeof sid === 'string' || typeof sub === 'string'
    if (!isLogout || !named || 'nonce' in payload) throw new Refused('That is no logout token.')
    return { sid: typeof sid === 'string' ? sid : null, sub: sub ?? null, jti: jti ?? '' }
  }
}

/** Discovers the provider at the first call, so that it may start after the sample. */
function discovery({
  issuer,
  client,
  clock,
  allowPlainHttp = false,
}: RelyingPartyOptions): () => Promise<oidc.Configuration> {
  const plain = new URL(issuer).protocol === 'http:' && (isLoopback(new URL(issuer).hostname) || allowPlainHttp)
  // oxlint-disable-next-line typescript/no-deprecated -- marked so to stand out; for loopback, or when it was configured
  const execute = plain ? [oidc.allowInsecureRequests] : []
  let metadata: oidc.ServerMetadata | null = null
  return async () => {
    metadata ??= (
      await oidc.discovery(new URL(issuer), client.client_id, undefined, undefined, {
        execute,
        [oidc.customFetch]: outgoing as oidc.CustomFetch,
      })
    ).serverMetadata()
    // The library uses the time of the machine; the clock may differ.
    const skew = clock.now() - Math.floor(Date.now() / 1000)
    const own = { client_secret: client.client_secret ?? '', [oidc.clockSkew]: skew, [oidc.clockTolerance]: 5 }
    const found = new oidc.Configuration(metadata, client.client_id, own, oidc.ClientSecretBasic(client.client_secret))
    found[oidc.customFetch] = outgoing as oidc.CustomFetch
    // oxlint-disable-next-line typescript/no-deprecated -- as above
    if (plain) oidc.allowInsecureRequests(found)
    return found
  }
}

function scopeOf(request: RequestName, client: Client): string {
  const more = { offline: ['offline_access'], management: client.management_scopes }
  return [
    'openid',
    'profile',
    'email',
    ...(request === 'offline' || request === 'management' ? more[request] : []),
  ].join(' ')
}
