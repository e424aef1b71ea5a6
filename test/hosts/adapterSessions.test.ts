/** Sessions and grants over any adapter: seen, counted and ended by account, though adapters of hosts have no index by account. */
import { expect } from 'chai'
import type { Person } from '../support/people.ts'
import type { Acting } from '../support/managementCalls.ts'
import { type AdapterFixture, openAdapterFixture, titleOf, withAndWithoutAdapter } from './adapters/fixture.ts'

for (const name of withAndWithoutAdapter)
  describe(`Sessions over ${titleOf(name)}`, () => {
    let fixture: AdapterFixture
    let admin: Acting
    before(async () => {
      fixture = await openAdapterFixture(name)
      admin = await fixture.admin()
    })
    afterEach(() => expect(fixture.errors).to.deep.equal([]))
    after(() => fixture.close())

    const sessionsOf = async ({ id }: Person): Promise<{ id: string; applications: string[] }[]> =>
      (await admin.call('GET', `/users/${id}/sessions`)).body.items
    const logoutsOf = ({ id }: Person): unknown[] =>
      fixture.receiver.logouts.filter(({ sub }) => sub === id).map(({ sid }) => sid)

    /** Two browsers, three applications, offline access; each session's tokens. */
    async function signedInTwice(person: Person) {
      const first = await fixture.tokensOf(person, 'spa')
      const same = await fixture.tokensOf(person, 'shop', first.visitor)
      const other = await fixture.tokensOf(person, 'app')
      return { first, same, other }
    }

    async function expectDead(
      clientId: 'spa' | 'shop' | 'app',
      tokens: { access_token: string; refresh_token?: string },
    ) {
      expect((await fixture.refresh(clientId, tokens.refresh_token)).body.error).to.equal('invalid_grant')
      expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
      expect((await fixture.introspect(clientId, tokens.access_token)).body.active).to.equal(false)
    }

    it('the preview, the receipt and the logout tokens of a reset agree, and everything before it is dead', async () => {
      const person = await fixture.person()
      const { first, same, other } = await signedInTwice(person)
      const preview = (await admin.call('GET', `/users/${person.id}/two-factor/reset-preview`)).body
      expect([preview.sessions, preview.grants]).to.deep.equal([2, 3])
      const answer = await admin.reset(person, { code: await admin.person.code() })
      expect(answer.status).to.equal(201)
      const receipt = answer.body.ended
      expect([receipt.sessions, receipt.grants]).to.deep.equal([preview.sessions, preview.grants])
      const clientIds = (clients: { client_id: string }[]) => clients.map(({ client_id: id }) => id).toSorted()
      expect(clientIds(receipt.clients)).to.deep.equal(['app', 'shop', 'spa'])
      expect(clientIds(preview.clients)).to.deep.equal(['app', 'shop', 'spa'])
      await fixture.eventually(async () => expect(new Set(logoutsOf(person)).size).to.equal(3))
      expect(logoutsOf(person)).to.have.length(3)
      const receipts = await admin.call('GET', `/users/${person.id}/two-factor/resets/${answer.body.id}`)
      expect(
        receipts.body.ended.clients.map((client: { backchannel_logout: string }) => client.backchannel_logout),
      ).to.deep.equal(['delivered', 'delivered', 'delivered'])
      await expectDead('spa', first)
      await expectDead('shop', same)
      await expectDead('app', other)
      for (const { visitor } of [first, other]) expect(await fixture.silently(visitor)).to.equal('login_required')
      expect(await sessionsOf(person)).to.deep.equal([])
    })

    it('one of two sessions is ended, with its grants and a logout token; the other stays', async () => {
      const person = await fixture.person()
      const { first, same, other } = await signedInTwice(person)
      const [ended] = (await sessionsOf(person)).filter(({ applications }) => applications.length === 2)
      expect((await admin.call('DELETE', `/users/${person.id}/sessions/${ended?.id}`)).status).to.equal(204)
      expect(await fixture.silently(first.visitor, fixture.ask('spa', { prompt: 'none' }))).to.equal('login_required')
      await expectDead('spa', first)
      await expectDead('shop', same)
      expect(await fixture.silently(other.visitor)).to.equal('code')
      expect((await fixture.userinfo(other.access_token)).status).to.equal(200)
      expect(await sessionsOf(person)).to.have.length(1)
      expect((await admin.call('DELETE', `/users/${person.id}/sessions/${ended?.id}`)).status).to.equal(404)
      await fixture.eventually(async () => expect(logoutsOf(person)).to.have.length(2))
    })

    it('the first set-up, which ends other sessions, succeeds', async () => {
      const person = await fixture.person({ enrolled: false })
      const { visitor } = await fixture.enter(person)
      expect(await fixture.silently(visitor)).to.equal('code')
      expect((await sessionsOf(person)).length).to.equal(1)
    })

    it('signing out ends the session and what it allowed', async () => {
      const person = await fixture.person()
      const request = fixture.ask('app')
      const entered = await fixture.enter(person, request)
      const tokens = await fixture.tokens(entered)
      const page = await entered.visitor.go('/session/end')
      const xsrf = /name="xsrf" value="([^"]*)"/.exec(page.text)?.[1] ?? ''
      await entered.visitor.post('/session/end/confirm', { xsrf, logout: 'yes' }, { origin: fixture.issuer })
      expect(await fixture.silently(entered.visitor)).to.equal('login_required')
      expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
      expect(await sessionsOf(person)).to.deep.equal([])
    })

    if (name === null) return

    it('what a tool of the host deletes is gone, and not listed', async () => {
      const person = await fixture.person()
      const before = new Set(await fixture.foreign.ids('Session'))
      const { visitor } = await fixture.enter(person)
      const mine = (await fixture.foreign.ids('Session')).filter((id) => !before.has(id))
      expect([mine.length, (await sessionsOf(person)).length]).to.deep.equal([1, 1])
      for (const id of mine) await fixture.foreign.remove('Session', id)
      expect(await fixture.silently(visitor)).to.equal('login_required')
      expect(await sessionsOf(person)).to.deep.equal([])
      const { body } = await admin.call('GET', `/users/${person.id}/two-factor/reset-preview`)
      expect(body.sessions).to.equal(0)
    })

    it('what our store does not know is absent, whatever the host’s tables contain', async () => {
      const person = await fixture.person()
      const { visitor, ...tokens } = await fixture.tokensOf(person, 'spa')
      const rows = fixture.store.artefacts
      const [grant] = await rows.ofAccount('Grant', person.id, '', 10)
      const [session] = await rows.ofAccount('Session', person.id, '', 10)
      await rows.delete('Grant', grant!.id)
      expect(await fixture.foreign.ids('Grant')).to.include(grant!.id)
      await expectDead('spa', tokens)
      await rows.delete('Session', session!.id)
      expect(await fixture.silently(visitor, fixture.ask('spa', { prompt: 'none' }))).to.equal('login_required')
    })

    it('ended sessions and grants leave no rows in the host’s tables', async () => {
      const person = await fixture.person()
      const before = await Promise.all(['Session', 'Grant', 'RefreshToken', 'AccessToken'].map(fixture.foreign.ids))
      await fixture.tokensOf(person, 'spa')
      expect((await admin.call('DELETE', `/users/${person.id}/sessions`)).status).to.equal(204)
      await fixture.eventually(async () => {
        const after = await Promise.all(['Session', 'Grant', 'RefreshToken', 'AccessToken'].map(fixture.foreign.ids))
        for (const [index, ids] of after.entries())
          expect(ids.filter((id) => !before[index]!.includes(id))).to.deep.equal([])
      })
    })

    it('each model has one adapter object', () => {
      const { made } = fixture.foreign
      expect(made.toSorted()).to.deep.equal([...new Set(made)].toSorted())
      expect(made).to.include.members(['Session', 'Grant', 'Interaction', 'AuthorizationCode', 'AccessToken'])
    })
  })
