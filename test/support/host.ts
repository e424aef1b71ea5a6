/** A host that is not our server: its own Provider, Koa application, directory and mailer, with rekey as a plugin. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import Koa, { type Context } from 'koa'
import mount from 'koa-mount'
import { type Configuration, Provider } from 'oidc-provider'
import { createRekey, type Directory, type Email, type Person, type Rekey, type RekeyOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'

export interface Host {
  readonly issuer: string
  /** Where it listens. The issuer's origin, but behind a proxy. */
  readonly origin: string
  readonly rekey: Rekey
  readonly provider: Provider
  readonly letters: Email[]
  readonly people: Map<string, Person>
  close(): Promise<void>
}

export type Listener = (req: IncomingMessage, res: ServerResponse) => unknown

export interface HostOptions {
  readonly store?: Store
  readonly configuration?: Configuration
  readonly options?: Partial<RekeyOptions>
  /** More methods of the directory. */
  readonly directory?: Partial<Directory>
  /** The host's own middleware, before rekey's. */
  readonly pages?: (ctx: Context, next: () => Promise<unknown>, host: Host) => Promise<unknown>
  /** Its application in place of the Koa one, with rekey and the provider in it. */
  readonly application?: (host: Host) => Listener | Promise<Listener>
  /** Path of the issuer. */
  readonly base?: string
  /** Origin of an issuer behind a proxy. Default: where it listens. */
  readonly publicOrigin?: string
  /** Whether the directory changes passwords. Default: no. */
  readonly keepsPasswords?: boolean
}

export const clock = { now: () => Math.floor(Date.now() / 1000) }
export const redirectUri = 'https://rp.example/callback'
export const password = 'correct horse battery staple'
/** The PKCE verifier of `signInRequest`. */
export const verifier = 'v'.repeat(43)

/** The authorization request of the host's application, without the base. */
export const signInRequest = (more: Readonly<Record<string, string>> = {}): string =>
  `/auth?${new URLSearchParams({
    client_id: 'app',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  }).toString()}`

const person = (id: string): Person => ({
  id,
  email: `${id}@example.com`,
  name: id,
  locale: null,
  roles: [],
  groups: [],
  status: 'active',
  createdAt: 0,
  secondFactorSince: null,
})

export async function startHost(given: HostOptions = {}): Promise<Host> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await startOn(server, given)
  } catch (error) {
    server.close()
    throw error
  }
}

async function startOn(server: Server, given: HostOptions): Promise<Host> {
  const origin = `http://localhost:${(server.address() as { port: number }).port}`
  const issuer = `${given.publicOrigin ?? origin}${given.base ?? ''}`
  const people = new Map(['ana', 'ben'].map((id) => [id, person(id)]))
  const letters: Email[] = []
  const directory: Directory = {
    find: async (id) => people.get(id) ?? null,
    authenticate: async (email, typed) =>
      typed === password ? ([...people.values()].find((item) => item.email === email) ?? null) : null,
    async enrolled(id, at) {
      const item = people.get(id)
      if (item) people.set(id, { ...item, secondFactorSince: item.secondFactorSince ?? at })
    },
    list: async ({ limit }) => [...people.values()].slice(0, limit),
    ...(given.keepsPasswords && {
      findByEmail: async (email) => [...people.values()].find((item) => item.email === email) ?? null,
      hashPassword: async (text) => text,
      setPassword: async (id) => people.get(id) ?? null,
    }),
    ...given.directory,
  }
  const rekey = await createRekey({
    issuer,
    store: given.store ?? memoryStore({ clock: given.options?.clock ?? clock }),
    directory,
    mail: { send: async (letter) => void letters.push(letter) },
    keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }],
    languages: ['en'],
    existingFactors: 'none',
    ...given.options,
  })
  const provider = new Provider(
    issuer,
    rekey.configuration({
      clients: [
        {
          client_id: 'app',
          client_secret: 'app-secret',
          redirect_uris: [redirectUri],
          first_party: true,
          token_endpoint_auth_method: 'client_secret_basic',
        },
      ],
      cookies: { keys: ['a key of thirty-two characters or more'] },
      features: { devInteractions: { enabled: false }, introspection: { enabled: true } },
      ...given.configuration,
    }),
  )
  await rekey.attach(provider).catch(async (error: unknown) => {
    server.close()
    await rekey.close()
    throw error
  })
  const host: Host = {
    issuer,
    origin,
    rekey,
    provider,
    letters,
    people,
    async close() {
      server.close()
      server.closeAllConnections()
      await rekey.close()
    },
  }
  const application = given.application ?? ((self: Host) => koaApplication(self, given))
  const listener = await application(host)
  server.on('request', (req, res) => void listener(req, res))
  return host
}

function koaApplication(host: Host, { pages, base }: HostOptions): Listener {
  const { rekey, provider } = host
  const app = new Koa()
  app.keys = provider.keys
  app.use(rekey.protect())
  if (pages) app.use((ctx, next) => pages(ctx, next, host))
  app.use(rekey.routes())
  app.use(mount(base ?? '/', provider))
  return app.callback()
}
