/** Forms, controls and print in a real browser, with and without the script of the pages. */
import { expect } from 'chai'
import type { BrowserContextOptions } from 'playwright-core'
import { faultsOf } from './gallery.ts'
import { languages } from '../../src/i18n/messages.ts'
import { useGallery } from './galleryBrowser.ts'

describe('the script of the pages', () => {
  const { posted, webSession } = useGallery()

  it('a code is sent as it was typed', async () =>
    webSession('/challenge/fresh', {}, async (page) => {
      await page.locator('#code:focus').waitFor()
      await page.keyboard.insertText('123 456')
      await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.keyboard.press('Enter'),
      ])
      expect(posted.join('')).to.equal('form_token=one-time-token&code=123+456')
    }))

  it('an error summary receives the focus and links to its field', async () =>
    webSession('/challenge/incorrect', {}, async (page) => {
      const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.className)
      expect(await focused()).to.equal('error-summary')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      expect(await focused()).to.equal('code')
    }))

  it('another language is chosen with what was typed, after a form was posted', async () =>
    webSession('/sign-in/mismatch?posted=yes', {}, async (page) => {
      await page.locator('#email').fill('new@example.com')
      await page.locator('.languages > button').click()
      expect(await faultsOf(page)).to.deep.equal([])
      await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.getByRole('button', { name: 'Deutsch' }).click(),
      ])
      expect(posted.join('')).to.contain('email=new%40example.com').and.contain('language=de')
    }))

  it('Enter signs in, and chooses no language', async () =>
    webSession('/sign-in/mismatch?posted=yes', {}, async (page) => {
      await page.locator('#password').fill('some words')
      await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.keyboard.press('Enter'),
      ])
      expect(posted.join('')).not.to.contain('language=')
    }))

  it('the set-up begins with the app on a touch screen, and with the QR code elsewhere', async () => {
    const shown = (options: BrowserContextOptions) =>
      webSession('/set-up/forced', options, async (page) => ({
        words: await page.locator('.steps > li:nth-child(2) > p:visible').allTextContents(),
        isLinkFirst: await page.evaluate(() => {
          const [qr, link] = ['.qr', '.open'].map((part) => document.querySelector(part)!.getBoundingClientRect().top)
          return link! < qr!
        }),
      }))
    expect(await shown({ viewport: { width: 1000, height: 760 } })).to.deep.equal({
      words: ['Scan this code with the app.'],
      isLinkFirst: false,
    })
    const phone = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true }
    expect(await shown(phone)).to.deep.equal({
      words: ['Open it in your authenticator app, or scan the code with another device.'],
      isLinkFirst: true,
    })
  })

  it('a time is shown in the zone of the reader, which is named', async () => {
    const shown = (timezoneId: string, path: string): Promise<string | null> =>
      webSession(path, { timezoneId }, (page) => page.locator('time').first().textContent())
    // In the page: 3 May 2026, 22:02 UTC
    expect(await shown('Europe/Berlin', '/link/fresh')).to.equal('4 May 2026, 00:02 CEST')
    expect(await shown('America/New_York', '/link/fresh')).to.equal('3 May 2026, 18:02 GMT-4')
    expect(await shown('Europe/Lisbon', '/link/fresh')).to.equal('3 May 2026, 23:02 WEST')
    expect(await shown('Europe/Berlin', '/link/fresh?language=de')).to.equal('4. Mai 2026, 00:02 MESZ')
    // Joined as the language joins a day and a time.
    expect(await shown('Europe/Berlin', '/link/fresh?language=fr')).to.match(/^4 mai 2026 à 00:02 /)
    expect(await shown('Europe/Berlin', '/link/fresh?language=ar')).to.match(/^4 مايو 2026، 00:02 /)
  })

  it('days of the audit log are days of the reader, whose zone is named and sent', async () => {
    const shown = (path: string) =>
      webSession(path, { timezoneId: 'America/New_York' }, async (page) => ({
        zone: await page.locator('#zone').textContent(),
        sent: await page.locator('input[name=zone]').inputValue(),
        search: await page
          .getByRole('link', { name: 'Yesterday' })
          .evaluate((link) => (link as HTMLAnchorElement).search),
      }))
    const zone = 'Days in the time zone America/New_York'
    const search = '?days=yesterday&zone=America%2FNew_York'
    expect(await shown('/audit/some')).to.deep.equal({ zone, sent: 'America/New_York', search })
    // An address that names another zone keeps it.
    expect(await shown('/audit/filtered')).to.deep.include({
      zone: 'Days in the time zone Europe/Berlin',
      sent: 'Europe/Berlin',
    })
  })

  it('a double click sends one form', async () =>
    webSession('/challenge/fresh', {}, async (page) => {
      await page.getByLabel('6-digit code').fill('123456')
      const answered = page.waitForResponse((response) => response.request().method() === 'POST')
      await page.getByRole('button', { name: 'Continue' }).evaluate((button) => {
        ;(button as HTMLButtonElement).click()
        ;(button as HTMLButtonElement).click()
      })
      await answered
      expect(posted).to.have.length(1)
    }))

  it('Copy puts ten codes on the clipboard, says so and ticks the box', async () =>
    webSession('/backup-codes/fresh', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await page.getByRole('button', { name: 'Copy', exact: true }).click()
      await page.getByRole('status').getByText('10 codes copied.').waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).to.match(/^(.{19}\n){9}.{19}$/)
      expect(await page.getByLabel('I have saved these codes').isChecked()).to.equal(true)
    }))

  it('Print and Download tick the box too', async () =>
    webSession('/backup-codes/fresh', { acceptDownloads: false }, async (page) => {
      const box = page.getByLabel('I have saved these codes')
      await page.evaluate(() => Object.assign(globalThis, { print: () => {} }))
      await page.getByRole('button', { name: 'Print' }).click()
      expect(await box.isChecked()).to.equal(true)
      await box.uncheck()
      await page.getByRole('link', { name: 'Download' }).evaluate((link) => {
        link.addEventListener('click', (event) => event.preventDefault())
        ;(link as HTMLAnchorElement).click()
      })
      expect(await box.isChecked()).to.equal(true)
    }))

  it('a clipboard that refuses leaves the codes selected and the box unticked', async () =>
    webSession('/backup-codes/fresh', {}, async (page) => {
      await page.evaluate(() =>
        Object.assign(navigator.clipboard, { writeText: () => Promise.reject(new Error('no')) }),
      )
      await page.getByRole('button', { name: 'Copy', exact: true }).click()
      await page.getByRole('status').getByText('Selected. Copy it with your keyboard.').waitFor()
      expect(await page.evaluate(() => String(getSelection()))).to.contain('7K3M-9QXT-2B4F-8HWN')
      expect(await page.getByLabel('I have saved these codes').isChecked()).to.equal(false)
    }))

  it('the setup key is copied without its spaces', async () =>
    webSession('/set-up/first', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await page.getByText("Can't scan it?").click()
      await page.getByRole('button', { name: 'Copy key' }).click()
      await page.getByText('Setup key copied.').waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).to.equal('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP')
      expect(await page.getByLabel('Setup key').textContent()).to.equal('JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP')
    }))

  it('two minutes before its end a page offers more time, and requests it', async () =>
    webSession('/set-up/ending', {}, async (page) => {
      await page.getByRole('dialog', { name: 'Are you still there?' }).waitFor()
      expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Stay here')
      const sent = page.waitForRequest((request) => request.method() === 'POST')
      await page.keyboard.press('Enter')
      expect(new URL((await sent).url()).pathname).to.equal('/sign-in/abc/stay')
      await page.keyboard.press('Escape')
      expect(await page.getByRole('dialog').count()).to.equal(0)
    }))

  it('a password can be shown and hidden again', async () =>
    webSession('/sign-in/fresh', {}, async (page) => {
      const field = page.getByLabel('Password')
      await page.getByRole('button', { name: 'Show password' }).click()
      expect(await field.getAttribute('type')).to.equal('text')
      await page.getByRole('button', { name: 'Hide password' }).click()
      expect(await field.getAttribute('type')).to.equal('password')
    }))

  it('without JavaScript no control is shown that needs it, and forms are sent', async () =>
    webSession('/backup-codes/fresh', { javaScriptEnabled: false }, async (page) => {
      expect(await page.getByRole('main').getByRole('button').allTextContents()).to.deep.equal(['Continue'])
      expect(await page.getByRole('link', { name: 'Download' }).getAttribute('href')).to.equal(
        '/sign-in/abc/backup-codes.txt',
      )
      await page.getByLabel('I have saved these codes').check()
      await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.getByRole('button', { name: 'Continue' }).click(),
      ])
      expect(posted.join('')).to.equal('form_token=one-time-token&saved=yes')
    }))

  it('without JavaScript a language is chosen from a list that moves nothing and is within a small window', async () =>
    webSession('/sign-in/fresh', { javaScriptEnabled: false, viewport: { width: 320, height: 480 } }, async (page) => {
      const button = page.getByRole('button', { name: 'Language English' })
      await button.scrollIntoViewIfNeeded()
      const before = await button.boundingBox()
      await button.click()
      const list = page.locator('#languages:popover-open')
      const { x = -1, y = -1, width = 0, height = 0 } = (await list.boundingBox()) ?? {}
      expect([x, y].every((start) => start >= 0) && x + width <= 320 && y + height <= 480, `${x} ${y}`).to.equal(true)
      expect(await button.boundingBox()).to.deep.equal(before)
      expect(await list.getByRole('link').count()).to.equal(languages.length)
      await page.keyboard.press('Escape')
      expect(await list.count()).to.equal(0)
      await button.click()
      await list.getByRole('link', { name: 'Deutsch' }).click()
      await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
    }))

  it('a printed page has the account, the codes, and no controls', async () =>
    webSession('/backup-codes/fresh', {}, async (page) => {
      await page.emulateMedia({ media: 'print' })
      expect(await page.getByRole('listitem').filter({ visible: true }).count()).to.equal(10)
      expect(await page.getByText('Backup codes for ana.silva@example.com at Acme ID').isVisible()).to.equal(true)
      expect(await page.getByText('Created on 3 May 2026').isVisible()).to.equal(true)
      for (const gone of [page.getByRole('button'), page.getByRole('link'), page.getByRole('checkbox')])
        expect(await gone.filter({ visible: true }).count()).to.equal(0)
      const pdf = await page.pdf({ format: 'A4' })
      expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).to.have.length(1)
    }))
})
