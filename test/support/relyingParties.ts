/** Relying parties of every kind, without a server: attackers read the redirect themselves. */
import { createHash, randomBytes } from 'node:crypto'
import type { ServiceUnderTest } from './serverFixture.ts'
import type { Extra, Page } from './client.ts'
import { isSecret } from './secrets.ts'

const reading = ['users:read', 'two-factor:read', 'audit:read']
const everything = [...reading, 'users:write', 'two-factor:reset']
const CALLBACK = 'http://127.0.0.1:9/callback'

interface RelyingPartyFixture {
  readonly client_id: string
  readonly client_secret?: string | undefined
  readonly redirect_uris: string[]
  /** Other keys of the configuration file. */
  readonly [key: string]: unknown
}

const relyingParty = (id: string, more: object = {}): RelyingPartyFixture => ({
  client_id: id,
  client_secret: `secret-of-${id}-0123456789abcdefghij`,
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  ...more,
})

/** For the server's configuration file. */
export const clients: readonly RelyingPartyFixture[] = [
  relyingParty('app', { client_name: 'Application', first_party: true }),
  relyingParty('management', { client_name: 'Helpdesk tool', first_party: true, management_scopes: everything }),
  relyingParty('shop', { client_name: 'Somebody else’s shop' }),
  relyingParty('spa', { client_secret: undefined, token_endpoint_auth_method: 'none' }),
  relyingParty('robot', { redirect_uris: [], grant_types: ['client_credentials'], management_scopes: reading }),
]
export type ClientId = 'app' | 'management' | 'shop' | 'spa' | 'robot'

/** One authorization request with its secrets. */
export interface AuthorizationRequest {
  readonly path: string
  readonly verifier: string
  readonly clientId: ClientId
}

// oxlint-disable-next-line typescript/no-explicit-any -- bodies of any kind are read, as in supertest
export type Body = any

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body when it is JSON, else {}. */
  readonly body: Body
}

export async function answerOf(answer: Response): Promise<Answer> {
  const { status, headers } = answer
  const text = await answer.text()
  return { status, headers, text, body: /\bjson/.test(headers.get('content-type') ?? '') ? JSON.parse(text) : {} }
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token: string
}

export function createRelyingParties({ issuer }: ServiceUnderTest) {
  const resource = `${issuer}/management/v1`
  const relyingParties = {
    /** The resource indicator of the management API. */
    resource,

    /** An authorization request with PKCE. */
    ask(clientId: ClientId = 'app', parameters: Record<string, string> = {}): AuthorizationRequest {
      const verifier = randomBytes(32).toString('base64url')
      const query = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        redirect_uri: CALLBACK,
        scope: 'openid',
        state: randomBytes(8).toString('base64url'),
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...parameters,
      })
      return { path: `/auth?${query.toString()}`, verifier, clientId }
    },

    /** A request for the management API. */
    askManagement: (parameters: Record<string, string> = {}): AuthorizationRequest =>
      relyingParties.ask('management', { resource, scope: `openid ${everything.join(' ')}`, ...parameters }),

    /** The authorization response; null: the page does not redirect to the relying party. */
    answerAt(page: Page): URLSearchParams | null {
      if (!page.location?.startsWith(CALLBACK)) return null
      const answer = new URL(page.location).searchParams
      isSecret('authorization code', ...answer.getAll('code'))
      return answer
    },

    /** The authorization code of the response. */
    codeAt(page: Page): string {
      const answer = relyingParties.answerAt(page)
      const code = answer?.get('code')
      if (!code) throw new Error(`no code at “${page.h1}” (${page.status}) ${answer?.get('error') ?? page.path}`)
      return code
    },

    /** A request of the relying party, authenticated as registered. */
    async post(path: string, clientId: ClientId, fields: Record<string, string>): Promise<Answer> {
      const secret = clients.find(({ client_id }) => client_id === clientId)?.client_secret
      const headers: Extra = secret ? { authorization: `Basic ${btoa(`${clientId}:${secret}`)}` } : {}
      const body = new URLSearchParams({ client_id: clientId, ...fields })
      const answer = await answerOf(await fetch(`${issuer}${path}`, { method: 'POST', headers, body }))
      for (const kind of ['access_token', 'refresh_token', 'id_token'] as const)
        isSecret(kind, ...[(answer.body as Partial<Tokens>)[kind] ?? []].flat())
      return answer
    },

    exchange: ({ request, code }: { readonly request: AuthorizationRequest; readonly code: string }): Promise<Answer> =>
      relyingParties.post('/token', request.clientId, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
        code_verifier: request.verifier,
      }),

    /** As `exchange`, which must succeed. */
    async tokens(entered: { readonly request: AuthorizationRequest; readonly code: string }): Promise<Tokens> {
      const { status, text, body } = await relyingParties.exchange(entered)
      if (status !== 200) throw new Error(`no tokens: ${status} ${text}`)
      return body as Tokens
    },

    refresh: (clientId: ClientId, refresh_token = ''): Promise<Answer> =>
      relyingParties.post('/token', clientId, { grant_type: 'refresh_token', refresh_token }),

    introspect: (clientId: ClientId, token: string): Promise<Answer> =>
      relyingParties.post('/token/introspection', clientId, { token }),

    userinfo: async (token: string): Promise<Answer> =>
      answerOf(await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${token}` } })),
  }
  return relyingParties
}
export type RelyingParties = ReturnType<typeof createRelyingParties>
