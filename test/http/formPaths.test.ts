/** The token of every form, submitted to the address of every other form. */
import { expect } from 'chai'
import Koa from 'koa'
import supertest from 'supertest'
import { createSealing } from '../../src/crypto/sealing.ts'
import { createForms } from '../../src/http/formTokens.ts'
import { Refused } from '../../src/http/requestError.ts'
import { routes } from '../../src/http/routes.ts'

const filled = (path: string): string => path.replaceAll(/:\w+/g, 'somebody')
const paths = routes
  .filter(({ method, guards }) => method === 'POST' && guards.some(({ name }) => name === 'form'))
  .map(({ path }) => filled(path))

describe('The token of a form', () => {
  const forms = createForms({
    sealing: createSealing([{ id: 'k', key: new Uint8Array(32).fill(7) }], 'browser'),
    clock: { now: () => 1_800_000_000 },
    issuer: 'http://localhost',
    base: '',
    cookiePath: '',
    secure: false,
  })
  const app = new Koa()
  app.use(async (ctx) => {
    try {
      if (ctx.method === 'GET') ctx.body = forms.to(ctx, ctx.path)
      else ctx.body = await forms.receive(ctx)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      ctx.status = 403
    }
  })

  it('is accepted at the address of its own form and at no other', async function () {
    this.timeout(120_000)
    expect(paths.length).to.be.greaterThan(25)
    expect(new Set(paths)).to.have.property('size', paths.length)
    const server = app.listen(0, '127.0.0.1')
    try {
      const browser = supertest.agent(server)
      await browser.get('/')
      for (const made of paths) {
        const { formToken } = (await browser.get(made)).body as { formToken: string }
        for (const sent of paths) {
          const answer = await browser.post(sent).type('form').send({ form_token: formToken })
          expect(answer.status, `the form of ${made} sent to ${sent}`).to.equal(made === sent ? 200 : 403)
        }
      }
    } finally {
      server.close()
    }
  })
})
