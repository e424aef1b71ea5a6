/** A person who is disabled during the set-up reads that, and not that a password was changed. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { withForm } from '../support/client.ts'

describe('A person who is disabled during a sign-in', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('sees at the set-up that the account is disabled', async () => {
    const person = await fixture.person()
    await fixture.reset(person)
    const setUp = await fixture.challenge(person)
    await fixture.host.directory.setStatus(person.id, 'disabled')
    const sent = await fixture.confirm(person, setUp)
    expect(sent.text).to.not.contain('was changed meanwhile')
    expect(sent.text).to.not.contain('Start again')
    expect(sent.text).to.contain('disabled')
  })

  it('sees it where an email would be sent again', async () => {
    const person = await fixture.person({ roles: ['admin'] })
    await fixture.reset(person)
    const page = await fixture.challenge(person)
    await fixture.host.directory.setStatus(person.id, 'disabled')
    const sent = await page.visitor.submit(withForm(page, /again$/), {})
    expect(sent.text).to.not.contain('was changed meanwhile')
    expect(sent.text).to.contain('disabled')
  })
})
