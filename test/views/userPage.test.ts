/** The page of a user in a real browser: its menu, its questions, and the order of its parts. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { useGallery } from './galleryBrowser.ts'

describe('the page of a user', () => {
  const { posted, webSession } = useGallery()
  const menu = (page: Page) => page.locator('summary', { hasText: 'More' })
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const isOpen = (page: Page) => page.locator('.menu').evaluate((item) => (item as HTMLDetailsElement).open)
  const phone = { viewport: { width: 320, height: 640 } }

  it('closes its menu at Escape, with the focus on its button, and at a click elsewhere', async () =>
    webSession('/user/usual', {}, async (page) => {
      await menu(page).click()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Escape')
      expect(await isOpen(page)).to.equal(false)
      expect(await menu(page).evaluate((item) => item === document.activeElement)).to.equal(true)
      await menu(page).click()
      await page.getByRole('heading', { level: 1 }).click()
      expect(await isOpen(page)).to.equal(false)
    }))

  it('keeps its menu open while Escape answers a question of it', async () =>
    webSession('/user/usual', {}, async (page) => {
      await menu(page).click()
      await button(page, 'End all sessions…').click()
      await page.getByRole('dialog', { name: 'End all sessions?' }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog', { name: 'End all sessions?' }).waitFor({ state: 'hidden' })
      expect(await isOpen(page)).to.equal(true)
    }))

  for (const javaScriptEnabled of [true, false])
    it(`does nothing that cannot be undone at the first press (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async () => {
      const asks = async (path: string, label: string, sent: string): Promise<void> =>
        webSession(path, { javaScriptEnabled, ...phone }, async (page) => {
          if (path.endsWith('usual')) await menu(page).click()
          await button(page, `${label}…`).click()
          await button(page, 'No, go back').filter({ visible: true }).click()
          expect(posted.splice(0), label).to.deep.equal([])
          await button(page, `${label}…`).click()
          await Promise.all([
            page.waitForResponse((response) => response.request().method() === 'POST'),
            button(page, label).click(),
          ])
          expect(posted.splice(0), label).to.deep.equal([`form_token=one-time-token${sent}`])
        })
      await asks('/user/usual', 'End all sessions', '')
      await asks('/user/usual', 'Disable account', '&status=disabled')
      await asks('/user/reset', 'Cancel the link', '')
      await asks('/user/reset', 'Cancel and block set-up', '&freeze=yes')
    })

  const tops = (page: Page): Promise<number[]> =>
    page.evaluate(() =>
      ['two-factor', 'last-reset', 'person', 'sessions', 'events'].map(
        (id) => document.getElementById(id)?.getBoundingClientRect().top ?? -1,
      ),
    )

  it('has 2FA first on a phone, then the reset, the account, the sessions and the events', async () =>
    webSession('/user/reset', phone, async (page) => {
      const found = await tops(page)
      expect(found).to.deep.equal(found.toSorted((a, b) => a - b))
    }))

  it('has a reset that waits above all cards where there is room, and no card with an empty end', async () =>
    webSession('/user/reset', { viewport: { width: 1440, height: 900 } }, async (page) => {
      const [factor = 0, reset = 0, , , events = 0] = await tops(page)
      expect(reset).to.be.lessThan(factor)
      expect(Math.abs(events - factor)).to.be.lessThan(40)
      const ends = await page.evaluate(() =>
        [...document.querySelectorAll('.person > .card')].map(
          (card) => card.getBoundingClientRect().bottom - (card.lastElementChild?.getBoundingClientRect().bottom ?? 0),
        ),
      )
      for (const end of ends) expect(end).to.be.within(0, 40)
    }))
})
