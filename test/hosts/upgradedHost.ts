/** A host that has run its own provider for years, with a second factor of its own, and mounts rekey on the same address one day. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import Koa, { type Context } from 'koa'
import mount from 'koa-mount'
import { type Configuration, type InteractionResults, Provider } from 'oidc-provider'
import { createRekey, type Directory, type Person, type Rekey, type RekeyOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, type Page, type Visitor, wayOn } from '../support/client.ts'
import { clock, redirectUri, signInRequest, verifier } from '../support/host.ts'

export const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

export interface UpgradedHost {
  readonly rekey: Rekey
  readonly provider: Provider
  readonly store: Store
}

export interface OldHost {
  readonly issuer: string
  readonly people: Map<string, Person>
  /** What was reported to `onError`. */
  readonly reported: string[]
  /** Pages of the host that were shown, by prompt. */
  readonly prompts: string[]
  readonly app: Authenticator
  visitor(): Visitor
  /** The provider of before, or the one of now. */
  provider(): Provider
  /** From this call on requests go to a provider with rekey. `prepare` runs before its first request. */
  upgrade(options?: Partial<RekeyOptions>, prepare?: (rekey: Rekey) => Promise<unknown>): Promise<UpgradedHost>
  /** From the request to the page where it stops: one of ours, or the application. */
  enter(visitor: Visitor, more?: Readonly<Record<string, string>>): Promise<Page>
  /** Gives the code and saves the codes, up to the application. */
  prove(page: Page): Promise<Page>
  redeem(page: Page): Promise<Tokens>
  token(fields: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly body: Tokens }>
  userinfo(accessToken: string): Promise<number>
  close(): Promise<void>
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly error?: string
}

export const personOf = (id: string, more: Partial<Person> = {}): Person => ({
  id,
  email: `${id}@example.com`,
  name: id,
  locale: null,
  roles: [],
  groups: [],
  status: 'active',
  createdAt: 0,
  secondFactorSince: null,
  ...more,
})

export function directoryOf(people: Map<string, Person>): Directory {
  return {
    find: async (id) => people.get(id) ?? null,
    list: async ({ limit }) => [...people.values()].slice(0, limit),
    async enrolled(id, at) {
      const item = people.get(id)
      if (item) people.set(id, { ...item, secondFactorSince: item.secondFactorSince ?? at })
    },
  }
}

export async function startOldHost({
  adapter,
}: { readonly adapter?: NonNullable<Configuration['adapter']> } = {}): Promise<OldHost> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://localhost:${(server.address() as { port: number }).port}`
  const people = new Map(['ana', 'ben'].map((id) => [id, personOf(id)]))
  const prompts: string[] = []
  const reported: string[] = []
  const configuration: Configuration = {
    ...(adapter && { adapter }),
    clients: [
      {
        client_id: 'app',
        client_secret: 'app-secret',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    cookies: { keys: ['a key of thirty-two characters or more'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/own/${uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  }
  const before = new Provider(issuer, configuration)
  let provider = before
  let rekey: Rekey | null = null
  const app = new Koa()
  app.keys = before.keys
  app.use((ctx, next) => (rekey && !ctx.path.startsWith('/own/') ? rekey.routes()(ctx, next) : next()))
  app.use(async (ctx, next) => (ctx.path.startsWith('/own/') ? ownPage(ctx, { provider, rekey, prompts }) : next()))
  app.use((ctx, next) => mount('/', provider)(ctx, next))
  server.on('request', (req, res) => void app.callback()(req, res))
  const authenticator = new Authenticator(SECRET)

  return {
    issuer,
    people,
    reported,
    prompts,
    app: authenticator,
    visitor: () => createVisitor(issuer),
    provider: () => provider,
    async upgrade(options = {}, prepare = async () => undefined) {
      const store = options.store ?? memoryStore({ clock })
      const mounted = await createRekey({
        issuer,
        store,
        directory: directoryOf(people),
        mail: { send: async () => undefined },
        keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }],
        languages: ['en'],
        onError: (error) => void reported.push(String(error)),
        ...options,
      })
      await prepare(mounted)
      provider = new Provider(issuer, mounted.configuration(configuration))
      await mounted.attach(provider).catch((error: unknown) => reported.push(String(error)))
      rekey = mounted
      return { rekey: mounted, provider, store }
    },
    ...stepsOf(issuer, authenticator),
    async close() {
      server.close()
      server.closeAllConnections()
      await rekey?.close()
    },
  }
}

interface Pages {
  readonly provider: Provider
  readonly rekey: Rekey | null
  readonly prompts: string[]
}

/** Signs Ana in and allows what is asked, as the examples of the library do. */
async function ownPage(ctx: Context, { provider, rekey, prompts }: Pages): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(ctx.req, ctx.res)
  prompts.push(prompt.name)
  const result: InteractionResults = {}
  if (prompt.name === 'login') {
    const login = { authenticatedAt: clock.now(), proven: null }
    Object.assign(result, rekey ? await rekey.loginResult('ana', login, ctx) : { login: { accountId: 'ana' } })
  } else {
    const grant = new provider.Grant({ accountId: session!.accountId, clientId: String(params['client_id']) })
    grant.addOIDCScope(String(params['scope']))
    Object.assign(result, { consent: { grantId: await grant.save() } })
  }
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
}

function stepsOf(
  issuer: string,
  app: Authenticator,
): Pick<OldHost, 'enter' | 'prove' | 'redeem' | 'token' | 'userinfo'> {
  const token: OldHost['token'] = async (fields) => {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('app:app-secret')}` },
      body: new URLSearchParams(fields),
    })
    return { status: response.status, body: (await response.json()) as Tokens }
  }
  return {
    enter: (visitor, more = {}) => visitor.go(signInRequest({ scope: 'openid offline_access', ...more })),
    async prove(page) {
      const { visitor } = page
      let next = await visitor.submit(page, { code: app.next(clock.now()) })
      if (next.h1 === 'Save your backup codes') next = await visitor.submit(next, { saved: 'yes' })
      return visitor.go(new URL(wayOn(next)!, issuer).pathname)
    },
    token,
    async redeem({ location, h1, text }) {
      const code = new URL(location ?? `${issuer}/`).searchParams.get('code')
      if (code === null) throw new Error(location ?? h1 ?? text)
      const { status, body } = await token({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      })
      if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
      return body
    },
    async userinfo(accessToken) {
      const { status } = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
      return status
    },
  }
}

export const answerAt = ({ location }: Page): string | null => {
  const parameters = new URL(location ?? 'none:').searchParams
  return parameters.get('error') ?? (parameters.has('code') ? 'code' : null)
}
