/** An account that was disabled after its link was mailed: no step of the link, or of a sign-in, sets up an authenticator. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { type Page, withForm } from '../support/client.ts'

describe('A disabled account', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  // A host may change its directory alone, without a call that changes the record.
  const disable = ({ id }: Person) => fixture.host.directory.setStatus(id, 'disabled')
  const stateOf = async ({ id }: Person) => (await fixture.host.rekey.state(id))?.state

  describe('with a mailed link', () => {
    async function linkPage(): Promise<{ person: Person; page: Page }> {
      const person = await fixture.person()
      const { link } = await fixture.reset(person)
      return { person, page: await fixture.visitor().get(link) }
    }

    it('cannot open it by Continue', async () => {
      const { person, page } = await linkPage()
      await disable(person)
      const sent = await page.visitor.send(page, {})
      expect([sent.status, sent.h1]).to.deep.equal([404, 'This link does not work'])
    })

    it('gets no new one', async () => {
      const [admin, person] = [await fixture.admin(), await fixture.person()]
      const { id } = await fixture.reset(person, admin)
      await disable(person)
      const answer = await admin.call('POST', `/users/${person.id}/two-factor/resets/${id}/mail`)
      expect([answer.status, answer.body.code]).to.deep.equal([409, 'account_disabled'])
      expect(await fixture.links(person)).to.have.length(1)
    })

    it('confirms no set-up that was opened before', async () => {
      const { person, page } = await linkPage()
      const setUp = await page.visitor.submit(page, {})
      await disable(person)
      const sent = await fixture.confirm(person, setUp)
      expect([sent.status, sent.h1]).to.deep.equal([404, 'This link does not work'])
      expect(await stateOf(person)).to.equal('reset')
    })
  })

  describe('in a sign-in', () => {
    it('confirms no set-up', async () => {
      const person = await fixture.person()
      await fixture.reset(person)
      const setUp = await fixture.challenge(person)
      await disable(person)
      const sent = await fixture.confirm(person, setUp)
      expect([sent.status, sent.h1]).to.deep.equal([409, 'Your sign-in was interrupted'])
      expect(await stateOf(person)).to.equal('reset')
    })

    it('sends no email again', async () => {
      const person = await fixture.person({ roles: ['admin'] })
      await fixture.reset(person)
      const page = await fixture.challenge(person)
      await disable(person)
      const sent = await page.visitor.submit(withForm(page, /again$/), {})
      expect([sent.status, sent.h1]).to.deep.equal([409, 'Your sign-in was interrupted'])
      await fixture.idle(person)
      expect(await fixture.links(person)).to.have.length(1)
    })
  })
})
