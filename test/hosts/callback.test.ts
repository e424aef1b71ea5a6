/** What `callback()` takes: bodies that were read in any form, addresses of clients, requests before the provider is there. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect } from 'chai'
import express, { type RequestHandler } from 'express'
import Koa from 'koa'
import mount from 'koa-mount'
import { type AuditEvent, createRekey } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { clock, type Host, type Listener, redirectUri, signInRequest, startHost, verifier } from '../support/host.ts'
import { enrol, visitorOf } from './journeys.ts'

const inExpress =
  (...before: RequestHandler[]) =>
  ({ rekey, provider }: Host): Listener => {
    const app = express()
    for (const handler of before) app.use(handler)
    app.use(rekey.callback())
    app.use(provider.callback())
    return app
  }

const form = { type: 'application/x-www-form-urlencoded' }

describe('The callback of a host', () => {
  let host: Host
  afterEach(() => host.close())

  for (const [kept, parser] of Object.entries({
    'an object': express.urlencoded({ extended: true }),
    text: express.text(form),
    bytes: express.raw(form),
  }))
    it(`takes a form that was read before and kept as ${kept}`, async () => {
      host = await startHost({ application: inExpress((req, res, next) => parser(req, res, next)) })
      const visitor = visitorOf(host)
      const signIn = await visitor.go(signInRequest())
      const refused = await visitor.submit(signIn, { email: 'ana@example.com', password: 'not hers' })
      expect([refused.status, refused.alert]).to.deep.equal([422, 'That email and password do not match.'])
      const nested = await visitor.send(refused, { 'password[of]': 'ana', email: 'ana@example.com' })
      expect(nested.status).to.equal(422)
    })

  /** Those in the audit of a sign-in. */
  async function addressesIn(application: (host: Host) => Listener, options = {}): Promise<(string | null)[]> {
    const events: AuditEvent[] = []
    host = await startHost({ application, options: { onAudit: (event) => void events.push(event), ...options } })
    await enrol(host, visitorOf(host))
    await host.rekey.idle()
    return [...new Set(events.map(({ address }) => address ?? null).filter(Boolean))]
  }

  it('takes the address of a client from the framework, or from clientAddress', async () => {
    const ofSocket = await addressesIn(inExpress())
    await host.close()
    const given = await addressesIn(inExpress(), { clientAddress: () => '203.0.113.9' })
    expect(given).to.deep.equal(['203.0.113.0/24'])
    expect(ofSocket).to.not.include('203.0.113.0/24')
  })

  it('takes an address with a port, as some gateways write it', async () => {
    const behind =
      (listenerOf: (host: Host) => Listener) =>
      (given: Host): Listener => {
        const listener = listenerOf(given)
        return (req, res) => {
          req.headers['x-forwarded-for'] = '[2001:db8:1::7]:443'
          return listener(req, res)
        }
      }
    const inExpressApp = (given: Host): Listener => {
      const app = express().set('trust proxy', 1)
      return app.use(given.rekey.callback()).use(given.provider.callback())
    }
    const inKoa = ({ rekey, provider }: Host): Listener =>
      new Koa({ proxy: true }).use(rekey.routes()).use(mount(provider)).callback()
    for (const application of [inExpressApp, inKoa]) {
      expect(await addressesIn(behind(application))).to.deep.equal(['2001:db8:1::/48'])
      await host.close()
    }
    const clientAddress = (): string => '203.0.113.9:51234'
    expect(await addressesIn(inExpress(), { clientAddress })).to.deep.equal(['203.0.113.0/24'])
  })

  it('believes no X-Forwarded-For of a client where only the provider trusts proxies', async () => {
    const forged =
      (listenerOf: (host: Host) => Listener) =>
      (given: Host): Listener => {
        given.provider.proxy = true
        const listener = listenerOf(given)
        return (req, res) => {
          req.headers['x-forwarded-for'] = '203.0.113.9'
          return listener(req, res)
        }
      }
    const inNode = ({ rekey, provider }: Host): Listener => {
      const [ours, theirs] = [rekey.callback(), provider.callback()]
      return (req, res) => ours(req, res, () => void theirs(req, res))
    }
    const inProvider = ({ rekey, provider }: Host): Listener => {
      provider.use(rekey.routes() as Koa.Middleware)
      return provider.callback()
    }
    const inKoa = ({ rekey, provider }: Host): Listener =>
      new Koa({ proxy: true }).use(rekey.routes()).use(mount(provider)).callback()
    const found = []
    for (const application of [inNode, inProvider, inKoa]) {
      found.push((await addressesIn(forged(application))).includes('203.0.113.0/24'))
      if (application !== inKoa) await host.close()
    }
    expect(found).to.deep.equal([false, false, true])
  })

  it('answers 503 for our addresses until the provider is there, and 404 for others without next', async () => {
    host = await startHost()
    const rekey = await createRekey({
      issuer: host.issuer,
      store: memoryStore({ clock }),
      directory: { find: async () => null, enrolled: async () => undefined, list: async () => [] },
      mail: { send: async () => undefined },
      keys: [{ id: 'k1', key: new Uint8Array(32).fill(9) }],
      onError: () => undefined,
    })
    const server = createServer(rekey.callback()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`
      const statusOf = async (path: string): Promise<number> => (await fetch(origin + path)).status
      const ours = ['/account', '/ACCOUNT/', '/management/v1/users', '/two-factor/reset/x', '/assets/style.css']
      const others = ['/accounts', '/two-factor', '/own', '/']
      expect(await Promise.all(ours.map(statusOf))).to.deep.equal([503, 503, 503, 503, 503])
      expect(await Promise.all(others.map(statusOf))).to.deep.equal([404, 404, 404, 404])
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('leaves an answer by form to the relying party where the host sets no policy', async () => {
    host = await startHost({ application: inExpress() })
    const visitor = visitorOf(host)
    await enrol(host, visitor)
    const answer = await visitor.get(signInRequest({ response_mode: 'form_post' }))
    expect([answer.status, answer.headers.get('content-security-policy')]).to.deep.equal([200, null])
    expect(answer.text).to.contain(`action="${redirectUri}"`)
  })
})

describe('A sign-out of a host', () => {
  /** Status of the answer to the question before a sign-out. */
  async function answerOf(rpInitiatedLogout: object): Promise<number> {
    const host = await startHost({
      application: inExpress(),
      configuration: { features: { rpInitiatedLogout: { enabled: true, ...rpInitiatedLogout } } },
    })
    try {
      const visitor = visitorOf(host)
      await enrol(host, visitor)
      const { text } = await visitor.get('/session/end')
      const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(text) ?? []
      return (await visitor.post('/session/end/confirm', { xsrf, logout: 'yes' })).status
    } finally {
      await host.close()
    }
  }

  it('ends with a page where the policy of the question forbids a redirect, else with the redirect', async () => {
    const logoutSource = (ctx: { body?: unknown }, question: string): void => {
      ctx.body = `<!doctype html><h1>Leave the host?</h1>${question}`
    }
    expect([await answerOf({}), await answerOf({ logoutSource })]).to.deep.equal([200, 303])
  })
})

describe('A host’s own API', () => {
  const resource = 'https://api.example'
  const configuration = {
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'read', audience: resource, accessTokenFormat: 'opaque' as const }),
      },
    },
  }
  const required = { resource, scope: 'read', maxAgeSeconds: 300 }
  let host: Host
  afterEach(() => host.close())

  /** Without a token, and with one of a sign-in with a second factor. */
  async function answers(): Promise<unknown[]> {
    const visitor = visitorOf(host)
    const { page } = await enrol(host, visitor, signInRequest({ scope: 'openid read', resource }))
    const code = new URL(page.location!).searchParams.get('code')!
    const { text } = await visitor.post(
      '/token',
      { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier, resource },
      { authorization: `Basic ${btoa('app:app-secret')}` },
    )
    const { access_token: token } = JSON.parse(text) as { readonly access_token: string }
    const without = await visitor.get('/own/api')
    const allowed = await visitor.get('/own/api', { authorization: `Bearer ${token}` })
    return [without.status, without.headers.get('www-authenticate'), allowed.status, allowed.text]
  }
  const expected = [401, 'Bearer, DPoP algs="ES256 Ed25519 EdDSA"', 200, 'ana']

  it('is guarded with the request and response of any framework', async () => {
    host = await startHost({
      configuration,
      application({ rekey, provider }) {
        const guard = rekey.requireToken(required)
        const app = express()
        app.get('/own/api', (req, res) => {
          void guard(req, res).then((principal) => principal && res.send(principal.person.id))
        })
        return app.use(rekey.callback(), provider.callback())
      },
    })
    expect(await answers()).to.deep.equal(expected)
  })

  it('is guarded with a Koa context', async () => {
    host = await startHost({
      configuration,
      application({ rekey, provider }) {
        const guard = rekey.requireToken(required)
        const app = new Koa()
        app.use(async (ctx, next) => {
          if (ctx.path !== '/own/api') return next()
          const principal = await guard(ctx)
          if (principal) ctx.body = principal.person.id
        })
        return app.use(rekey.routes()).use(mount(provider)).callback()
      },
    })
    expect(await answers()).to.deep.equal(expected)
  })
})
