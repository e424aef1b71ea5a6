/** After a change of the email, sessions that the old mailbox could open have ended. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'

for (const store of ['sqlite', 'redis'] as const)
  describe(`On ${store}, a change of the email`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await openFixture({}, { store })
    })

    it('ends all older sessions and tokens, and keeps the second factor', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      const { visitor } = await fixture.enter(target)
      const tokens = await fixture.tokens(await fixture.enter(target, fixture.ask(), visitor))
      expect(await fixture.silently(visitor)).to.equal('code')
      const email = `moved.${target.email}`
      const answer = await admin.call('PATCH', `/users/${target.id}`, {
        email,
        code: await admin.person.code(),
      })
      expect([answer.status, answer.body.email], answer.text).to.deep.equal([200, email])
      expect(await fixture.silently(visitor)).to.equal('login_required')
      expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
      expect((await fixture.host.rekey.state(target.id))?.state).to.equal('active')
      expect((await fixture.challenge({ ...target, email })).h1).to.equal('Enter your code')
    })
  })
