/** Requests without a session store at most 2 KB, and are limited by the minute and network. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import { clients } from '../support/relyingParties.ts'

const BACK = 'http://127.0.0.1:9/signed-out'
const withReturn = clients.map((client) =>
  client.client_id === 'app' ? { ...client, post_logout_redirect_uris: [BACK] } : client,
)

describe('A request without a session', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await openFixture({
      clients: withReturn,
      reset: { links_per_hour: null },
      anonymous: { writes_per_minute: null },
    })
  })

  /** Stored bytes of a kind under an id; null: none. */
  const stored = async (kind: string, id: string): Promise<number | null> => {
    const found = await fixture.host.store.artefacts.get(kind, id)
    return found && Buffer.byteLength(found.text)
  }
  const uidOf = (path: string): string => path.split('/').at(-1) ?? ''

  it('that begins a sign-in stores at most 2 KB', async () => {
    const page = await fixture.begin(fixture.ask('app', { state: 's'.repeat(43), nonce: 'n'.repeat(43) }))
    const uid = uidOf(page.path)
    const bytes = await stored('Interaction', uid)
    console.log(`      ${JSON.stringify({ name: 'GET /auth', bytes, seconds: 600 })}`)
    expect(bytes).to.be.within(200, 2048)
  })

  for (const name of ['state', 'nonce', 'claims'] as const)
    it(`may have 2 KB of ${name}, and gets invalid_request for more`, async () => {
      const fill = (bytes: number): string =>
        name === 'claims' ? `{"id_token":{"${'x'.repeat(bytes - 20)}":null}}` : 'x'.repeat(bytes)
      const visitor = fixture.visitor()
      const fits = await visitor.get(fixture.ask('app', { [name]: fill(2000) }).path)
      expect(fits.status).to.equal(303)
      expect(fits.location).to.contain('/sign-in/')
      const refused = fixture.answerAt(await visitor.get(fixture.ask('app', { [name]: fill(2100) }).path))
      expect(refused?.get('error')).to.equal('invalid_request')
      expect(refused?.get('error_description')).to.equal(`${name} is longer than 2048 bytes`)
    })

  it('that is pushed may have 8 KB, and gets invalid_request for more', async () => {
    const push = (hint: string) => {
      const query = new URLSearchParams(fixture.ask('spa').path.split('?')[1])
      return fixture.post('/request', 'spa', { ...Object.fromEntries(query), login_hint: hint })
    }
    const fits = await push('x'.repeat(7000))
    expect(fits.status).to.equal(201)
    const bytes = await stored('PushedAuthorizationRequest', String(fits.body.request_uri).split(':').at(-1) ?? '')
    console.log(`      ${JSON.stringify({ name: 'POST /request, the most', bytes, seconds: 60 })}`)
    const refused = await push('x'.repeat(8200))
    expect([refused.status, refused.body.error]).to.deep.equal([400, 'invalid_request'])
    expect(refused.body.error_description).to.equal('the parameters are longer than 8192 bytes together')
  })

  it('to sign out stores nothing: it redirects to a registered address, else shows a page', async () => {
    const state = 's'.repeat(4000)
    const query = (more: object): string => `/session/end?${new URLSearchParams({ state, ...more }).toString()}`
    const back = { client_id: 'app', post_logout_redirect_uri: BACK }
    const visitor = fixture.visitor()
    const returned = await visitor.get(query(back))
    expect([returned.status, returned.location]).to.deep.equal([303, `${BACK}?state=${state}`])
    const page = await visitor.get(query({}))
    expect([page.status, page.h1]).to.deep.equal([200, 'You are signed out'])
    const foreign = await visitor.get(query({ ...back, post_logout_redirect_uri: 'https://evil.example/' }))
    expect([foreign.status, foreign.h1, foreign.location]).to.deep.equal([200, 'You are signed out', null])
    for (const answer of [returned, page, foreign])
      expect(answer.headers.getSetCookie().join()).not.to.contain('session')
    console.log(`      ${JSON.stringify({ name: 'GET /session/end', bytes: 0 })}`)
  })

  it('to sign out asks first when there is a session', async () => {
    const { visitor } = await fixture.enter(await fixture.person())
    const page = await visitor.get('/session/end')
    expect(page.text).to.contain('op.logoutForm')
  })
})

describe('Requests without a session from one network', () => {
  it('are answered 429 above the limit; sessions, the API and known browsers are not limited by them', async () => {
    const fixture = await openFixture({ anonymous: { writes_per_minute: 10 }, step_up: { acts_per_hour: null } })
    const person = await fixture.person()
    const known = await fixture.enter(person)
    const admin = await fixture.admin()
    const [visitor, pushed] = [fixture.visitor(), fixture.ask('spa').path.split('?')[1] ?? '']
    let last = await visitor.get(fixture.ask().path)
    for (let n = 0; n < 30; n++) last = await visitor.get(fixture.ask().path)
    expect([last.status, last.h1]).to.deep.equal([429, 'Too many requests'])
    expect(Number(last.headers.get('retry-after'))).to.be.within(1, 60)
    const push = await fixture.post('/request', 'spa', Object.fromEntries(new URLSearchParams(pushed)))
    expect([push.status, push.body.error]).to.deep.equal([429, 'temporarily_unavailable'])
    expect(await fixture.silently(known.visitor)).to.equal('code')
    expect((await known.visitor.get(fixture.ask('app', { prompt: 'login' }).path)).status).to.equal(303)
    expect((await admin.reset(person, { code: await admin.person.code() })).status).to.equal(201)
    expect((await known.visitor.get(fixture.ask().path)).status).to.equal(303)
  })
})
