/** An account from its invitation to the first sign-in: email, password, authenticator, backup codes. */
import { expect } from 'chai'
import { eventually, field, follow, press, says, sees } from '../support/browser.ts'
import { createPerson } from '../support/person.ts'
import { lettersTo } from '../support/mailboxEmails.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('an invitation', () => {
  const fixture = setStage()

  it('leads from the email to the sample application, with a new password and authenticator', async () => {
    const { server } = fixture
    const services = await fixture.services()
    const made = await services.call('POST', '/users', { email: 'noor@example.com', name: 'Noor Haddad' })
    expect(made.status, made.text).to.equal(201)
    const noor = createPerson(server, 'noor')
    const link = await eventually(async () => {
      const [letter] = await lettersTo(server, noor)
      const found = /^http\S+\/invitation\/\S+$/m.exec(letter?.text ?? '')?.[0]
      if (!found) throw new Error('no invitation was mailed')
      return found
    })

    const phone = await fixture.device()
    await phone.goto(link)
    await sees(phone, 'Complete your account', 200)
    await press(phone, 'Continue')
    await sees(phone, 'Choose a password')
    await field(phone, 'New password').fill('noor haddad')
    await press(phone, 'Continue')
    await says(phone, 'That password is your name')
    await field(phone, 'New password').fill('four words nobody guesses')
    await press(phone, 'Show password')
    expect(await field(phone, 'New password').getAttribute('type')).to.equal('text')
    await press(phone, 'Continue')
    await noor.setsUp(phone)

    await follow(phone, 'Sign in')
    await sees(phone, 'Sample application')
    await follow(phone, 'Sign in')
    await sees(phone, 'Sign in')
    await field(phone, 'Email').fill(noor.email)
    await field(phone, 'Password').fill('four words nobody guesses')
    await press(phone, 'Sign in')
    await noor.entersCode(phone)
    await sees(phone, 'Sample application')

    await phone.goto(link)
    await sees(phone, 'This link was already used', 410)
  })
})
