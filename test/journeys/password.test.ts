/** A forgotten password and a changed one, in a browser: the authenticator is not changed. */
import { expect } from 'chai'
import { eventually, field, follow, press, says, sees } from '../support/browser.ts'
import { lettersTo } from '../support/mailboxEmails.ts'
import type { Person } from '../support/person.ts'
import { setStage } from '../support/journeyFixture.ts'

const NEW = 'a horse that reads at night'

describe('a password', () => {
  const fixture = setStage()
  const linkTo = (person: Person): Promise<string> =>
    eventually(async () => {
      const texts = (await lettersTo(fixture.server, person)).map(({ text }) => text)
      const link = texts.flatMap((text) => /^http\S+\/password\/\S+$/m.exec(text)?.[0] ?? [])[0]
      if (!link) throw new Error('no link to a password was mailed')
      return link
    })

  for (const javaScript of [true, false])
    it(`that was forgotten is replaced by the mailed link${javaScript ? '' : ', also without JavaScript'}`, async () => {
      const ana = await fixture.person(javaScript ? 'user03' : 'user04')
      const computer = await fixture.device({ javaScriptEnabled: javaScript })
      await computer.goto(`${fixture.server.issuer}/account`)
      await ana.signsIn(computer)
      await sees(computer, 'Your security')

      const phone = await fixture.device({ javaScriptEnabled: javaScript })
      await phone.goto(`${fixture.server.issuer}/account`)
      await sees(phone, 'Sign in')
      await follow(phone, 'Forgot your password?')
      await sees(phone, 'Forgot your password?')
      await press(phone, 'Send link')
      await says(phone, 'Enter your email.')
      await field(phone, 'Email').fill(ana.email)
      await press(phone, 'Send link')
      await sees(phone, 'Check your email')

      await phone.goto(await linkTo(ana))
      await sees(phone, 'Choose a new password')
      await press(phone, 'Continue')
      await sees(phone, 'Choose a password')
      await field(phone, 'New password').fill('password1')
      await press(phone, 'Continue')
      await says(phone, 'That password is too easy to guess.')
      await field(phone, 'New password').fill(NEW)
      await press(phone, 'Continue')
      await sees(phone, 'You are all set')
      await computer.reload()
      await sees(computer, 'Sign in')

      await phone.goto(`${fixture.server.issuer}/account`)
      await sees(phone, 'Sign in')
      await ana.entersPassword(phone)
      await says(phone, 'That email and password do not match.')
      await field(phone, 'Password').fill(NEW)
      await press(phone, 'Sign in')
      await ana.entersCode(phone)
      await sees(phone, 'Your security')
      await phone.getByText('The password was changed').waitFor()
      const subjects = (await lettersTo(fixture.server, ana)).map(({ subject }) => subject)
      expect(subjects.some((subject) => /^The password of your .* account was changed$/.test(subject))).to.equal(true)
    })

  it('is changed with a code and the old one; other sessions end', async () => {
    const ben = await fixture.person('user05')
    const [page, elsewhere] = [await fixture.device(), await fixture.device()]
    for (const item of [page, elsewhere]) {
      await item.goto(`${fixture.server.issuer}/account`)
      await ben.signsIn(item)
      await sees(item, 'Your security')
    }
    await press(page, 'Change password')
    await sees(page, 'Change password')
    await press(page, 'Cancel')
    await sees(page, 'Your security')
    await press(page, 'Change password')
    await field(page, '6-digit code').fill(await ben.code())
    await press(page, 'Continue')
    await sees(page, 'Your new password')
    await field(page, 'Current password').fill('not this one')
    await field(page, 'New password').fill(NEW)
    await press(page, 'Change password')
    await says(page, 'That is not your current password.')
    await field(page, 'Current password').fill(fixture.server.password)
    await field(page, 'New password').fill(NEW)
    await press(page, 'Change password')
    await sees(page, 'You are all set')
    await page.getByRole('link', { name: /^Continue to / }).click()
    await sees(page, 'Your security')
    await page.getByText('The password was changed').waitFor()
    await elsewhere.reload()
    await sees(elsewhere, 'Sign in')
  })
})
