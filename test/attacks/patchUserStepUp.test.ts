/** Changes of users without a code, with a used one, or by a repeated key. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, sharedFixture, tally } from '../support/serverFixture.ts'
import { outcome } from './managementApi.ts'
import { expectUnchanged, patch, patchWithCode } from './patchUser.ts'

describe('PATCH /users/{id}', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  describe('without a recent unused proof', () => {
    it('changes no role, status or email', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      await fixture.advance(61)
      await expectUnchanged(fixture, target, async () => {
        for (const change of [
          { roles: ['admin'] },
          { status: 'disabled' },
          { email: 'c@example.com' },
          { roles: [], name: 'X' },
        ]) {
          const answer = await patch(admin, target, change)
          expect(outcome(answer)).to.deep.equal([401, 'insufficient_user_authentication'])
          expect(answer.headers.get('www-authenticate')).to.match(/acr_values="urn:oidc-rekey:acr:2fa", max_age="60"$/)
        }
      })
      expect((await fixture.count(target)).audit('step_up.refused')).to.equal(4)
      expect((await patch(admin, target, { name: 'Another Name' })).body.name).to.equal('Another Name')
    })

    it('accepts a recent sign-in instead of a code, for one act', async () => {
      const admin = await fixture.person({ roles: ['admin'] })
      await fixture.advance(30)
      const acting = await fixture.acting(admin)
      const [target, other] = [await fixture.person(), await fixture.person()]
      expect((await patch(acting, target, { roles: ['helpdesk'] })).body.roles).to.deep.equal(['helpdesk'])
      const used = await patch(acting, other, { roles: ['helpdesk'] })
      expect(outcome(used)).to.deep.equal([401, 'insufficient_user_authentication'])
      expect(used.headers.get('www-authenticate')).to.contain('max_age="0"')
    })

    it('accepts a code once: not for another change, another person or a reset', async () => {
      const [admin, target, other] = [await fixture.admin(), await fixture.person(), await fixture.person()]
      const code = await admin.person.code()
      expect((await patch(admin, target, { roles: ['helpdesk'], code })).status).to.equal(200)
      const replays = [
        await patch(admin, target, { roles: ['admin'], code }),
        await patch(admin, other, { roles: ['helpdesk'], code }),
        await admin.reset(other, { code }),
      ]
      for (const answer of replays) expect(outcome(answer)).to.deep.equal([422, 'code_incorrect'])
      expect((await fixture.host.directory.find(target.id))?.roles).to.deep.equal(['helpdesk'])
      expect((await fixture.host.directory.find(other.id))?.roles).to.deep.equal([])
    })

    it('accepts a code once among concurrent requests', async () => {
      const admin = await fixture.admin()
      const targets = await concurrently(() => fixture.person(), 10)
      const code = await admin.person.code()
      const answers = await concurrently((index) => patch(admin, targets[index]!, { roles: ['admin'], code }), 10)
      expect(tally(answers)).to.deep.equal({ 200: 1, 422: 9 })
    })
  })

  describe('with an Idempotency-Key', () => {
    it('needs one code for that change of that person, for a minute', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      const key = { 'idempotency-key': 'ticket-12' }
      const change = { roles: ['helpdesk'], name: 'Helper' }
      const code = await admin.person.code()
      expect((await patch(admin, target, { ...change, code }, key)).status).to.equal(200)
      for (const again of [{ code }, {}, { code: '000000' }])
        expect((await patch(admin, target, { name: 'Helper', roles: ['helpdesk'], ...again }, key)).status).to.equal(
          200,
        )
      const { audit } = await fixture.count(target)
      expect([audit('account.changed'), audit('step_up.refused')]).to.deep.equal([1, 0])
      const others = [
        await patch(admin, target, { roles: ['admin'], code }, key),
        await patch(admin, await fixture.person(), { ...change, code }, key),
        await patch(admin, target, [], key),
      ]
      for (const answer of others) expect(outcome(answer)).to.deep.equal([409, 'idempotency_conflict'])
      // The same key for another kind of act needs a code of its own.
      expect(outcome(await admin.reset(target, { code }, key))).to.deep.equal([422, 'code_incorrect'])
      // The change is undone; an attacker with the token and the key cannot repeat it.
      expect((await patchWithCode(admin, target, { roles: [] })).status).to.equal(200)
      await fixture.advance(61)
      expect(outcome(await patch(admin, target, change, key))).to.deep.equal([409, 'idempotency_conflict'])
      expect((await fixture.host.directory.find(target.id))?.roles).to.deep.equal([])
    })
  })

  it('makes every other refusal before it uses the code', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const pending = await fixture.person({ status: 'pending', enrolled: false })
    const code = await admin.person.code()
    const refusals = [
      await patch(admin, { id: 'nobody' }, { roles: [], code }),
      await patch(admin, admin.person, { roles: [], code }),
      await patch(admin, target, { roles: ['root'], code }),
      await patch(admin, target, { email: pending.email.toUpperCase(), code }),
      await patch(admin, pending, { status: 'active', code }),
      await patch(admin, pending, { status: 'disabled', code }),
      await patch(admin, target, { roles: [], code }, { 'idempotency-key': 'a b' }),
      await patch(admin, target, { roles: [], code: `${code}0` }),
    ]
    expect(refusals.map(outcome)).to.deep.equal([
      [404, 'user_not_found'],
      [403, 'self_reset'],
      [422, 'invalid_request'],
      [409, 'email_taken'],
      [409, 'setup_incomplete'],
      [409, 'setup_incomplete'],
      [422, 'invalid_request'],
      [422, 'invalid_request'],
    ])
    expect((await patch(admin, target, { roles: ['helpdesk'], code })).status).to.equal(200)
  })
})
