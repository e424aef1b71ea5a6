/** Applications in the operator's own network call the machine endpoints by another name, and get what the issuer gives. */
import { expect } from 'chai'
import { routes } from '../../src/http/routes.ts'
import { createRelyingParties, type RelyingParties } from '../support/relyingParties.ts'
import { openStandalone, type Standalone } from './standalone.ts'

describe('By an internal host', () => {
  let server: Standalone
  let internal: RelyingParties
  let origin: string
  before(async () => {
    server = await openStandalone((port) => ({ internal_hosts: [`127.0.0.1:${port}`] }))
    origin = server.issuer.replace('localhost', '127.0.0.1')
    internal = createRelyingParties({ ...server, issuer: origin })
  })
  after(() => server.close())

  const claimsOf = (token: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

  it('a code is exchanged, and its tokens are those of the issuer', async () => {
    const { access_token: token, id_token: idToken } = await internal.tokens(await server.enter(await server.person()))
    expect(claimsOf(idToken)).to.include({ iss: server.issuer, aud: 'app' })
    const userinfo = await internal.userinfo(token)
    expect([userinfo.status, userinfo.body.sub]).to.deep.equal([200, claimsOf(idToken)['sub']])
    expect((await server.userinfo(token)).body).to.deep.equal(userinfo.body)
    expect((await internal.introspect('app', token)).body).to.include({ active: true, iss: server.issuer })
    expect((await internal.post('/token/revocation', 'app', { token })).status).to.equal(200)
    expect((await server.introspect('app', token)).body.active).to.equal(false)
  })

  it('a request is pushed, and its sign-in begins at the issuer', async () => {
    const fields = Object.fromEntries(new URLSearchParams(server.ask().path.split('?')[1]))
    const { status, body } = await internal.post('/request', 'app', fields)
    expect(status).to.equal(201)
    const query = new URLSearchParams({ client_id: 'app', request_uri: body.request_uri })
    expect((await server.visitor().go(`/auth?${query.toString()}`)).h1).to.equal('Sign in')
  })

  it('documents and keys are those of the issuer', async () => {
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/jwks']) {
      const [inner, outer] = await Promise.all(
        [origin, server.issuer].map(async (at) => (await fetch(at + path)).text()),
      )
      expect(inner).to.equal(outer)
    }
  })

  it('a probe gets its answer by any method that load balancers use', async () => {
    for (const path of ['/health/live', '/health/ready', '/health/ready?probe'])
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const { status } = await fetch(origin + path, { method })
        expect([method, path, status]).to.deep.equal([method, path, 200])
      }
  })

  it('no route, page of the provider or file is reached', async () => {
    const others = [
      '/',
      '/auth',
      '/auth/x',
      '/session/end',
      '/session/end/confirm',
      '/assets/style.css',
      '/mailbox',
      '/sample',
    ]
    const all = [
      ...routes.map(({ method, path }) => ({ method, path: path.replaceAll(/:\w+/g, 'x') })),
      ...others.flatMap((path) => ['GET', 'POST'].map((method) => ({ method, path }))),
    ]
    for (const { method, path } of all) {
      const { status } = await fetch(origin + path, { method, redirect: 'manual' })
      expect([method, path, status]).to.deep.equal([method, path, 421])
    }
  })
})
