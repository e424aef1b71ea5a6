import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { expect } from 'chai'
import Koa from 'koa'
import mount from 'koa-mount'
import { interactionPolicy, Provider } from 'oidc-provider'
import type { Finding, Rekey, RekeyOptions } from 'oidc-rekey'
import { attachedFindings, type Broken, faults, openMount } from './doctorHost.ts'
import { signInRequest } from '../support/host.ts'

interface Mounted {
  readonly rekey: Rekey
  readonly provider: Provider
  readonly found: readonly Finding[]
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  close(): Promise<void>
}

/** A host that listens. Its issuer is what it is reached by, or what a proxy in front of it is. */
async function listen(
  application: (rekey: Rekey, provider: Provider) => RequestListener,
  {
    proxied,
    path = '',
    broken = {},
  }: { readonly proxied?: string; readonly path?: string; readonly broken?: Broken } = {},
): Promise<Mounted> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as { port: number }).port}`
  const issuer = proxied ?? origin + path
  const { rekey, provider } = await openMount({
    ...broken,
    options: { issuer, ...broken.options },
    provider: broken.provider ?? ((plugin, wanted) => new Provider(issuer, plugin.configuration(wanted))),
  })
  const found = await attachedFindings(rekey, provider)
  server.on('request', application(rekey, provider))
  return {
    rekey,
    provider,
    found,
    get: async (to, headers = {}) => fetch(origin + to, { redirect: 'manual', headers }),
    async close() {
      server.close()
      server.closeAllConnections()
      await rekey.close()
    },
  }
}

const koa =
  (change: (app: Koa) => void = () => undefined, at = '/') =>
  (rekey: Rekey, provider: Provider): RequestListener => {
    const app = new Koa()
    app.keys = provider.keys
    change(app)
    app.use(rekey.routes())
    app.use(mount(at, provider))
    const answer = app.callback()
    return (req, res) => void answer(req, res)
  }

const alone =
  (change: (provider: Provider) => void = () => undefined) =>
  (_rekey: Rekey, provider: Provider): RequestListener => {
    change(provider)
    const answer = provider.callback()
    return (req, res) => void answer(req, res)
  }

const request = signInRequest()
const byProxy = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'id.acme.example' }
const proxied = 'https://id.acme.example'

describe('The doctor finds at the first request', () => {
  let host: Mounted
  afterEach(() => host.close())

  const first = async (): Promise<string[]> => {
    expect(faults(host.found)).to.deep.equal([])
    await host.get(request, byProxy)
    return faults(await host.rekey.doctor())
  }

  const sound: Readonly<Record<string, () => Promise<Mounted>>> = {
    'a Koa host': () => listen(koa()),
    'a provider without an application': () => listen(alone()),
    'a Koa host behind a proxy': () =>
      listen(
        koa((app) => void (app.proxy = true)),
        { proxied },
      ),
    'a provider behind a proxy': () =>
      listen(
        alone((provider) => void (provider.proxy = true)),
        { proxied },
      ),
    'a Koa host with keys of its own': () => listen(koa((app) => void (app.keys = ['another key of the application']))),
  }
  for (const [what, open] of Object.entries(sound))
    it(`nothing: ${what}`, async () => {
      host = await open()
      await host.get(request, what.includes('proxy') ? byProxy : {})
      expect(faults(await host.rekey.doctor())).to.deep.equal([])
    })

  it('proxy: a Koa host sees http, and the line that it lacks', async () => {
    host = await listen(koa(), { proxied })
    expect(await first()).to.deep.equal(['fatal proxy'])
    const [finding] = await host.rekey.doctor()
    expect(finding?.mend).to.contain('app.proxy = true')
  })

  it('proxy: a provider alone sees http', async () => {
    host = await listen(alone(), { proxied })
    expect(await first()).to.deep.equal(['fatal proxy'])
    const [finding] = await host.rekey.doctor()
    expect(finding?.mend).to.contain('provider.proxy = true')
  })

  it('proxy: until a request is seen rightly, since the headers of one are its sender’s', async () => {
    host = await listen(koa((app) => void (app.proxy = true)))
    const forged = { 'x-forwarded-host': 'evil.example' }
    await host.get(request, forged)
    expect(faults(await host.rekey.doctor())).to.deep.equal(['fatal proxy'])
    // A forged header closes no page.
    expect((await host.get('/account')).status).to.equal(303)
    await host.get(request)
    await host.get(request, forged)
    expect(faults(await host.rekey.doctor())).to.deep.equal([])
  })

  it('mount-path: the provider answers elsewhere than its issuer says, and where', async () => {
    host = await listen(koa(undefined, '/oidc'))
    await host.get(`/oidc${request}`)
    const findings = await host.rekey.doctor()
    expect(faults(findings)).to.deep.equal(['fatal mount-path'])
    expect(findings[0]?.mend).to.equal(
      'Mount the provider at /, or let the issuer end in /oidc, or set mountPath: "/oidc"',
    )
  })

  const changes: Readonly<Record<string, readonly [RekeyOptions['mountPath'], string, string]>> = {
    'an issuer with another path': [undefined, '/auth', 'Mount the provider at /oidc, or let the issuer end in /auth'],
    'a provider without a path': [undefined, '/', 'Mount the provider at /oidc, or let the issuer have no path'],
    'an option that contradicts the issuer': [
      '/auth',
      '/oidc',
      'Leave the option mountPath out: the provider already answers at /oidc, as the issuer says',
    ],
  }
  for (const [what, [path, at, change]] of Object.entries(changes))
    it(`mount-path: ${what}, and what to change`, async () => {
      const options = path === undefined ? {} : { mountPath: path }
      host = await listen(koa(undefined, at), { path: '/oidc', broken: { options } })
      await host.get(`${at === '/' ? '' : at}${request}`)
      const findings = await host.rekey.doctor()
      expect(faults(findings)).to.deep.equal(['fatal mount-path'])
      expect(findings[0]?.mend).to.equal(change)
    })

  const missing: Readonly<Record<string, (rekey: Rekey, provider: Provider) => RequestListener>> = {
    'nothing answers our addresses': alone(),
    'our addresses are answered behind the provider': (rekey, provider) => {
      const [theirs, ours] = [provider.callback(), rekey.callback()]
      return (req, res) => void theirs(req, res).then(() => res.writableEnded || ours(req, res))
    },
  }
  for (const [what, application] of Object.entries(missing))
    it(`outside: ${what}, and the order that is right`, async () => {
      host = await listen(application)
      const begun = await host.get(request)
      expect((await host.get(begun.headers.get('location')!)).status).to.equal(404)
      const findings = await host.rekey.doctor()
      expect(faults(findings)).to.deep.equal(['fatal outside'])
      expect(findings[0]?.found).to.contain('/sign-in/…')
      expect(findings[0]?.mend).to.contain('app.use(rekey.callback()) before provider.callback()')
    })

  it('nothing: in Koa our addresses are answered behind the provider', async () => {
    host = await listen((rekey, provider) => {
      const answer = new Koa().use(mount('/', provider)).use(rekey.routes()).callback()
      return (req, res) => void answer(req, res)
    })
    expect((await host.get('/account')).status).to.equal(303)
    expect(faults(await host.rekey.doctor())).to.deep.equal([])
  })

  it('nothing: an address below another, made to look like one of ours, once one of ours was answered', async () => {
    host = await listen((rekey, provider) => {
      const [theirs, ours] = [provider.callback(), rekey.callback()]
      return (req, res) =>
        ours(req, res, () => {
          req.url = (req.url ?? '').replace('/cut', '')
          void theirs(req, res)
        })
    })
    await host.get('/cut/account')
    expect(faults(await host.rekey.doctor())).to.deep.equal(['fatal outside'])
    expect((await host.get('/account')).status).to.equal(303)
    await host.get('/cut/account')
    expect(faults(await host.rekey.doctor())).to.deep.equal([])
  })

  it('host-sessions: a session of the host’s, without signedOut', async () => {
    host = await listen(
      koa((app) => app.use((ctx, next) => Object.assign(ctx, { session: { user: 'ana' } }) && next())),
    )
    expect(await first()).to.deep.equal(['warn host-sessions'])
  })
})

describe('While a fatal finding stands', () => {
  let host: Mounted
  afterEach(() => host.close())
  const { base } = interactionPolicy

  it('our pages and our API answer 503, pages of the host as before, until it is gone', async () => {
    let isGood = false
    const directory = {
      find: async () => (isGood ? null : ({} as never)),
      authenticate: async () => null,
      enrolled: async () => undefined,
      list: async () => [],
    }
    const page = koa(
      (app) => void app.use(async (ctx, next) => (ctx.path === '/own' ? void (ctx.body = 'own') : next())),
    )
    host = await listen(page, { broken: { options: { directory } } })
    expect(faults(host.found)).to.deep.equal(['fatal directory'])
    expect((await host.get('/account')).status).to.equal(503)
    const api = await host.get('/management/v1/users')
    expect([api.status, api.headers.get('content-type')]).to.deep.equal([503, 'application/problem+json'])
    expect((await host.get('/own')).status).to.equal(200)
    const begun = await host.get(request)
    expect(begun.status).to.equal(303)
    expect((await host.get(begun.headers.get('location')!)).status).to.equal(503)
    isGood = true
    expect(faults(await host.rekey.doctor())).to.deep.equal([])
    expect((await host.get('/account')).status).to.equal(303)
  })

  it('the provider begins no sign-in where it would not ask for a second factor', async () => {
    host = await listen(koa(), {
      broken: {
        provider: (plugin, wanted) =>
          new Provider('https://id.acme.example', {
            ...plugin.configuration(wanted),
            interactions: { policy: base() },
          }),
        options: { issuer: 'https://id.acme.example' },
      },
    })
    expect(faults(host.found)).to.deep.equal(['fatal policy'])
    expect((await host.get(request)).status).to.equal(503)
    expect((await host.get('/.well-known/openid-configuration')).status).to.equal(200)
  })
})
