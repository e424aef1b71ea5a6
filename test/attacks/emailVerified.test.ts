/** An application may link accounts by a verified address: a typed one is not verified before a link to it was used. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'

const NEW = 'a horse that reads at night'

for (const store of ['sqlite', 'redis'] as const)
  describe(`On ${store}, the claim email_verified`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await openFixture({}, { store })
    })

    /** Email and email_verified of this person, from the API and from the userinfo endpoint. */
    async function claims(person: Person): Promise<readonly unknown[]> {
      await fixture.idle(person)
      const { user } = await fixture.count(person)
      const { access_token } = await fixture.tokens(
        await fixture.enter(person, fixture.ask('app', { scope: 'openid email' })),
      )
      const { body } = await fixture.userinfo(access_token)
      return [user.email, user.email_verified, body.email, body.email_verified]
    }
    const both = ({ email }: Person, verified: boolean): readonly unknown[] => [email, verified, email, verified]

    async function patch(target: Person, change: object): Promise<void> {
      const admin = await fixture.admin()
      const { status, text } = await admin.call('PATCH', `/users/${target.id}`, {
        ...change,
        code: await admin.person.code(),
      })
      expect(status, text).to.equal(200)
    }
    async function moved(): Promise<Person> {
      const person = await fixture.person()
      const email = `moved.${person.email}`
      await patch(person, { email })
      return Object.assign(person, { email })
    }

    it('is true for accounts of the operator, also after a changed name', async () => {
      const person = await fixture.person()
      expect(await claims(person)).to.deep.equal(both(person, true))
      await patch(person, {
        name: 'Another Name',
        email: person.email.toUpperCase(),
      })
      expect(await claims(person)).to.deep.equal(both(person, true))
    })

    it('is false for a changed address, until a link to it changed the password', async () => {
      const person = await moved()
      expect(await claims(person)).to.deep.equal(both(person, false))
      const link = await fixture.forget(person)
      const page = await fixture.visitor().get(link)
      const choose = await page.visitor.submit(page, {})
      await fixture.idle(person)
      expect((await fixture.count(person)).user.email_verified).to.equal(false)
      expect((await choose.visitor.submit(choose, { password: NEW })).h1).to.equal('You are all set')
      expect(await claims(Object.assign(person, { password: NEW }))).to.deep.equal(both(person, true))
    })

    it('is false for a changed address, until a link to it finished a reset', async () => {
      const person = await moved()
      await fixture.reset(person)
      expect((await fixture.setUp(person, await fixture.openLink(person, fixture.visitor()))).h1).to.equal(
        'You are all set',
      )
      expect(await claims(person)).to.deep.equal(both(person, true))
    })

    it('stays false when the reset was finished in a sign-in', async () => {
      const person = await moved()
      await fixture.reset(person)
      expect(await claims(person)).to.deep.equal(both(person, false))
    })

    it('is false for an invited account, until its invitation was used', async () => {
      const admin = await fixture.admin()
      const email = `invited.${admin.person.email}`
      const { status, body } = await admin.call('POST', '/users', {
        email,
        name: 'Ivy Invited',
      })
      expect([status, body.email_verified]).to.deep.equal([201, false])
      const person = Object.assign(await fixture.person(), {
        id: String(body.id),
        email,
        password: NEW,
      })
      const choose = await fixture.openLink(person, fixture.visitor())
      await fixture.setUp(person, await choose.visitor.submit(choose, { password: NEW }))
      expect(await claims(person)).to.deep.equal(both(person, true))
    })

    it('cannot be set by a request', async () => {
      const admin = await fixture.admin()
      const target = await moved()
      const code = await admin.person.code()
      const body = { email_verified: true, code }
      expect((await admin.call('PATCH', `/users/${target.id}`, body)).status).to.equal(422)
      expect(
        (
          await admin.call('POST', '/users', {
            email: `x.${target.email}`,
            name: 'X',
            ...body,
          })
        ).status,
      ).to.equal(422)
      expect((await fixture.count(target)).user.email_verified).to.equal(false)
    })
  })
