/**
 * Headers by kind of answer, over every route and the provider's endpoints, in three kinds of host: pages of the console and the own account,
 * all other pages and redirects, the form that hands a result over, files.
 */
import { expect } from 'chai'
import express from 'express'
import helmet from 'helmet'
import Koa, { type Middleware } from 'koa'
import mount from 'koa-mount'
import { routes } from '../../src/http/routes.ts'
import { type Host, type Listener, signInRequest, startHost } from '../support/host.ts'
import { enrol, enterAccount, followLink, visitorOf } from '../hosts/journeys.ts'

const LOGO = 'https://cdn.example/logo.svg'

interface Seen {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
}

const koa =
  (...before: ((host: Host) => Middleware)[]) =>
  (host: Host): Listener => {
    const app = new Koa()
    app.keys = host.provider.keys
    for (const middleware of before) app.use(middleware(host))
    app.use(host.rekey.routes() as Middleware)
    app.use(mount('/oidc', host.provider))
    app.use((ctx) => void (ctx.body = 'the page of the host'))
    return app.callback()
  }

const isolating: Middleware = (ctx, next) => {
  ctx.set('Cross-Origin-Opener-Policy', 'same-origin')
  return next()
}

/** Hosts: the value of the header on a page of the host's own. */
const hosts: Readonly<Record<string, { readonly application: (host: Host) => Listener; readonly own?: string }>> = {
  'Koa with protect()': { application: koa(({ rekey }) => rekey.protect() as Middleware) },
  'Koa with a policy of its own': {
    application: koa(
      () => isolating,
      ({ rekey }) => rekey.protect() as Middleware,
    ),
    own: 'same-origin',
  },
  'Express with helmet': {
    application({ rekey, provider }) {
      const app = express()
      app.use(helmet())
      app.use(rekey.callback())
      app.use('/oidc', provider.callback())
      return app.use((_req, res) => void res.send('the page of the host'))
    },
    own: 'same-origin',
  },
}

for (const [name, { application, own }] of Object.entries(hosts))
  describe(`In ${name} the headers of an answer`, () => {
    let host: Host
    const seen: Seen[] = []

    before(async () => {
      host = await startHost({
        base: '/oidc',
        keepsPasswords: true,
        options: { brand: { name: 'Example', logoLight: LOGO, logoDark: 'test/views/pictures/set-up.png' } },
        application(self) {
          const listener = application(self)
          return (req, res) => {
            const { method = '', url: path = '' } = req
            res.on('finish', () => seen.push({ method, path, status: res.statusCode, headers: res.getHeaders() }))
            return listener(req, res)
          }
        },
      })
      await requestEverything(host)
    })
    after(() => host.close())

    const isOfApp = ({ path }: Seen): boolean => /^\/oidc\/(?:admin|account)(?![\w-])/i.test(path)
    const isOwn = ({ path }: Seen): boolean => path.startsWith('/own')
    const isRedirect = ({ status }: Seen): boolean => status >= 300 && status < 400
    const isPage = (item: Seen): boolean =>
      !isRedirect(item) && String(item.headers['content-type']).startsWith('text/html')
    const pages = (): Seen[] => seen.filter((item) => isPage(item) && !isOwn(item))
    const where = ({ method, path, status }: Seen): string => `${method} ${path.slice(0, 60)} ${status}`
    const policyOf = ({ headers }: Seen): string => String(headers['content-security-policy'])

    it('isolate the console and the own account, and nothing else', () => {
      for (const item of seen) {
        const expected = isOwn(item) ? own : isOfApp(item) ? 'same-origin' : undefined
        expect(item.headers['cross-origin-opener-policy'], where(item)).to.equal(expected)
      }
      for (const among of [isOfApp, (item: Seen) => !isOfApp(item)])
        for (const kind of [isPage, isRedirect])
          expect(seen.filter((item) => among(item) && kind(item)).length).to.be.greaterThan(1)
    })

    it('let no page be framed, cached or sent as referrer', () => {
      expect(pages().length).to.be.greaterThan(80)
      // The form that hands over is the provider's, under the policy of a host that has one.
      for (const item of pages().filter((page) => !isHandOver(page) || own === undefined)) {
        const { headers } = item
        expect(policyOf(item), where(item)).to.match(/^default-src 'none'.*frame-ancestors 'none'/)
        expect(headers['x-frame-options'], where(item)).to.equal('DENY')
        expect(headers['x-content-type-options'], where(item)).to.equal('nosniff')
        expect(headers['referrer-policy'], where(item)).to.equal('no-referrer')
        expect(headers['cache-control'], where(item)).to.match(/no-store/)
      }
    })

    it('allow a redirect and JSON nothing, and say nothing there that has a meaning in a document only', () => {
      const isJson = ({ headers }: Seen): boolean => /[/+]json/.test(String(headers['content-type']))
      for (const kind of [isRedirect, isJson]) {
        const items = seen.filter((item) => kind(item) && (own === undefined || isOurs(item)))
        expect(items.length).to.be.greaterThan(1)
        for (const item of items) {
          const { headers } = item
          expect(policyOf(item), where(item)).to.equal(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          )
          expect(headers['x-content-type-options'], where(item)).to.equal('nosniff')
          expect(headers['cross-origin-resource-policy'], where(item)).to.equal('same-origin')
          expect(headers['referrer-policy'], where(item)).to.equal('no-referrer')
          expect(headers, where(item)).not.to.have.any.keys('x-frame-options', 'permissions-policy', 'x-robots-tag')
          if (!isRedirect(item)) continue
          expect(headers['cache-control'], where(item)).to.match(/no-store/)
          expect([headers['content-type'], headers['content-length']]).to.deep.equal([undefined, 0])
        }
      }
    })

    it('let every page show the logos, and nothing else of another origin', () => {
      for (const item of pages().filter((page) => !isHandOver(page)))
        expect(policyOf(item), where(item)).to.include(`img-src 'self' ${LOGO};`)
      expect(
        seen.filter(({ path, status }) => path.startsWith('/oidc/assets/logo-dark') && status === 200),
      ).to.have.length(1)
    })

    it('let the form that hands a result over lead to the application', () => {
      const [form] = seen.filter(isHandOver)
      expect(policyOf(form!)).to.match(handOverPolicy)
      for (const item of pages().filter((page) => !isHandOver(page)))
        expect(policyOf(item), where(item)).to.match(/form-action 'self'(?:;|$)/)
    })
  })

/** Not the provider's, which has the headers of its host. */
const isOurs = ({ path }: Seen): boolean => !/^\/oidc\/(?:auth|session|token|jwks|\.well-known)/.test(path)
const isHandOver = ({ path, status }: Seen): boolean => path.includes('form_post') && status === 200
/** The provider's page under the policy of protect(), or of helmet. */
const handOverPolicy = /form-action 'self' https:\/\/rp\.example/

/** A sign-in with set-up, the mailed link, the own account, a form_post, every route without a session, and the provider's pages. */
async function requestEverything(host: Host): Promise<void> {
  const visitor = visitorOf(host)
  await enrol(host, visitor)
  await visitor.get(`/oidc${signInRequest({ response_mode: 'form_post' })}`)
  const account = await enterAccount(visitor, '/oidc/account')
  await visitor.get(/\/oidc\/assets\/logo-dark[^"]*/.exec(account.text)![0])
  await visitor.go('/oidc/admin')
  expect((await visitor.go('/oidc/Account')).h1).to.equal('Your security')
  await visitor.get('/oidc/session/end')
  await visitor.post('/oidc/session/end/confirm', {})
  await visitor.get('/oidc/auth')
  await visitor.get('/oidc/auth?client_id=nobody')
  await visitor.get('/own/page')
  await followLink(host, visitorOf(host))
  const stranger = visitorOf(host)
  for (const { method, path } of routes) {
    const address = `/oidc${path.replaceAll(/:\w+/g, 'nothing')}`
    await (method === 'GET' ? stranger.get(address) : stranger.post(address, {}))
  }
}
