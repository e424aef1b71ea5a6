/** Malformed requests to the endpoints of the provider. */
import { expect } from 'chai'
import { request } from 'node:http'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('The provider’s own endpoints', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** Sends a megabyte on its own connection; the server may close it before the end. */
  const statusOfMegabyte = (path: string): Promise<number> =>
    new Promise((resolve) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const sent = request(`${fixture.issuer}${path}`, { method: 'POST', agent: false, headers }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      sent.on('error', () => resolve(0))
      sent.end('x'.repeat(1_000_000))
    })

  it('answer malformed requests without a server error', async () => {
    const paths = [
      '/auth',
      '/token',
      '/me',
      '/request',
      '/token/introspection',
      '/token/revocation',
      '/session/end',
      '/session/end/confirm',
      '/jwks',
      '/auth/nobody',
      '/sign-in/nobody',
      '/sign-in/nobody/consent',
    ]
    const bodies: [string, string][] = [
      ['application/x-www-form-urlencoded', 'a=1&a=2&client_id=app&client_id=management'],
      ['application/x-www-form-urlencoded', `grant_type=authorization_code&code=${'x'.repeat(20_000)}&client_id=spa`],
      ['application/x-www-form-urlencoded', 'grant_type=__proto__&client_id=spa'],
      ['application/x-www-form-urlencoded', 'grant_type=password&username=a&password=b&client_id=spa'],
      ['application/x-www-form-urlencoded', 'grant_type=refresh_token&refresh_token=%00&client_id=spa'],
      ['application/x-www-form-urlencoded', 'client_id=%00&token=%00'],
      ['application/json', '{"__proto__":{}}'],
      ['text/plain', 'x'],
    ]
    for (const path of paths) {
      for (const [type, body] of bodies) {
        const sent = { method: 'POST', redirect: 'manual', headers: { 'content-type': type }, body } as const
        const { status } = await fetch(`${fixture.issuer}${path}`, sent)
        expect(status, `POST ${path} ${body.slice(0, 40)}`).to.be.lessThan(500)
      }
      // The proxy in front of several processes answers 502 when a connection is closed early.
      expect(await statusOfMegabyte(path), `POST ${path}`).to.satisfy(
        (status: number) => status < 500 || status === 502,
      )
      for (const query of [
        '',
        '?a=1&a=2',
        '?client_id=%00',
        '?client_id=app&response_type=token',
        '?__proto__=1',
        '?client_id=app&request_uri=urn:x',
        '?client_id=app&request=e30.e30.',
        `?id_token_hint=${'a.'.repeat(50)}`,
        '?client_id=app&redirect_uri=javascript:alert(1)&response_type=code&scope=openid',
        '?client_id=app&response_mode=form_post',
        '?%ff=%ff',
      ]) {
        const answer = await fetch(`${fixture.issuer}${path}${query}`, {
          redirect: 'manual',
          headers: { accept: 'text/html' },
        })
        expect(answer.status, `GET ${path}${query}`).to.be.lessThan(500)
        expect(answer.headers.get('location') ?? '').not.to.match(/^javascript/)
      }
    }
  })

  it('redirect to no address that is not registered', async () => {
    const addresses = [
      'https://evil.example/',
      'http://127.0.0.1:9/callback/',
      'http://127.0.0.1:9/callback?x=1',
      'http://127.0.0.1:9/callback#x',
      'http://127.0.0.1:9@evil.example/callback',
      'http://127.0.0.1:10/callback',
      '//evil.example',
      'http://127.0.0.1:9/Callback',
      'http://127.0.0.1:9/callback%00',
    ]
    for (const redirect_uri of addresses) {
      const page = await fixture.visitor().get(fixture.ask('app', { redirect_uri }).path)
      expect([redirect_uri, page.status, page.location]).to.deep.equal([redirect_uri, 400, null])
      expect(page.text).not.to.include('href="http://evil').and.not.to.include('href="https://evil')
    }
  })

  it('refuse requests without PKCE, with plain PKCE, or for an implicit flow', async () => {
    const cases: Record<string, string>[] = [
      { code_challenge: '' },
      { code_challenge_method: 'plain' },
      { response_type: 'token' },
      { response_type: 'id_token' },
      { response_type: 'code id_token' },
      { response_type: 'none' },
    ]
    const { visitor } = await fixture.enter(await fixture.person())
    for (const parameters of cases) {
      const page = await visitor.get(fixture.ask('app', { ...parameters, prompt: 'none' }).path)
      // For an implicit flow the error is in the fragment.
      const error = /[?#&]error=(\w+)/.exec(page.location ?? '')?.[1] ?? page.status
      expect(error, JSON.stringify(parameters)).to.be.oneOf(['invalid_request', 'unsupported_response_type', 400])
      expect(page.location ?? '').not.to.match(/[?&#](code|id_token|access_token)=/)
    }
    const entered = await fixture.enter(await fixture.person())
    const wrong = { ...entered, request: { ...entered.request, verifier: 'x'.repeat(43) } }
    expect((await fixture.exchange(wrong)).body.error).to.equal('invalid_grant')
  })
})
