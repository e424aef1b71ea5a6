/** A provider that signs every person in as Ana, and a minimal browser, for tests of the sample application. */
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { Provider } from 'oidc-provider'
import type { Client } from '../../src/server/configuration/read.ts'
import type { Secrets } from '../../src/server/secrets.ts'

export interface TestProvider {
  readonly issuer: string
  /** The factors of the next sign-in. */
  acr: string
  /** The answer of the management API about Ana; null: there is none. */
  roles: readonly string[] | null
  close(): Promise<void>
}

/** The URIs of the client contain the port, so it is chosen before the server listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const kinds = ['Interaction', 'Grant', 'Session', 'AccessToken', 'IdToken', 'RefreshToken', 'AuthorizationCode']

export async function startProvider(
  port: number,
  { first_party: _, management_scopes, introspects: __, origins: ___, ...client }: Client,
  jwks: Secrets['jwks'],
): Promise<TestProvider> {
  const issuer = `http://localhost:${port}`
  const resource = `${issuer}/management/v1`
  const provider = new Provider(issuer, {
    clients: [client],
    jwks,
    cookies: { keys: ['a test key of no worth'] },
    acrValues: ['2fa', '1fa'],
    claims: { openid: ['sub', 'sid', 'acr', 'amr', 'auth_time'], profile: ['name'] },
    ttl: Object.fromEntries(kinds.map((kind) => [kind, 600])),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: management_scopes.join(' '), accessTokenFormat: 'opaque' }),
        defaultResource: () => [],
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx: { body: unknown }, form: string) {
          ctx.body = form
        },
      },
    },
    findAccount: (_ctx: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, name: 'Ana <Silva>' }) }),
    interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    async loadExistingGrant(ctx: {
      oidc: { client: { clientId: string }; session: { accountId: string }; params: Record<string, unknown> }
    }) {
      const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
      grant.addOIDCScope('openid profile email offline_access')
      grant.addResourceScope(resource, management_scopes.join(' '))
      await grant.save()
      return grant
    },
    // The library refuses to call a loopback address by default.
    fetch: (url: URL, options: RequestInit & { dispatcher?: unknown }) => {
      delete options.dispatcher
      return fetch(url, options)
    },
  } as object)
  const state: TestProvider = { issuer, acr: '1fa', roles: null, close: () => stop(server) }
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()
    const details = await provider.interactionDetails(ctx.req, ctx.res)
    const login = { accountId: 'ana', acr: state.acr, amr: ['pwd'] }
    const consent = details.prompt.name === 'consent' ? { consent: {} } : {}
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login, ...consent }))
    return undefined
  })
  provider.use(async (ctx, next) => {
    const { roles } = state
    if (ctx.path !== '/management/v1/users/ana' || roles === null) return next()
    const isKnown = (await provider.AccessToken.find(ctx.get('Authorization').replace(/^Bearer /, ''))) !== undefined
    ctx.status = !isKnown ? 401 : roles.length > 0 ? 200 : 403
    ctx.body = roles.length > 0 ? { name: 'Ana <Silva>', roles } : {}
    return undefined
  })
  const handle = provider.callback()
  const server = createServer((request, response) => void handle(request, response)).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return state
}

async function stop(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

export interface Page {
  readonly url: string
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** Follows redirects and keeps cookies, by host name as browsers do. */
export function createBrowser() {
  const jar = new Map<string, string>()

  async function go(address: string, options: RequestInit = {}): Promise<Page> {
    let [url, init] = [address, options]
    for (let hop = 0; hop < 15; hop++) {
      const headers = {
        ...(init.headers as Record<string, string>),
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      }
      const answer = await fetch(url, { ...init, headers, redirect: 'manual' })
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
        else jar.set(name, value)
      }
      const location = answer.headers.get('location')
      if (location === null) return { url, status: answer.status, text: await answer.text(), headers: answer.headers }
      ;[url, init] = [new URL(location, url).href, {}]
    }
    throw new Error('too many redirects')
  }

  return {
    jar,
    go,
    post: (url: string, body: Record<string, string> = {}, origin = new URL(url).origin) =>
      go(url, { method: 'POST', body: new URLSearchParams(body), headers: { origin } }),
  }
}
