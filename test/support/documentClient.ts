/**
 * A client that knows the OpenAPI document, the issuer and its registration only. It reads the endpoints, scopes and calls from the
 * document, and the reaction to a refusal from the answer.
 */
import * as openid from 'openid-client'
import { clients } from './relyingParties.ts'

interface Operation {
  readonly operationId: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
}
interface Flow {
  readonly authorizationUrl: string
  readonly tokenUrl: string
}
interface Document {
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, { readonly flows: { readonly authorizationCode?: Flow } }>>
  }
}

/** The parameters of a challenge. @see RFC 9470 §3 */
export type Challenge = Readonly<Record<string, string>>

export interface DocumentClient {
  /** The token of a sign-in. @param request parameters from a challenge */
  token(request?: Challenge): Promise<string>
  call(token: string, operationId: string, given?: Given): Promise<Response | Challenge>
}
export interface Given {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

export interface Surroundings {
  readonly issuer: string
  /** Completes the pages as a person, up to the redirect to the client. */
  browse(url: URL): Promise<URL>
  /** How far the issuer's clock is ahead of ours. Seconds. */
  skew(): number
}

/** @param uses ids of the operations that it calls */
export async function buildClient(surroundings: Surroundings, uses: readonly string[]): Promise<DocumentClient> {
  const document = (await (await fetch(`${surroundings.issuer}/management/v1/openapi.json`)).json()) as Document
  const registration = clients.find(({ client_id }) => client_id === 'management')!
  const resource = document.servers[0]!.url
  const find = (id: string) => operationsOf(document).find(({ operationId }) => operationId === id)!
  const [scheme, { authorizationUrl, tokenUrl }] = signInOf(document)
  const scopes = uses.flatMap((id) => find(id).security.flatMap((way) => way[scheme] ?? []))

  function configured(): openid.Configuration {
    const server = { issuer: surroundings.issuer, authorization_endpoint: authorizationUrl, token_endpoint: tokenUrl }
    const metadata = { client_secret: registration.client_secret!, [openid.clockSkew]: surroundings.skew() }
    const configuration = new openid.Configuration(server, registration.client_id, metadata)
    // oxlint-disable-next-line typescript/no-deprecated -- marked so to stand out; the server under test is on this machine
    openid.allowInsecureRequests(configuration)
    return configuration
  }

  return {
    async token(request = {}) {
      const [verifier, state] = [openid.randomPKCECodeVerifier(), openid.randomState()]
      const url = openid.buildAuthorizationUrl(configured(), {
        redirect_uri: registration.redirect_uris[0]!,
        resource,
        scope: [...new Set(scopes)].join(' '),
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        ...request,
      })
      const back = await surroundings.browse(url)
      const maxAge = request['max_age'] === undefined ? {} : { maxAge: Number(request['max_age']) }
      const checks = { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true, ...maxAge }
      return (await openid.authorizationCodeGrant(configured(), back, checks, { resource })).access_token
    },

    async call(token, operationId, { path: inPath = {}, query = {}, headers = {} } = {}) {
      const { path, method } = find(operationId)
      const url = new URL(resource + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => inPath[name] ?? ''))
      url.search = new URLSearchParams(query).toString()
      try {
        return await openid.fetchProtectedResource(configured(), token, url, method, null, new Headers(headers))
      } catch (error) {
        if (!(error instanceof openid.WWWAuthenticateChallengeError)) throw error
        return { ...error.cause[0]!.parameters } as Challenge
      }
    },
  }
}

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  )

/** The security scheme with a sign-in of a person, and its name. */
function signInOf({ components }: Document): [name: string, flow: Flow] {
  const ways = Object.entries(components.securitySchemes)
  const found = ways.flatMap(([name, { flows }]): [string, Flow][] =>
    flows.authorizationCode ? [[name, flows.authorizationCode]] : [],
  )
  return found[0]!
}
