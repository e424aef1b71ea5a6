/** "Who did what yesterday?" in the console, by pressing, in the reader's time zone, and the same without JavaScript. */
import { expect } from 'chai'
import { eventually, follow, press, sees } from '../support/browser.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('the audit log of the console', () => {
  const fixture = setStage()

  for (const javaScriptEnabled of [true, false])
    it(`says who did what yesterday after three presses (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async () => {
      const admin = await fixture.person('admin')
      const page = await fixture.device({ javaScriptEnabled, timezoneId: 'America/New_York' })
      await page.goto(`${fixture.server.issuer}/admin`)
      await admin.signsIn(page)
      await sees(page, 'Users')

      await follow(page, 'Audit log')
      await sees(page, 'Audit log')
      await follow(page, 'Today')
      const zone = javaScriptEnabled ? 'America/New_York' : 'UTC'
      await page.getByText(`Days in the time zone ${zone}`).waitFor()
      const today = await page.getByLabel('From').inputValue()
      // Lines of sign-ins are written after the answer.
      await eventually(async () => {
        await page.reload()
        expect(await page.getByRole('listitem').filter({ hasText: 'Ada Admin signed in' }).count()).to.be.greaterThan(0)
      })
      await follow(page, 'Yesterday')
      const yesterday = await page.getByLabel('From').inputValue()
      expect(Date.parse(today) - Date.parse(yesterday)).to.equal(86_400_000)
      await page.getByText('No events match this filter.').waitFor()

      await follow(page, 'Show all')
      await page.getByRole('searchbox', { name: 'User' }).fill('ada')
      await page.getByLabel('Event').selectOption({ label: 'Sign-ins' })
      await press(page, 'Filter')
      expect(await page.getByRole('searchbox', { name: 'User' }).inputValue()).to.equal('Ada Admin')
      const row = page.getByRole('listitem').filter({ hasText: 'Ada Admin signed in' }).first()
      await row.locator('summary').click()
      await row.getByText('"type": "sign_in.done"').waitFor()
    })
})
