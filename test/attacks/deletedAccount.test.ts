/** Who may delete an account, with which proof, and what is left of it. */
import { expect } from 'chai'
import { type ServerFixture, openFixture, tally } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import { outcome } from './managementApi.ts'

for (const store of ['sqlite', 'redis'] as const)
  describe(`Deleting an account on ${store}`, () => {
    let fixture: ServerFixture
    let admin: Acting
    let target: Person
    before(async function () {
      this.timeout(60_000)
      fixture = await openFixture({}, { store })
    })
    beforeEach(async () => {
      ;[admin, target] = await Promise.all([fixture.admin(), fixture.person()])
    })

    const remove = (actor: Acting, { id }: Pick<Person, 'id'>, body: object = {}, headers = {}) =>
      actor.call('DELETE', `/users/${id}`, body, headers)
    const removed = async (): Promise<void> => {
      const { status, text } = await remove(admin, target, { code: await admin.person.code() })
      expect(status, text).to.equal(204)
    }
    const events = async (query: string) =>
      (await admin.call('GET', `/audit-events?${query}&limit=200`)).body.items as Record<string, unknown>[]
    async function expectKept(): Promise<void> {
      const { state, audit } = await fixture.count(target)
      expect([state, audit('account.deleted')]).to.deep.equal(['active', 0])
    }

    it('is refused to helpdesk, to oneself, without a role and without the scope, and uses up no code', async () => {
      const helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
      const code = await helpdesk.person.code()
      expect(outcome(await remove(helpdesk, target, { code }))).to.deep.equal([403, 'forbidden_target'])
      expect(outcome(await remove(helpdesk, admin.person, { code }))).to.deep.equal([403, 'forbidden_target'])
      expect((await helpdesk.reset(target, { code })).status, 'the code was not used').to.equal(201)
      const own = await remove(admin, admin.person, { code: await admin.person.code() })
      expect(outcome(own)).to.deep.equal([403, 'self_reset'])
      const plain = await fixture.acting(await fixture.person())
      expect(outcome(await remove(plain, target, {}))).to.deep.equal([403, 'insufficient_scope'])
      const lines = await events(`user=${target.id}&type=account.deletion_refused`)
      expect(lines).to.have.length(1)
      expect(lines[0]).to.include({ actor: helpdesk.person.id, outcome: 'refused', reason: 'authority' })
    })

    it('takes a step-up of its own: no code, no used code, no code or key of another act', async () => {
      await fixture.advance(61)
      expect(outcome(await remove(admin, target))).to.deep.equal([401, 'insufficient_user_authentication'])
      const other = await fixture.person()
      const code = await admin.person.code()
      const key = { 'idempotency-key': 'one-act' }
      expect((await admin.reset(other, { code }, key)).status).to.equal(201)
      expect(outcome(await remove(admin, target, { code }))).to.deep.equal([422, 'code_incorrect'])
      expect(outcome(await remove(admin, other, {}, key))).to.deep.equal([401, 'insufficient_user_authentication'])
      expect(outcome(await remove(admin, target, { code: '12345' }))).to.deep.equal([422, 'invalid_request'])
      expect(outcome(await remove(admin, target, { reason: 'x' }))).to.deep.equal([422, 'invalid_request'])
      await expectKept()
    })

    it('is done once by a key, whose retry is answered although the user is gone; another target is a conflict', async () => {
      const other = await fixture.person()
      const [code, key] = [await admin.person.code(), { 'idempotency-key': 'delete-1' }]
      const answers = await Promise.all([1, 2, 3, 4].map(() => remove(admin, target, { code }, key)))
      expect(tally(answers)).to.deep.equal({ 204: 4 })
      await fixture.advance(3600)
      const later = await fixture.acting(admin.person)
      expect((await remove(later, target, {}, key)).status).to.equal(204)
      expect(outcome(await remove(later, other, {}, key))).to.deep.equal([409, 'idempotency_conflict'])
      expect(outcome(await remove(later, target, { code: await admin.person.code() }))).to.deep.equal([
        404,
        'user_not_found',
      ])
      admin = later
      expect(await events(`user=${target.id}&type=account.deleted`)).to.have.length(1)
    })

    it('of the longest id is answered to a retry too', async () => {
      const id = 'x'.repeat(255)
      await fixture.host.directory.create({ id, email: 'longest@example.com', name: 'Longest' })
      const key = { 'idempotency-key': 'delete-longest' }
      expect((await remove(admin, { id }, { code: await admin.person.code() }, key)).status).to.equal(204)
      expect((await remove(admin, { id }, {}, key)).status, 'the retry').to.equal(204)
    })

    it('ends sessions, sign-ins under way, codes, refresh and access tokens, and mailed links', async () => {
      const request = fixture.ask('shop', { scope: 'openid offline_access', prompt: 'consent' })
      const entered = await fixture.enter(target, request)
      const tokens = await fixture.tokens(entered)
      const unexchanged = await fixture.enter(target)
      const atCode = await fixture.challenge(target)
      const link = await fixture.forget(target)
      await removed()

      expect(await fixture.silently(entered.visitor)).to.equal('login_required')
      expect((await fixture.refresh('shop', tokens.refresh_token)).body.error).to.equal('invalid_grant')
      expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
      expect((await fixture.introspect('shop', tokens.access_token)).body).to.deep.equal({ active: false })
      expect((await fixture.exchange(unexchanged)).body.error).to.equal('invalid_grant')
      const sent = await atCode.visitor.submit(atCode, { code: await target.code() })
      expect([sent.status, sent.h1]).to.deep.equal([409, 'Your sign-in was interrupted'])
      const page = await fixture.visitor().get(link)
      expect([page.status, page.h1]).to.deep.equal([404, 'This link does not work'])
      const again = await fixture.challenge(target)
      expect([again.status, again.h1]).to.deep.equal([422, 'Sign in'])
      await fixture.eventually(async () => {
        for (const kind of ['Session', 'Grant'])
          expect(await fixture.host.store.artefacts.countOfAccount(kind, target.id), kind).to.equal(0)
      })
    })

    it('ends a reset and its mailed link', async () => {
      const { link } = await fixture.reset(target, admin)
      await removed()
      expect((await fixture.visitor().get(link)).status).to.equal(404)
      expect(outcome(await admin.call('GET', `/users/${target.id}/two-factor/resets`))).to.deep.equal([
        404,
        'user_not_found',
      ])
    })

    it('beside resets by others leaves a deleted account', async () => {
      const colleagues = await Promise.all([1, 2, 3].map(() => fixture.admin()))
      const codes = await Promise.all([admin, ...colleagues].map(({ person }) => person.code()))
      const [deleted, ...resets] = await Promise.all([
        remove(admin, target, { code: codes[0] }),
        ...colleagues.map((colleague, n) => colleague.reset(target, { code: codes[n + 1] })),
      ])
      expect(deleted.status).to.equal(204)
      for (const answer of resets) expect([201, 404]).to.include(answer.status)
      expect(outcome(await admin.call('GET', `/users/${target.id}`))).to.deep.equal([404, 'user_not_found'])
      expect(await fixture.host.rekey.state(target.id)).to.equal(null)
    })

    it('leaves no name, address, device or reason: the audit keeps ids', async () => {
      const { visitor } = await fixture.enter(target)
      await admin.reset(target, { code: await admin.person.code(), reason: `${target.email} called` })
      const wrong = await fixture.begin(undefined, visitor)
      await wrong.visitor.submit(wrong, { email: target.email, password: 'wrong' })
      await fixture.eventually(async () => {
        expect(await events(`user=${target.id}&type=password.refused`)).to.have.length(1)
      })
      await removed()
      const lines = await fixture.eventually(async () => {
        const found = await events(`user=${target.id}`)
        for (const { actor, address } of found) if (actor !== admin.person.id) expect(address).to.equal(null)
        return found
      })
      expect(lines.map(({ type }) => type)).to.include.members(['account.deleted', 'two_factor.reset.started'])
      expect(JSON.stringify(lines)).to.not.include(target.email)
      for (const line of lines)
        if (line['actor'] !== admin.person.id) expect(line).to.not.have.property('device')
        else expect(line['address']).to.be.a('string')
      expect(await fixture.host.directory.find(target.id)).to.equal(null)
    })

    it('keeps the id from everybody: import, creation, host and command line', async () => {
      await removed()
      const { directory, rekey } = fixture.host
      const { id, email } = target
      expect(await directory.create({ id, email, name: 'Other' })).to.equal('exists')
      for (const replace of [false, true]) {
        const { refused } = await rekey.adopt([{ id, secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }], { replace })
        expect(refused).to.deep.equal([{ id, why: 'account-deleted' }])
      }
      const result = await rekey
        .loginResult(id, { authenticatedAt: fixture.server.now(), proven: null })
        .catch((error: Error) => error.name)
      expect(result).to.equal('UnknownAccount')
      expect(await rekey.reset({ accountId: id, by: null })).to.have.property('is', 'refused')
      await rekey.forget(id)
      expect(await events(`user=${id}&type=account.deleted`)).to.have.length(1)
      const invited = await admin.call('POST', '/users', { email, name: 'Another person' })
      expect([invited.status, invited.body.id === id]).to.deep.equal([201, false])
    })

    it('exports before what is kept, without secrets, for all three read scopes', async () => {
      await fixture.reset(target, admin)
      await fixture.enter(target)
      const { status, body, text } = await admin.call('GET', `/users/${target.id}/export`)
      expect(status).to.equal(200)
      expect(body.user).to.include({ id: target.id, email: target.email })
      expect([body.user.two_factor.state, body.resets.length, body.sessions.length]).to.deep.equal(['active', 1, 1])
      const types = body.audit_events.items.map(({ type }: { type: string }) => type)
      expect(types).to.include.members(['two_factor.reset.started', 'two_factor.enrolled'])
      expect(text).to.not.match(/sealed|digest|argon2|secret/i)
      const narrow = await fixture.enter(
        admin.person,
        fixture.askManagement({ scope: 'openid users:read two-factor:read' }),
      )
      const reader = fixture.actingWith(admin.person, await fixture.tokens(narrow))
      const refused = await reader.call('GET', `/users/${target.id}/export`)
      expect(outcome(refused)).to.deep.equal([403, 'insufficient_scope'])
      expect(refused.headers.get('www-authenticate')).to.include('scope="audit:read"')
    })
  })
