/** A reader of the old mailbox, who signed in by what its letters opened, does not stay signed in when letters go elsewhere. */
import { expect } from 'chai'
import { type Arena, openArena } from '../support/arena.ts'

for (const store of ['sqlite', 'redis'] as const)
  describe(`On ${store}, a change of the address`, () => {
    let arena: Arena
    before(async () => {
      arena = await openArena({}, { store })
    })

    it('ends the sessions and tokens of before, and leaves the second factor', async () => {
      const [admin, target] = [await arena.admin(), await arena.person()]
      const { visitor } = await arena.enter(target)
      const tokens = await arena.tokens(await arena.enter(target, arena.ask(), visitor))
      expect(await arena.silently(visitor)).to.equal('code')
      const email = `moved.${target.email}`
      const answer = await admin.call('PATCH', `/users/${target.id}`, {
        email,
        code: await admin.person.code(),
      })
      expect([answer.status, answer.body.email], answer.text).to.deep.equal([200, email])
      expect(await arena.silently(visitor)).to.equal('login_required')
      expect((await arena.userinfo(tokens.access_token)).status).to.equal(401)
      expect((await arena.house.rekey.state(target.id))?.state).to.equal('active')
      expect((await arena.challenge({ ...target, email })).h1).to.equal('Enter your code')
    })
  })
