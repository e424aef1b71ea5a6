/** A Koa host with keys, errors, body parser and headers of its own. */
import { once } from 'node:events'
import bodyParser from '@koa/bodyparser'
import { expect } from 'chai'
import Koa from 'koa'
import mount from 'koa-mount'
import { createVisitor } from '../support/client.ts'
import { type Host, type Listener, signInRequest, startHost } from '../support/host.ts'
import { enrol, redeem } from './journeys.ts'
import { answersBefore, ownAnswers, ownErrors, ownPage } from './ownPages.ts'

type Middleware = Koa.Middleware

/** @param ours what rekey adds; without it the host as it was */
function application(ours: readonly Middleware[], before: readonly Middleware[] = []): Koa {
  const app = new Koa()
  app.keys = ['keys of the host, which are not those of the provider']
  app.silent = true
  for (const middleware of [...before, ...ours]) app.use(middleware)
  app.use(async (ctx, next) => {
    const status = ownErrors[ctx.path]
    if (status === 500) throw new Error('the database of the host is away')
    if (status) ctx.throw(status, `the host says ${status}`)
    if (ctx.path !== '/own/page') return next()
    ctx.body = ownPage
  })
  return app
}

const withRekey =
  (...before: Middleware[]) =>
  ({ rekey, provider }: Host): Listener =>
    application([rekey.routes()], before).use(mount(provider)).callback()

describe('A Koa host', () => {
  let host: Host
  afterEach(() => host.close())

  it('keeps its own errors and the headers of its own pages', async () => {
    host = await startHost({ application: withRekey() })
    expect(await ownAnswers(host)).to.deep.equal(await answersBefore(application([]).callback()))
  })

  it('signs people in with keys of its own, and our pages have our headers', async () => {
    host = await startHost({ application: withRekey() })
    const { page, setUp } = await enrol(host, createVisitor(host.issuer))
    expect(setUp.headers.get('content-security-policy')).to.contain("frame-ancestors 'none'")
    expect(setUp.headers.get('x-frame-options')).to.equal('DENY')
    expect(await redeem(host, page)).to.deep.include({ sub: 'ana', acr: 'urn:oidc-rekey:acr:2fa' })
  })

  it('may parse bodies before us', async () => {
    host = await startHost({ application: withRekey(bodyParser()) })
    const { page } = await enrol(host, createVisitor(host.issuer))
    expect(await redeem(host, page)).to.include({ sub: 'ana' })
  })

  it('learns in one line why a form is refused whose body it has read and dropped', async () => {
    const lines: string[] = []
    const drop: Middleware = async (ctx, next) => {
      await once(ctx.req.resume(), 'end')
      await next()
    }
    host = await startHost({
      application: withRekey(drop),
      options: { onError: (error, doing) => void lines.push(`${doing}: ${String(error)}`) },
    })
    const visitor = createVisitor(host.issuer)
    const signIn = await visitor.go(signInRequest())
    expect((await visitor.send(signIn, { email: 'ana@example.com', password: 'x' })).status).to.equal(400)
    expect(lines.join('\n')).to.match(/body.*already read/)
  })

  it('has the status and the address of our pages for its log', async () => {
    const lines: string[] = []
    const log: Middleware = async (ctx, next) => {
      await next()
      lines.push(`${ctx.method} ${ctx.path} ${ctx.status} ${ctx.response.type} ${ctx.host}`)
    }
    host = await startHost({ application: withRekey(log) })
    await createVisitor(host.issuer).get('/account/signed-out')
    expect(lines).to.deep.equal([`GET /account/signed-out 200 text/html ${new URL(host.origin).host}`])
  })
})
