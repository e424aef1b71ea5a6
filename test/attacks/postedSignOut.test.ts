/** Sign-out by POST with an ID token ends the session that the token names; no URL contains the token. */
import { expect } from 'chai'
import { createVisitor, type Page, type Visitor } from '../support/client.ts'
import { clock, startHost } from '../support/host.ts'
import { clients } from '../support/relyingParties.ts'
import { startRedis } from '../support/redisServer.ts'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { openRedis } from '../../src/store/redis.ts'
import type { Store } from '../../src/store/store.ts'

const BACK = 'http://127.0.0.1:9/signed-out'
const FROM_ELSEWHERE = { origin: 'https://rp.example', 'sec-fetch-site': 'cross-site' }
/** Has the ID token name its session. */
const SID = { claims: JSON.stringify({ id_token: { sid: null } }) }

for (const store of ['sqlite', 'redis'] as const)
  describe(`Signing out by POST with a hint that names its session, on ${store}`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await openFixture(
        { clients: clients.map((client) => ({ ...client, post_logout_redirect_uris: [BACK] })) },
        { store },
      )
    })

    async function signedIn(more: Record<string, string> = {}) {
      const person = await fixture.person()
      const request = fixture.ask('app', { ...SID, ...more })
      const { visitor, code } = await fixture.enter(person, request)
      return { person, visitor, tokens: await fixture.tokens({ request, code }) }
    }

    /** As with SameSite=Lax: no cookie with the POST, all cookies with the GET that follows. */
    async function signOut(visitor: Visitor, hint: string, more: Record<string, string> = {}): Promise<[Page, Page]> {
      const fields = { id_token_hint: hint, post_logout_redirect_uri: BACK, state: 'x', ...more }
      const sent = await fixture.visitor().post('/session/end', fields, FROM_ELSEWHERE)
      return [sent, await visitor.get(sent.location ?? '/nowhere')]
    }

    it('ends that session without a page, and returns to the application', async () => {
      const { visitor, tokens } = await signedIn()
      const [sent, back] = await signOut(visitor, tokens.id_token)
      expect(sent.status).to.equal(303)
      expect(sent.location)
        .to.match(/^\/session\/end\?/)
        .and.not.contain(tokens.id_token.split('.')[1] ?? '')
      expect([back.status, back.location]).to.deep.equal([303, `${BACK}?state=x`])
      expect(await fixture.silently(visitor)).to.equal('login_required')
      expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
    })

    it('keeps offline access, as the sign-out page does', async () => {
      const { visitor, tokens } = await signedIn({ scope: 'openid offline_access', prompt: 'consent' })
      await signOut(visitor, tokens.id_token)
      expect(await fixture.silently(visitor)).to.equal('login_required')
      expect((await fixture.refresh('app', tokens.refresh_token)).status).to.equal(200)
    })

    it('leaves one audit line, also when sent twice', async () => {
      const { person, visitor, tokens } = await signedIn()
      await signOut(visitor, tokens.id_token)
      await signOut(visitor, tokens.id_token)
      const admin = await fixture.admin()
      await fixture.eventually(async () => {
        const { body } = await admin.call('GET', `/audit-events?type=signed_out&user=${person.id}`)
        expect(body.items).to.have.length(1)
        expect(body.items[0]).to.include({ target: person.id, client_id: 'app', reason: null })
      })
    })

    it('ends no other session of the person, and none of another person', async () => {
      const { person, tokens } = await signedIn()
      const elsewhere = await fixture.enter(person)
      const other = await signedIn()
      const [, page] = await signOut(other.visitor, tokens.id_token)
      // This browser has another session, so the page asks first.
      expect([page.status, page.location]).to.deep.equal([200, null])
      expect(await fixture.silently(elsewhere.visitor)).to.equal('code')
      expect(await fixture.silently(other.visitor)).to.equal('code')
    })

    it('changes nothing when the request is refused', async () => {
      const { visitor, tokens } = await signedIn()
      const [mismatch] = await signOut(visitor, tokens.id_token, { client_id: 'spa' })
      const [tooLong] = await signOut(visitor, tokens.id_token, { state: 'x'.repeat(5000) })
      expect([mismatch.status, tooLong.status]).to.deep.equal([303, 413])
      expect(await fixture.silently(visitor)).to.equal('code')
    })
  })

describe('Signing out by POST during an outage', () => {
  const stores: Readonly<Record<string, () => Promise<[Store, () => Promise<unknown>]>>> = {
    memory: async () => [memoryStore({ clock }), async () => undefined],
    async redis() {
      const server = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] })
      return [await openRedis({ url: server.url, clock }), () => server.kill()]
    },
  }
  for (const [name, open] of Object.entries(stores))
    it(`answers a 503 page with Retry-After, on ${name}`, async () => {
      const [store, end] = await open()
      const host = await startHost({ store })
      try {
        const client = await host.provider.Client.find('app')
        if (!client) throw new Error('no client')
        const token = new host.provider.IdToken({ sub: 'ben' }, { client })
        Object.assign(token, { scope: 'openid', extra: { sid: 'a-session' } })
        const hint = await token.issue({ use: 'idtoken' } as never)
        await store.close()
        const page = await createVisitor(host.issuer).post('/session/end', { id_token_hint: hint }, FROM_ELSEWHERE)
        expect([page.status, page.h1]).to.deep.equal([503, 'Not available right now'])
        expect(page.headers.get('retry-after')).to.equal('2')
        expect(page.location).to.equal(null)
      } finally {
        await host.close()
        await end()
      }
    })
})
