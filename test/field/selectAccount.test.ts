/** `prompt=select_account` is a sign-in. @see OpenID Connect Core §3.1.2.1 */
import { expect } from 'chai'
import { openStandalone, type Standalone } from './standalone.ts'

describe('prompt=select_account', () => {
  let server: Standalone
  before(async () => {
    server = await openStandalone()
  })
  after(() => server.close())

  for (const prompt of ['select_account', 'select_account login', 'login select_account', 'select_account consent'])
    it(`asks who signs in, once (${prompt})`, async () => {
      const [first, second] = [await server.person(), await server.person()]
      const { visitor } = await server.enter(first)
      const request = server.ask('shop', { prompt })
      const page = await visitor.go(request.path)
      expect(page.h1).to.equal('Sign in')
      const { code } = await server.enter(second, request, visitor)
      const tokens = await server.tokens({ request, code })
      const { body } = await server.userinfo(tokens.access_token)
      expect(body.sub).to.equal(second.id)
      expect(await server.silently(visitor)).to.equal('code')
    })

  it('without a session asks for the password once', async () => {
    const { code } = await server.enter(await server.person(), server.ask('app', { prompt: 'select_account' }))
    expect(code).to.be.a('string')
  })

  it('with none is refused, as every other value', async () => {
    const page = await server.visitor().get(server.ask('app', { prompt: 'none select_account' }).path)
    expect(server.answerAt(page)?.get('error')).to.equal('invalid_request')
  })

  it('through a pushed request', async () => {
    const { visitor } = await server.enter(await server.person())
    const fields = Object.fromEntries(
      new URLSearchParams(server.ask('app', { prompt: 'select_account' }).path.slice(6)),
    )
    const { status, body } = await server.post('/request', 'app', fields)
    expect(status).to.equal(201)
    const query = new URLSearchParams({ client_id: 'app', request_uri: body.request_uri })
    expect((await visitor.go(`/auth?${query.toString()}`)).h1).to.equal('Sign in')
  })
})
