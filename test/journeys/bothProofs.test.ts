/** Both proofs after the reset of a person who may reset others: password and mailed link, in either flow, on any device. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { field, follow, press, says, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import { claimsAtSample } from '../support/person.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('a reset of the helpdesk, with both proofs', () => {
  const fixture = setStage()

  async function opens(page: Page, link: string): Promise<void> {
    await page.goto(link)
    await sees(page, 'Reset your two-factor authentication')
    await page.getByText('You need your password').waitFor()
    await press(page, 'Continue')
    await sees(page, 'Enter your password')
  }

  it('asks the password after the mailed link, and creates no session', async () => {
    const helpdesk = await fixture.person('helpdesk')
    const services = await fixture.services()
    await services.reset(helpdesk)
    const phone = await fixture.device({ javaScriptEnabled: false })
    await opens(phone, await newestLink(fixture.server, helpdesk))
    expect(await phone.getByRole('img', { name: 'QR code' }).count()).to.equal(0)
    expect(await field(phone, 'Email').inputValue()).to.equal(helpdesk.email)
    await field(phone, 'Password').fill('not that one')
    await press(phone, 'Continue')
    await says(phone, 'That email and password do not match.')
    await sees(phone, 'Enter your password', 422)
    await field(phone, 'Password').fill(fixture.server.password)
    await press(phone, 'Continue')
    await helpdesk.setsUp(phone)
    expect(await services.get(helpdesk)).to.include({ status: 'completed', completed_via: 'link' })
  })

  it('waits in the sign-in until the link is opened in the same browser, then reaches the application', async () => {
    const helpdesk = await fixture.person('helpdesk')
    const services = await fixture.services()
    await services.reset(helpdesk)
    const first = await newestLink(fixture.server, helpdesk)
    const laptop = await fixture.device()
    await laptop.goto(`${fixture.server.sample}/sign-in`)
    await helpdesk.entersPassword(laptop)
    await sees(laptop, 'Check your email')
    await laptop.getByText(helpdesk.email).first().waitFor()
    await press(laptop, 'I have opened the link')
    await says(laptop, 'The link has not been opened in this browser')
    await sees(laptop, 'Check your email', 422)

    await press(laptop, 'Send it again')
    await laptop.getByRole('status').filter({ hasText: 'we are emailing a new link' }).waitFor()
    const second = await newestLink(fixture.server, helpdesk, [first])

    // On another device the password is still required; this browser is not affected.
    await opens(await fixture.device(), second)
    await press(laptop, 'I have opened the link')
    await says(laptop, 'The link has not been opened in this browser')

    const tab = await laptop.context().newPage()
    await opens(tab, second)
    await press(laptop, 'I have opened the link')
    await helpdesk.setsUp(laptop)
    await follow(laptop, 'Continue to Sample application')
    await sees(laptop, 'Sample application')
    expect(await claimsAtSample(laptop)).to.include({ sub: helpdesk.id, acr: 'urn:oidc-rekey:acr:2fa' })
    expect(await services.get(helpdesk)).to.include({ status: 'completed', completed_via: 'sign-in' })
  })
})
