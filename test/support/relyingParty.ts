/**
 * A relying party on openid-client, on another site than the issuer (127.0.0.1 is not localhost). It keeps tokens, refusals and logout
 * tokens. One serves every server of a run.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { BACK } from './browser.ts'
import type { TestServer } from './server.ts'

export type Tokens = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>

export type Answer =
  | { readonly is: 'signed-in'; readonly tokens: Tokens; readonly claims: oidc.IDToken }
  | { readonly is: 'refused'; readonly error: string }

/** One authorization request. */
export interface AuthorizationRequest {
  readonly url: string
  /** The result, after the callback. */
  readonly answer: Promise<Answer>
}

export interface Logout {
  readonly issuer: string
  readonly clientId: string
  readonly sid: unknown
  readonly sub: unknown
}

export interface Client {
  readonly configuration: () => Promise<oidc.Configuration>
  ask(parameters?: Record<string, string>): Promise<AuthorizationRequest>
  endSessionUrl(idToken: string): Promise<string>
}

export interface RelyingParty {
  readonly origin: string
  /** For the server's configuration file. */
  readonly clients: readonly object[]
  /** Valid logout tokens. */
  readonly logouts: readonly Logout[]
  /** `management`: first-party, may use the management API. `shop`: third-party. */
  at(server: TestServer, clientId: 'management' | 'shop'): Client
  close(): Promise<void>
}

const management = ['users:read', 'users:write', 'two-factor:read', 'two-factor:reset', 'audit:read']

export async function startRelyingParty(): Promise<RelyingParty> {
  const pending = new Map<string, (query: URL) => Promise<string>>()
  const logouts: Logout[] = []
  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const [status, body] = await route(request, url).catch((error: unknown) => [500, String(error)] as const)
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    response.end(`<!doctype html><title>${BACK}</title><link rel="icon" href="data:,"><h1>${BACK}</h1><p>${body}</p>`)
  }

  async function route(request: IncomingMessage, url: URL): Promise<readonly [number, string]> {
    if (request.method === 'POST') {
      logouts.push(await believe(String(new URLSearchParams(await text(request)).get('logout_token'))))
      return [200, '']
    }
    const dispatch = pending.get(url.searchParams.get('state') ?? '')
    return [200, dispatch ? await dispatch(url) : 'signed out']
  }

  /** @see OpenID Connect Back-Channel Logout 1.0 §2.6 */
  async function believe(token: string): Promise<Logout> {
    const { iss = '', aud, iat = 0 } = decodeJwt(token)
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${iss}/jwks`)), {
      issuer: iss,
      typ: 'logout+jwt',
      currentDate: new Date(iat * 1000),
      requiredClaims: ['jti', 'events'],
    })
    return { issuer: iss, clientId: String(aud), sid: payload['sid'], sub: payload.sub }
  }

  const client = (clientId: string, more: object): object => ({
    client_id: clientId,
    client_secret: `secret-of-${clientId}`,
    redirect_uris: [`${origin}/callback`],
    post_logout_redirect_uris: [`${origin}/signed-out`],
    grant_types: ['authorization_code', 'refresh_token'],
    ...more,
  })

  return {
    origin,
    clients: [
      client('management', {
        client_name: 'Helpdesk tool',
        first_party: true,
        management_scopes: management,
        backchannel_logout_uri: `${origin}/logout`,
      }),
      client('shop', { client_name: 'Somebody else’s shop' }),
    ],
    logouts,
    at(issuing, clientId) {
      let discovered: Promise<oidc.Configuration> | undefined
      async function configuration(): Promise<oidc.Configuration> {
        discovered ??= oidc.discovery(new URL(issuing.issuer), clientId, `secret-of-${clientId}`, undefined, {
          // oxlint-disable-next-line typescript/no-deprecated -- marked so to stand out; the server is on this machine
          execute: [oidc.allowInsecureRequests],
        })
        const found = await discovered
        // The server's clock is moved, and this client uses it.
        const skew = issuing.now() - Math.floor(Date.now() / 1000)
        const believing = new oidc.Configuration(found.serverMetadata(), clientId, {
          client_secret: `secret-of-${clientId}`,
          [oidc.clockSkew]: skew,
          [oidc.clockTolerance]: 5,
        })
        // oxlint-disable-next-line typescript/no-deprecated -- as above
        oidc.allowInsecureRequests(believing)
        return believing
      }
      return {
        configuration,
        async ask(parameters = {}) {
          const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
          const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()]
          const { resource } = parameters
          const url = oidc.buildAuthorizationUrl(await configuration(), {
            redirect_uri: `${origin}/callback`,
            scope: 'openid profile email',
            state: expectedState,
            nonce: expectedNonce,
            code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
            code_challenge_method: 'S256',
            ...parameters,
          })
          const answer = new Promise<Answer>((resolve) => {
            pending.set(expectedState, async (query) => {
              const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
              const got = await finish(await configuration(), query, checks, resource)
              resolve(got)
              return got.is
            })
          })
          return { url: url.href, answer }
        },
        async endSessionUrl(idToken) {
          const parameters = { id_token_hint: idToken, post_logout_redirect_uri: `${origin}/signed-out` }
          return oidc.buildEndSessionUrl(await configuration(), parameters).href
        },
      }
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function finish(
  configuration: oidc.Configuration,
  query: URL,
  checks: oidc.AuthorizationCodeGrantChecks,
  resource: string | undefined,
): Promise<Answer> {
  try {
    const tokens = await oidc.authorizationCodeGrant(configuration, query, checks, resource ? { resource } : {})
    const claims = tokens.claims()
    return claims ? { is: 'signed-in', tokens, claims } : { is: 'refused', error: 'no ID token' }
  } catch (error) {
    if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError)
      return { is: 'refused', error: error.error }
    return { is: 'refused', error: String(error) }
  }
}
