/** Link and sign-in in a browser without JavaScript: only Copy and Print are missing. */
import { expect } from 'chai'
import { says, field, follow, press, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('without JavaScript', () => {
  const fixture = setStage()

  it('the mailed link leads to a new authenticator, and signing in reaches the application', async () => {
    const ana = await fixture.person('user01')
    await (await fixture.services()).reset(ana)
    const phone = await fixture.device({ javaScriptEnabled: false })
    await phone.goto(await newestLink(fixture.server, ana))
    await press(phone, 'Continue')
    await sees(phone, 'Set up your authenticator')
    await press(phone, 'Continue')
    await sees(phone, 'Set up your authenticator', 422)
    await says(phone, 'Enter the 6-digit code from your authenticator app.')
    // The summary opens without a script.
    await phone.getByText('Can’t scan it?').or(phone.getByText("Can't scan it?")).click()
    const key = await phone.getByRole('status', { name: 'Setup key' }).innerText()
    expect(key).to.match(/^[2-7A-Z]{4}( [2-7A-Z]{1,4}){7}$/)
    expect(key.replaceAll(' ', '')).to.equal((await ana.scans(phone)).secret)
    await ana.confirms(phone)
    for (const name of ['Copy', 'Print'])
      expect(await phone.getByRole('button', { name, exact: true }).count(), `${name} needs a script`).to.equal(0)
    const [download] = await Promise.all([phone.waitForEvent('download'), follow(phone, 'Download')])
    expect(download.suggestedFilename()).to.match(/backup-codes/)
    await press(phone, 'Continue')
    await sees(phone, 'Save your backup codes', 422)
    await ana.savesCodes(phone)
    await follow(phone, 'Sign in')
    await follow(phone, 'Sign in')
    await ana.signsIn(phone)
    await sees(phone, 'Sample application')
    await phone.getByText(`You are signed in as ${ana.id}.`).waitFor()
  })

  it('a forced set-up in the sign-in does the same', async () => {
    const ben = await fixture.person('user02')
    await (await fixture.services()).reset(ben)
    const laptop = await fixture.device({ javaScriptEnabled: false })
    await laptop.goto(`${fixture.server.sample}/sign-in`)
    await ben.entersPassword(laptop)
    await laptop.getByText('An administrator reset your two-factor authentication on').waitFor()
    await ben.scans(laptop)
    await field(laptop, '6-digit code').fill('12345')
    await press(laptop, 'Continue')
    await says(laptop, 'The code must be 6 digits.')
    await ben.setsUp(laptop)
    await follow(laptop, 'Continue to Sample application')
    await sees(laptop, 'Sample application')
    await press(laptop, 'Sign out')
    await laptop.getByText('You are not signed in here.').waitFor()
  })
})
