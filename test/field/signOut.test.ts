/** No logout request ends on an error page with the session alive. @see OpenID Connect RP-Initiated Logout 1.0 §2–§4 */
import { expect } from 'chai'
import { exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose'
import type { Page, Visitor } from '../support/client.ts'
import { clients, type Tokens } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const BACK = 'http://127.0.0.1:9/signed-out'
const FROM_ELSEWHERE = { origin: 'https://rp.example', 'sec-fetch-site': 'cross-site' }
const SID = { claims: JSON.stringify({ id_token: { sid: null } }) }

describe('A logout request', () => {
  let server: Standalone
  let key: CryptoKey
  before(async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    const signing = { ...(await exportJWK(privateKey)), kid: 'present', alg: 'RS256', use: 'sig' }
    key = (await importJWK(signing, 'RS256')) as CryptoKey
    server = await openStandalone({
      clients: clients.map((item) => ({ ...item, post_logout_redirect_uris: [BACK] })),
      keys: { jwks: { keys: [signing] } },
    })
  })
  after(() => server.close())

  interface SignedIn {
    readonly person: Person
    readonly visitor: Visitor
    readonly tokens: Tokens
  }
  async function signedIn(client: 'app' | 'shop' = 'app', more: Record<string, string> = {}): Promise<SignedIn> {
    const person = await server.person()
    const request = server.ask(client, more)
    const { visitor, code } = await server.enter(person, request)
    return { person, visitor, tokens: await server.tokens({ request, code }) }
  }
  const sign = (claims: JWTPayload, by = key): Promise<string> =>
    new SignJWT({ iss: server.issuer, aud: 'app', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'present' })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(by)
  const isQuestion = (page: Page): void => {
    expect([page.status, page.h1]).to.deep.equal([200, 'Sign out?'])
    expect(page.text).not.to.contain(BACK)
  }
  const question = (visitor: Visitor, parameters: Record<string, string>): Promise<Page> =>
    visitor.get(`/session/end?${new URLSearchParams(parameters).toString()}`)
  /** Cross-site, so without cookies, and then the GET that has them. */
  async function posted(visitor: Visitor, parameters: Record<string, string>): Promise<Page> {
    const sent = await server.visitor().post('/session/end', parameters, FROM_ELSEWHERE)
    expect(sent.status).to.equal(303)
    expect(sent.location).not.to.contain('id_token_hint')
    return visitor.get(sent.location ?? '')
  }
  async function confirm(page: Page): Promise<Page> {
    const [, action = ''] = /<form id="op.logoutForm" method="post" action="([^"]*)"/.exec(page.text) ?? []
    const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(page.text) ?? []
    const { pathname, search } = new URL(action)
    return page.visitor.post(pathname + search, { xsrf, logout: 'yes' }, { origin: server.issuer })
  }

  /** What cannot be proven: parameters beside `post_logout_redirect_uri`. */
  const unproven: Readonly<Record<string, (of: SignedIn) => Promise<Record<string, string>>>> = {
    'with a hint of a retired key': async ({ person }) => {
      const { privateKey } = await generateKeyPair('RS256')
      return { id_token_hint: await sign({ sub: person.id }, privateKey) }
    },
    'with a hint of a removed client': async ({ person }) => ({
      id_token_hint: await sign({ sub: person.id, aud: 'removed' }),
    }),
    'with a hint of another issuer': async ({ person }) => ({
      id_token_hint: await sign({ sub: person.id, iss: 'https://other.example' }),
    }),
    'with a hint that is no token': async () => ({ id_token_hint: 'x' }),
    'with a hint that is three dots': async () => ({ id_token_hint: '...' }),
    'with an access token as the hint': async ({ tokens }) => ({ id_token_hint: tokens.access_token }),
    'with a changed hint': async ({ tokens }) => ({ id_token_hint: `${tokens.id_token.slice(0, -6)}AAAAAA` }),
    'with a hint of several audiences': async ({ person }) => ({
      id_token_hint: await sign({ sub: person.id, aud: ['app', 'shop'] }),
    }),
    'with a hint of another client': async ({ tokens }) => ({ id_token_hint: tokens.id_token, client_id: 'spa' }),
    'with a wrong hint beside a known client': async () => ({ id_token_hint: 'x', client_id: 'app' }),
    'of an unknown client': async () => ({ client_id: 'unknown' }),
    'of a client id with control characters': async () => ({ client_id: '\0' }),
    'of no client': async () => ({}),
    'to an address that is not registered': async () => ({ client_id: 'app', post_logout_redirect_uri: `${BACK}/x` }),
    'to an address that is none': async () => ({ client_id: 'app', post_logout_redirect_uri: 'x' }),
  }
  for (const [what, parametersOf] of Object.entries(unproven))
    it(`${what} asks, and then ends the session without the redirect`, async () => {
      const of = await signedIn('shop')
      const parameters = { post_logout_redirect_uri: BACK, state: 's', ...(await parametersOf(of)) }
      isQuestion(await posted(of.visitor, parameters))
      const page = await question(of.visitor, parameters)
      isQuestion(page)
      const done = await confirm(page)
      expect([done.status, done.text.includes(BACK)]).to.deep.equal([200, false])
      expect(await server.silently(of.visitor)).to.equal('login_required')
      const again = await question(of.visitor, parameters)
      expect([again.status, again.h1]).to.deep.equal([200, 'You are signed out'])
    })

  it('with a parameter twice counts without it', async () => {
    const { visitor } = await signedIn('shop')
    const back = `post_logout_redirect_uri=${encodeURIComponent(BACK)}`
    for (const query of [`client_id=shop&client_id=app&${back}`, `${back}&${back}&client_id=shop`, 'state=1&state=2'])
      isQuestion(await visitor.get(`/session/end?${query}`))
  })

  it('by a form that was sent already asks again, or says that all is done', async () => {
    const { visitor } = await signedIn('shop')
    const page = await question(visitor, {})
    const stale = await visitor.post('/session/end/confirm', { xsrf: 'x', logout: 'yes' }, { origin: server.issuer })
    expect([stale.status, stale.location]).to.deep.equal([303, `${server.issuer}/session/end`])
    expect(await server.silently(visitor)).to.equal('code')
    await confirm(page)
    const twice = await confirm(page)
    expect((await visitor.go(new URL(twice.location!).pathname)).h1).to.equal('You are signed out')
  })

  it('speaks the language of ui_locales to the end', async () => {
    const { visitor } = await signedIn('shop')
    const page = await question(visitor, { client_id: 'shop', ui_locales: 'xx de' })
    expect(page.headers.get('content-language')).to.equal('de')
    const done = await confirm(page)
    expect(done.headers.get('content-language')).to.equal('de')
    const [, next = ''] = /<a class="btn" href="([^"]*)"/.exec(done.text) ?? []
    const { pathname, search } = new URL(next.replaceAll('&amp;', '&'), server.issuer)
    expect((await visitor.get(pathname + search)).headers.get('content-language')).to.equal('de')
    for (const path of ['/auth?client_id=unknown', '/auth?response_type=code', '/session/end/success?x=1']) {
      const other = await server.visitor().get(`${path}&ui_locales=de`)
      expect(other.headers.get('content-language'), path).to.equal('de')
    }
  })

  describe('of a first-party client with a valid hint of this very session', () => {
    const done = { status: 303, location: `${BACK}?state=s` }
    const withToken = ({ tokens }: SignedIn) => ({
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: BACK,
      state: 's',
    })
    for (const [name, more] of Object.entries({ 'with a sid': SID, 'without a sid': {} })) {
      for (const [method, send] of Object.entries({ GET: question, POST: posted }))
        it(`asks no question (${method}, ${name})`, async () => {
          const of = await signedIn('app', more)
          expect(await send(of.visitor, withToken(of))).to.include(done)
          expect(await server.silently(of.visitor)).to.equal('login_required')
          expect((await server.userinfo(of.tokens.access_token)).status).to.equal(401)
          // Sent again there is nothing left to end.
          expect(await send(of.visitor, withToken(of))).to.include(done)
        })

      it(`asks in a browser with another session (${name})`, async () => {
        const [of, other] = [await signedIn('app', more), await signedIn('app', more)]
        expect((await question(other.visitor, withToken(of))).h1).to.equal('Sign out?')
        expect(await server.silently(other.visitor)).to.equal('code')
        expect(await server.silently(of.visitor)).to.equal('code')
      })
    }

    it('asks with the hint of an earlier session of the same person', async () => {
      const of = await signedIn('app', SID)
      const again = await server.enter(of.person, server.ask('app', SID))
      expect((await question(again.visitor, withToken(of))).h1).to.equal('Sign out?')
    })

    it('asks for a client that is not first-party', async () => {
      const of = await signedIn('shop', SID)
      expect((await question(of.visitor, withToken(of))).h1).to.equal('Sign out?')
      expect(await server.silently(of.visitor)).to.equal('code')
    })
  })
})
