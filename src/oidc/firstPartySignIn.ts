/**
 * Sign-in of the console and the own account: code flow with PKCE, state, nonce and `iss` by openid-client, as in any application, but
 * without a socket. A web session ends with the session at the provider.
 */
import type { Response as InjectedResponse } from 'light-my-request'
import type * as openid from 'openid-client'
import type { RequestListener } from 'node:http'
import type { Provider } from 'oidc-provider'
import type { App } from '../ports.ts'
import { firstPartyClient, type FirstPartyClientOptions, type FirstPartyMethods } from './firstPartyClients.ts'
import { StoreUnavailable } from '../errors.ts'
import { inCheck } from './readScope.ts'
import { stampOf } from './stamp.ts'

/** Values that the browser keeps between request and response. */
export interface Begun {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** A live session at the provider whose second factor was proven. */
export interface OwnSession {
  readonly uid: string
  readonly accountId: string
  readonly epoch: number
  readonly secondFactorAt: number
}

export type Finished =
  | { readonly is: 'signed-in'; readonly session: OwnSession }
  /** `error` as OpenID Connect names it. */
  | { readonly is: 'refused'; readonly error: string }
  /** Signed in at the provider, and not admitted to this app. */
  | { readonly is: 'unauthorised'; readonly session: OwnSession; readonly clientId: string }

export interface AuthorizationResponse {
  readonly query: string
  readonly begun: Begun
}

export interface FirstPartySignIns {
  begin(app: App, parameters?: Readonly<Record<string, string>>): Promise<{ url: string; begun: Begun }>
  /** @param response `query`: of the redirect URI in the browser's request */
  finish(
    app: App,
    response: AuthorizationResponse,
    isAdmitted: (accountId: string) => Promise<boolean>,
  ): Promise<Finished>
  /** null: it ended, by sign-out, reset or age. `onAccount`: called as soon as its account is known, before it is verified. */
  find(uid: string, onAccount: (accountId: string) => void): Promise<OwnSession | null>
  endpoints(): { readonly authorizationUrl: string; readonly tokenUrl: string }
  /** URL that begins RP-initiated logout. */
  endUrl(app: App): string
}

export interface FirstPartySignInOptions extends FirstPartyClientOptions {
  readonly provider: () => Provider
  /** URL of a route of the provider. */
  readonly urlFor: (route: string) => string
  readonly mountPath: string
  readonly twoFactorAcr: string
}

export function createFirstPartySignIns(options: FirstPartySignInOptions): FirstPartySignIns {
  const { urlFor } = options
  return {
    begin: (app, parameters = {}) => begin(options, app, parameters),
    finish: (app, response, isAdmitted) => finish(options, app, { ...response, isAdmitted }),
    find: (uid, onAccount) =>
      inCheck({ onRow: ({ accountId }) => void (accountId && onAccount(accountId)) }, () =>
        find(options.provider(), uid),
      ),
    endpoints: () => ({ authorizationUrl: urlFor('authorization'), tokenUrl: urlFor('token') }),
    endUrl(app) {
      const { client_id, post_logout_redirect_uris: back } = firstPartyClient(options, app)
      const query = new URLSearchParams({ client_id, post_logout_redirect_uri: back[0] ?? '' })
      return `${urlFor('end_session')}?${query.toString()}`
    },
  }
}

type Library = typeof openid

/** Loaded at the first sign-in of the console or the own account: most processes of a large installation see none for days. */
const loaded = (): Promise<Library> => import('openid-client')

function relyingParty(library: Library, options: FirstPartySignInOptions, app: App): openid.Configuration {
  const { issuer, provider, urlFor, mountPath } = options
  const { client_id: id, client_secret: secret, ...client } = firstPartyClient(options, app)
  const metadata = {
    issuer,
    authorization_endpoint: urlFor('authorization'),
    token_endpoint: urlFor('token'),
    authorization_response_iss_parameter_supported: true,
  }
  const { id_token_signed_response_alg, token_endpoint_auth_method: method } = client
  const own = { client_secret: secret, id_token_signed_response_alg }
  const configuration = new library.Configuration(metadata, id, own, authenticationBy(library, method)(secret))
  configuration[library.customFetch] = withoutSocket({ issuer, mountPath }, () => provider().callback())
  // oxlint-disable-next-line typescript/no-deprecated -- marked so to stand out; nothing travels, whatever the issuer's scheme
  library.allowInsecureRequests(configuration)
  return configuration
}

function authenticationBy(
  { ClientSecretBasic, ClientSecretPost, None }: Library,
  method: FirstPartyMethods['authentication'],
): (secret: string) => openid.ClientAuth {
  return { client_secret_basic: ClientSecretBasic, client_secret_post: ClientSecretPost, none: None }[method]
}

async function begin(
  options: FirstPartySignInOptions,
  app: App,
  parameters: Readonly<Record<string, string>>,
): Promise<{ url: string; begun: Begun }> {
  const library = await loaded()
  const verifier = library.randomPKCECodeVerifier()
  const begun = { state: library.randomState(), nonce: library.randomNonce(), verifier }
  const url = library.buildAuthorizationUrl(relyingParty(library, options, app), {
    redirect_uri: firstPartyClient(options, app).redirect_uris[0] ?? '',
    scope: 'openid',
    acr_values: options.twoFactorAcr,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await library.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  return { url: url.href, begun }
}

async function finish(
  options: FirstPartySignInOptions,
  app: App,
  {
    query,
    begun: { state, nonce, verifier },
    isAdmitted,
  }: AuthorizationResponse & { readonly isAdmitted: (accountId: string) => Promise<boolean> },
): Promise<Finished> {
  const library = await loaded()
  const provider = options.provider()
  const back = new URL(`${firstPartyClient(options, app).redirect_uris[0]}${query}`)
  const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
  try {
    const tokens = await library.authorizationCodeGrant(relyingParty(library, options, app), back, checks)
    const token = await provider.AccessToken.find(tokens.access_token)
    // Only the session is needed, so the token does not stay valid.
    await token?.destroy()
    const session = token?.sessionUid ? await find(provider, token.sessionUid) : null
    // openid-client does not compare `acr` with the requested one.
    if (!session || tokens.claims()?.acr !== options.twoFactorAcr) return { is: 'refused', error: 'login_required' }
    if (!(await isAdmitted(session.accountId))) {
      // A first-party app needs no consent, so the grant would remain for a person whom the app does not serve.
      const grant = token?.grantId ? await provider.Grant.find(token.grantId) : undefined
      await grant?.destroy()
      return { is: 'unauthorised', session, clientId: firstPartyClient(options, app).client_id }
    }
    return { is: 'signed-in', session }
  } catch (error) {
    return { is: 'refused', error: errorOf(library, error) }
  }
}

/** The OAuth error of a refusal. @throws errors of any other kind: an outage, a bug */
function errorOf({ AuthorizationResponseError, ResponseBodyError, ClientError }: Library, error: unknown): string {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) return error.error
  const outage = error instanceof Error && error.cause
  if (outage instanceof StoreUnavailable) throw outage
  // The response answers no request of this browser: a stale tab, or a forgery.
  if (error instanceof ClientError) return 'invalid_response'
  throw error
}

async function find(provider: Provider, uid: string): Promise<OwnSession | null> {
  const session = await provider.Session.findByUid(uid)
  const stamp = session ? stampOf(session) : null
  if (!session?.accountId || !stamp?.at) return null
  return { uid, accountId: session.accountId, epoch: stamp.epoch, secondFactorAt: stamp.at }
}

/** `fetch` that calls the provider of this process directly. */
function withoutSocket(
  { issuer, mountPath }: Pick<FirstPartySignInOptions, 'issuer' | 'mountPath'>,
  listener: () => RequestListener,
): openid.CustomFetch {
  const { host, protocol } = new URL(issuer)
  return async (address, { method, headers, body }) => {
    const { pathname: path, search } = new URL(address)
    const payload = body instanceof URLSearchParams ? body.toString() : typeof body === 'string' ? body : ''
    const { default: inject } = await import('light-my-request')
    const answer: InjectedResponse = await inject(listener(), {
      method: method as 'GET',
      url: path.slice(mountPath.length) + search,
      headers: { ...headers, host, 'x-forwarded-proto': protocol.slice(0, -1) },
      payload,
    })
    if (answer.statusCode >= 500) throw new StoreUnavailable(`our own provider answered ${answer.statusCode}`)
    const flat = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)])
    return new Response(new Uint8Array(answer.rawPayload), { status: answer.statusCode, headers: flat })
  }
}
