/** node-oidc-provider without this plugin, on the same store, with two pages of the same size: the baseline cost of a sign-in. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Router } from '@koa/router'
import Koa, { type Context } from 'koa'
import mount from 'koa-mount'
import { type Configuration, Provider } from 'oidc-provider'
import getRawBody from 'raw-body'
import { storedAdapter } from '../../src/oidc/adapter.ts'
import { storedRows } from '../../src/oidc/rows.ts'
import type { Directory, Person } from '../../src/ports.ts'
import type { Store } from '../../src/store/store.ts'
import { clock, redirectUri } from '../support/host.ts'
import type { PageTexts } from './messages.ts'

export interface Bare {
  readonly issuer: string
  show(pages: PageTexts): void
  close(): Promise<void>
}

interface BareOptions {
  readonly jwks: NonNullable<Configuration['jwks']>
  readonly store: Store
  readonly directory: Pick<Directory, 'find'> & {
    authenticate(email: string, password: string): Promise<Person | null>
  }
}

export async function startBare({ store, directory, jwks }: BareOptions): Promise<Bare> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://localhost:${(server.address() as { port: number }).port}`
  let pages: PageTexts = { password: '', code: '' }
  const { artefacts } = store
  const provider = new Provider(issuer, {
    adapter: (kind: string) =>
      storedAdapter(kind, { artefacts, clock, rows: storedRows(artefacts), refreshLeewaySeconds: 0 }),
    clients: [
      {
        client_id: 'app',
        client_secret: 'app-secret',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks,
    cookies: { keys: ['a key of thirty-two characters or more'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/sign-in/${uid}` },
    findAccount: async (_ctx, id) => {
      const person = await directory.find(id)
      return person ? { accountId: id, claims: async () => ({ sub: id }) } : undefined
    },
    // A first-party application: no consent page.
    async loadExistingGrant({ oidc }) {
      const { client, session } = oidc
      if (!client || !session?.accountId) return undefined
      const known = session.grantIdFor(client.clientId)
      const found = known ? await provider.Grant.find(known) : undefined
      if (found) return found
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
  })

  const fields = async (ctx: Context): Promise<URLSearchParams> =>
    new URLSearchParams(await getRawBody(ctx.req, { encoding: 'utf8', limit: 10_000 }))
  const show = (ctx: Context, text: string, action: string): void => {
    ctx.set('Cache-Control', 'no-store')
    ctx.type = 'html'
    ctx.body = text.replace('{action}', action)
  }
  const see = (ctx: Context, path: string): void => {
    ctx.redirect(path)
    ctx.status = 303
  }

  const router = new Router()
  router.get('/sign-in/:uid', async (ctx) => {
    const { uid } = await provider.interactionDetails(ctx.req, ctx.res)
    show(ctx, pages.password, `/sign-in/${uid}`)
  })
  router.post('/sign-in/:uid', async (ctx) => {
    const details = await provider.interactionDetails(ctx.req, ctx.res)
    const typed = await fields(ctx)
    const person = await directory.authenticate(typed.get('email') ?? '', typed.get('password') ?? '')
    if (!person) return ctx.throw(422)
    details.result = { pending: { accountId: person.id } }
    await details.save(Math.max(1, details.exp - clock.now()))
    see(ctx, `/sign-in/${details.uid}/code`)
  })
  router.get('/sign-in/:uid/code', async (ctx) => {
    const { uid } = await provider.interactionDetails(ctx.req, ctx.res)
    show(ctx, pages.code, `/sign-in/${uid}/code`)
  })
  router.post('/sign-in/:uid/code', async (ctx) => {
    const details = await provider.interactionDetails(ctx.req, ctx.res)
    await fields(ctx)
    const { accountId } = (details.result?.['pending'] ?? {}) as { accountId: string }
    see(ctx, await provider.interactionResult(ctx.req, ctx.res, { login: { accountId } }))
  })

  const app = new Koa()
  app.keys = provider.keys
  app.use(router.routes())
  app.use(mount('/', provider))
  const handle = app.callback()
  server.on('request', (req, res) => void handle(req, res))
  return {
    issuer,
    show: (given) => {
      pages = given
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
