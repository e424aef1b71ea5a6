/** Headers of every answer: it cannot be framed, cached or sent as referrer, and loads nothing of another origin. */
import { expect } from 'chai'
import Koa from 'koa'
import request from 'supertest'
import { apps } from '../../src/ports.ts'
import { protect } from '../../src/http/securityHeaders.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('The headers of an answer', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('let no page be cached, framed or sent as referrer', async () => {
    const person = await fixture.person()
    const visitor = fixture.visitor()
    const begun = await fixture.begin()
    const { link } = await fixture.reset(person)
    const pages = [
      begun,
      await fixture.enterPassword(begun, { email: person.email, password: 'wrong password' }),
      await visitor.get(fixture.ask().path),
      await visitor.get(link),
      await visitor.get(`${link}x`),
      await visitor.get('/nowhere'),
      await visitor.post(link, 'x'.repeat(100_000)),
      await visitor.get('/session/end'),
    ]
    expect(new Set(pages.map(({ status }) => status)).size).to.be.greaterThan(3)
    for (const { status, path, headers } of pages) {
      const where = `${status} ${path.slice(0, 40)}`
      expect(headers.get('cache-control'), where).to.match(/no-store/)
      expect(headers.get('referrer-policy'), where).to.equal('no-referrer')
      expect(headers.get('x-content-type-options'), where).to.equal('nosniff')
      expect(headers.get('x-frame-options'), where).to.equal(status === 303 ? null : 'DENY')
      expect(headers.get('content-security-policy'), where).to.match(/frame-ancestors 'none'/)
      expect(headers.get('content-security-policy'), where).to.match(/^default-src 'none'/)
    }
  })

  it('let passkeys be used at this origin, whatever the host forbids', async () => {
    const app = new Koa()
      .use(async (ctx, next) => {
        ctx.set('Permissions-Policy', 'publickey-credentials-get=()')
        await next()
      })
      .use(protect({ secure: true, issuer: 'https://id.example.com', base: '', apps }))
      .use((ctx) => void (ctx.body = '<!doctype html>'))
    const { headers } = await request(app.callback()).get('/')
    expect(headers['permissions-policy']).to.contain(
      'publickey-credentials-create=(self), publickey-credentials-get=(self)',
    )
  })

  it('require https for a year if the issuer is https, and say nothing of it over plain http', async () => {
    const header = async (secure: boolean): Promise<string | undefined> => {
      const app = new Koa()
        .use(protect({ secure, issuer: 'https://id.example.com', base: '', apps }))
        .use((ctx) => void (ctx.body = 'page'))
      const { headers } = await request(app.callback()).get('/')
      return headers['strict-transport-security']
    }
    expect(await header(true)).to.equal('max-age=31536000')
    expect(await header(false)).to.equal(undefined)
  })
})
