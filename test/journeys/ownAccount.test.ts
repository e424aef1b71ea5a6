/** **Your security**: a person views and changes their own account. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually, field, follow, press, says, sees } from '../support/browser.ts'
import { lettersTo } from '../support/mailboxEmails.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('the account page', () => {
  const fixture = setStage()
  const at = (page: Page, path = '/account'): Promise<unknown> => page.goto(`${fixture.server.issuer}${path}`)
  const list = (page: Page, name: string) => page.getByRole('list', { name, exact: true }).getByRole('listitem')

  it('replaces the authenticator: the old one works until the new one is confirmed, and other browsers are signed out', async () => {
    const ana = await fixture.person('user01')
    const old = ana.authenticator!
    const [page, elsewhere] = [await fixture.device(), await fixture.device()]
    for (const item of [page, elsewhere]) {
      await at(item)
      await ana.signsIn(item)
      await sees(item, 'Your security')
    }
    await page.getByText('On', { exact: true }).waitFor()
    await page.getByText('10 left').waitFor()
    await press(page, 'Replace authenticator')
    await sees(page, 'Replace authenticator')
    await press(page, 'Continue')
    await says(page, 'Enter the 6-digit code from your authenticator app.')
    await field(page, '6-digit code').fill(await ana.code())
    await press(page, 'Continue')
    const scanned = await ana.scans(page)
    await page.getByText('The authenticator you have now works until').waitFor()

    // In another browser the old one still works.
    const third = await fixture.device()
    await at(third)
    await ana.entersPassword(third)
    await ana.entersCode(third, await ana.code(old))
    await sees(third, 'Your security')

    await ana.confirms(page, scanned)
    await ana.savesCodes(page)
    await page.getByRole('link', { name: /^Continue to / }).click()
    await sees(page, 'Your security')
    await page.getByText('The authenticator was replaced by a new one').waitFor()
    expect(await list(page, 'Where you are signed in').count()).to.equal(1)
    for (const item of [elsewhere, third]) {
      await item.reload()
      await sees(item, 'Sign in')
    }
    await ana.entersPassword(third)
    await ana.entersCode(third, await ana.code(old))
    await says(third, 'That code is wrong or was already used.')
    await ana.entersCode(third)
    await sees(third, 'Your security')
    const subjects = (await lettersTo(fixture.server, ana)).map(({ subject }) => subject)
    expect(subjects).to.include('Your authenticator app was replaced')
  })

  it('makes new backup codes after a warning; Cancel changes nothing', async () => {
    const ben = await fixture.person('user02')
    const [before] = ben.codes
    const page = await fixture.device()
    await at(page)
    await ben.signsIn(page)
    await press(page, 'New backup codes')
    await sees(page, 'New backup codes')
    await page.getByText('The 10 you have left stop working at once.').waitFor()
    await press(page, 'Cancel')
    await sees(page, 'Your security')
    await press(page, 'New backup codes')
    await field(page, '6-digit code').fill(await ben.code())
    await press(page, 'Continue')
    await ben.savesCodes(page)
    await page.getByRole('link', { name: /^Continue to / }).click()
    await sees(page, 'Your security')
    await page.getByText('New backup codes were created').first().waitFor()
    const again = await fixture.device()
    await at(again)
    await ben.entersPassword(again)
    await follow(again, 'Use a backup code')
    await field(again, 'Backup code').fill(before!)
    await press(again, 'Continue')
    await says(again, 'That backup code is wrong or was already used.')
    await field(again, 'Backup code').fill(ben.codes[0]!)
    await press(again, 'Continue')
    await sees(again, 'Your security')
    await again.getByText('9 left').waitFor()
  })

  it('lists the sessions with this device marked, and ends the others at once', async () => {
    const chloe = await fixture.person('user03')
    const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const [page, first, two] = [
      await fixture.device(),
      await fixture.device({ userAgent: firefox }),
      await fixture.device(),
    ]
    for (const each of [first, two, page]) {
      await at(each)
      await chloe.signsIn(each)
      await sees(each, 'Your security')
    }
    const sessions = list(page, 'Where you are signed in')
    // The first is that of the enrolment, before this test began.
    const count = await sessions.count()
    expect(count).to.be.at.least(3)
    expect(await sessions.filter({ hasText: 'This device' }).count()).to.equal(1)
    await sessions.filter({ hasText: 'Firefox on Windows' }).getByRole('button', { name: 'End session' }).click()
    await page.getByRole('status').filter({ hasText: 'The session has ended.' }).waitFor()
    await first.reload()
    await sees(first, 'Sign in')
    await two.reload()
    await sees(two, 'Your security')
    await press(page, 'End all other sessions')
    await page.getByRole('status').filter({ hasText: 'All other sessions have ended.' }).waitFor()
    expect(await sessions.count()).to.equal(1)
    await page.getByText('You are not signed in anywhere else.').waitFor()
    await two.reload()
    await sees(two, 'Sign in')
  })

  it('shows the reset by an administrator', async () => {
    const dmitri = await fixture.person('user04')
    const page = await fixture.device()
    await at(page)
    await dmitri.signsIn(page)
    await sees(page, 'Your security')
    await (await fixture.services()).reset(dmitri)
    await page.reload()
    await dmitri.entersPassword(page)
    await dmitri.setsUp(page)
    await page.getByRole('link', { name: /^Continue to / }).click()
    await sees(page, 'Your security')
    await eventually(async () => {
      await page.reload()
      const events = await list(page, 'Recent activity').allInnerTexts()
      expect(events.join('\n')).to.contain('An administrator reset your 2FA')
    })
  })
})
