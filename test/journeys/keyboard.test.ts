/** The mailed link with the keyboard alone: every control can be reached, and the focus is visible. */
import { expect } from 'chai'
import type { Locator, Page } from 'playwright-core'
import { field, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import { codesOn } from '../support/person.ts'
import { Authenticator } from '../support/authenticator.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('with the keyboard alone', () => {
  const fixture = setStage()

  /** Presses Tab until the control has the focus; every stop before it must be visible. */
  async function tabTo(page: Page, wanted: Locator): Promise<void> {
    for (let times = 0; times < 40; times++) {
      await page.keyboard.press('Tab')
      const focused = page.locator(':focus')
      if ((await focused.count()) === 0) continue
      const seen = await focused.evaluate((element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
        const { width, height } = element.getBoundingClientRect()
        const marked = (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) || boxShadow !== 'none'
        return marked && width > 0 && height > 0
      })
      expect(seen, `the focus is seen on ${await focused.evaluate((element) => element.outerHTML)}`).to.equal(true)
      if (await wanted.evaluate((element) => element === document.activeElement)) return
    }
    expect.fail(`the keyboard does not reach ${String(wanted)}`)
  }
  const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })

  it('a user gets from the mailed link to the last page', async () => {
    const ana = await fixture.person('user01')
    await (await fixture.services()).reset(ana)
    const page = await fixture.device()
    await page.goto(await newestLink(fixture.server, ana))
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').innerText(), 'the first stop').to.equal('Skip to main content')
    await page.keyboard.press('Enter')
    await tabTo(page, button(page, 'Continue'))
    await page.keyboard.press('Enter')

    await sees(page, 'Set up your authenticator')
    await tabTo(page, page.locator('summary', { hasText: 'scan it?' }))
    await page.keyboard.press('Enter')
    const key = await page.getByRole('status', { name: 'Setup key' }).innerText()
    const authenticator = new Authenticator(key.replaceAll(' ', ''))
    await tabTo(page, field(page, '6-digit code'))
    await page.keyboard.type('000000')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    expect(await page.locator(':focus').getAttribute('role'), 'the fault has the focus').to.equal('alert')
    await tabTo(page, page.getByRole('alert').getByRole('link'))
    await page.keyboard.press('Enter')
    expect(await field(page, '6-digit code').evaluate((item) => item === document.activeElement)).to.equal(true)
    await page.keyboard.type(await ana.code(authenticator))
    await page.keyboard.press('Enter')

    await sees(page, 'Save your backup codes')
    expect(await codesOn(page)).to.have.length(10)
    await tabTo(page, page.getByRole('link', { name: 'Download', exact: true }))
    await tabTo(page, page.getByRole('checkbox', { name: 'I have saved these codes' }))
    await page.keyboard.press('Space')
    await tabTo(page, button(page, 'Continue'))
    await page.keyboard.press('Enter')
    await sees(page, 'You are all set')
    await tabTo(page, page.getByRole('link', { name: 'Sign in', exact: true }))
    await page.keyboard.press('Enter')
    await sees(page, 'Sample application')
  })

  it('an administrator resets a user in the console', async () => {
    await fixture.person('user02')
    const admin = await fixture.person('admin')
    const page = await fixture.device()
    const link = (name: string): Locator => page.getByRole('link', { name, exact: true })
    const go = async (wanted: Locator): Promise<void> => {
      await tabTo(page, wanted)
      await page.keyboard.press('Enter')
    }
    await page.goto(`${fixture.server.issuer}/admin`)
    await admin.signsIn(page)
    await sees(page, 'Users')
    await go(link('Settings'))
    await sees(page, 'Settings')
    await go(link('Users'))
    await sees(page, 'Users')
    await tabTo(page, page.getByRole('searchbox', { name: 'Search', exact: true }))
    await page.keyboard.type('ben ok')
    await page.keyboard.press('Enter')
    await page.getByText('1 found', { exact: true }).waitFor()
    await go(link('Ben Okafor'))
    await sees(page, 'Ben Okafor')

    await go(link('2FA - Reset'))
    await sees(page, 'Reset two-factor authentication for Ben Okafor?')
    await page.keyboard.press('Escape')
    await sees(page, 'Ben Okafor')
    expect(await link('2FA - Reset').evaluate((item) => item === document.activeElement), 'the focus is back').to.equal(
      true,
    )
    await page.keyboard.press('Enter')
    await sees(page, 'Reset two-factor authentication for Ben Okafor?')
    await go(button(page, 'Reset 2FA'))
    await sees(page, 'Enter your own code')
    await page.keyboard.type(await admin.code())
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: '2FA has been reset' }).waitFor()
  })
})
