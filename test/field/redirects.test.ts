/** A whole sign-in for each kind of redirect URI, to the tokens. @see RFC 8252 §7 */
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import type { Page, Visitor } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { answerOf } from '../support/relyingParties.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const native = { application_type: 'native', token_endpoint_auth_method: 'none' }
/** What is registered, and what a request may name. */
const kinds: Record<string, { readonly registered: string; readonly requested: string; readonly client: object }> = {
  'a site': { registered: 'https://app.example.com/cb?a=b', requested: 'https://app.example.com/cb?a=b', client: {} },
  'claimed https': {
    registered: 'https://app.example.com/cb',
    requested: 'https://app.example.com/cb',
    client: native,
  },
  'a scheme of the application': {
    registered: 'com.example.app:/cb',
    requested: 'com.example.app:/cb',
    client: native,
  },
  'such a scheme with a host': {
    registered: 'com.example.app://cb',
    requested: 'com.example.app://cb',
    client: native,
  },
  'loopback with another port': {
    registered: 'http://127.0.0.1/cb',
    requested: 'http://127.0.0.1:51004/cb',
    client: native,
  },
  'loopback of IPv6': { registered: 'http://[::1]/cb', requested: 'http://[::1]:51004/cb', client: native },
}
const secret = 'a-secret-of-thirty-two-characters-0'
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

describe('A sign-in that leads to', () => {
  let server: Standalone
  let person: Person
  let browser: Visitor
  before(async () => {
    const clients = Object.values(kinds).map(({ registered, client }, index) => ({
      client_id: `app-${index}`,
      ...(client === native ? {} : { client_secret: secret }),
      first_party: true,
      redirect_uris: [registered],
      ...client,
    }))
    server = await openStandalone({ clients })
    person = await server.person()
    browser = server.visitor()
  })
  after(() => server.close())

  const request = (index: number, redirect: string): string =>
    `/auth?${new URLSearchParams({
      client_id: `app-${index}`,
      response_type: 'code',
      scope: 'openid profile',
      redirect_uri: redirect,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString()}`

  for (const [index, [kind, { requested }]] of Object.entries(kinds).entries())
    it(`${kind} ends with tokens`, async () => {
      const isBack = ({ location }: Page): boolean => location?.startsWith(requested) ?? false
      let page = await browser.go(request(index, requested))
      for (let step = 0; step < 6 && !isBack(page); step++) page = await server.continueSignIn(person, page)
      expect(isBack(page), `${page.status} ${page.h1} ${page.location}`).to.equal(true)
      const code = new URL(String(page.location)).searchParams.get('code') ?? ''
      const client: Record<string, string> = kinds[kind]?.client === native ? {} : { client_secret: secret }
      const grant = { grant_type: 'authorization_code', code, redirect_uri: requested, code_verifier: verifier }
      const body = new URLSearchParams({ client_id: `app-${index}`, ...client, ...grant })
      const {
        status,
        text,
        body: tokens,
      } = await answerOf(await fetch(`${server.issuer}/token`, { method: 'POST', body }))
      expect(status, text.slice(0, 80)).to.equal(200)
      expect((await server.userinfo(tokens.access_token)).body).to.include({ sub: person.id })
    })

  it('an address that is not registered ends on a page here', async () => {
    const others = [
      'https://app.example.com/cb',
      'https://app.example.com/cb?a=c',
      'com.example.app:/other',
      'http://127.0.0.1:1/x',
    ]
    for (const [index, other] of others.entries()) {
      const page = await browser.get(request(index === 0 ? 0 : index, other))
      expect([page.status, page.location], other).to.deep.equal([400, null])
    }
  })
})
