/** The page of a user shows what becomes of a reset while it happens, without a reload. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { field, follow, press, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import type { Person } from '../support/person.ts'
import { setStage } from '../support/journeyFixture.ts'

/** Within this a change is shown. Milliseconds. */
const SOON_MS = 3000

describe('The state of a reset in the console', () => {
  const fixture = setStage()

  async function reset(page: Page, admin: Person, person: Person): Promise<void> {
    await page.goto(`${fixture.server.issuer}/admin/users/${person.id}`)
    await admin.signsIn(page)
    await page.getByRole('link', { name: '2FA - Reset', exact: true }).click()
    await press(page, 'Reset 2FA')
    await sees(page, 'Enter your own code')
    await field(page, '6-digit code').fill(await admin.code())
    await page.getByRole('button', { name: /^Confirm/ }).click()
    await page.getByRole('status').filter({ hasText: '2FA has been reset' }).waitFor()
  }

  const step = (page: Page, text: string): Promise<void> =>
    page.locator('.course > li', { hasText: text }).first().waitFor()

  /** Presses **Continue** on the newest link, in a browser of its own. */
  async function openLink(person: Person): Promise<void> {
    const page = await fixture.device()
    await page.goto(await newestLink(fixture.server, person))
    await press(page, 'Continue')
    await sees(page, 'Set up your authenticator')
  }

  /** How long it took until the page showed it. */
  async function shown(page: Page, text: string, since: number): Promise<number> {
    await step(page, text)
    return performance.now() - since
  }

  it('follows the link and the set-up in another browser within three seconds, and keeps the focus', async () => {
    const [ana, admin] = [await fixture.person('user03'), await fixture.person('admin')]
    const page = await fixture.device()
    await reset(page, admin, ana)
    await step(page, 'Email accepted')
    await step(page, 'Link not opened')
    const navigations: string[] = []
    page.on('framenavigated', (frame) => navigations.push(frame.url()))
    await page.locator('.note > summary').click()
    await field(page, 'Note').fill('on the phone')

    const other = await fixture.device()
    await other.goto(await newestLink(fixture.server, ana))
    const pressed = performance.now()
    await press(other, 'Continue')
    expect(await shown(page, 'Link opened', pressed)).to.be.lessThan(SOON_MS)
    expect(await page.locator('#live-said').textContent()).to.equal('Link opened')

    await ana.confirms(other)
    expect(await shown(page, 'Set up again', performance.now())).to.be.lessThan(SOON_MS)
    expect(await field(page, 'Note').inputValue()).to.equal('on the phone')
    expect(await field(page, 'Note').evaluate((element) => element === document.activeElement)).to.equal(true)
    expect(navigations).to.deep.equal([])
    await follow(page, 'Refresh')
    await page.locator('.tag', { hasText: 'Completed' }).waitFor()
    expect(await page.getByRole('button', { name: 'Send a new link' }).count()).to.equal(0)
  })

  it('ends with a sentence when the session has ended', async () => {
    const [ben, admin] = [await fixture.person('user04'), await fixture.person('admin')]
    const page = await fixture.device()
    await reset(page, admin, ben)
    await step(page, 'Email accepted')
    const tab = await page.context().newPage()
    await tab.goto(`${fixture.server.issuer}/admin/users`)
    await press(tab, 'Sign out')
    await press(tab, 'Yes, sign out')
    await sees(tab, 'You are signed out')
    await openLink(ben)
    await page.getByRole('status').filter({ hasText: 'You are signed out' }).waitFor()
    await follow(page, 'Refresh')
    await sees(page, 'Sign in')
  })

  it('has a button without JavaScript, which shows it as it is now', async () => {
    const [person, admin] = [await fixture.person('user05'), await fixture.person('admin')]
    const page = await fixture.device({ javaScriptEnabled: false })
    await reset(page, admin, person)
    await openLink(person)
    await follow(page, 'Refresh')
    await step(page, 'Link opened')
  })
})
