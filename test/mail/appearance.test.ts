/** Every email in a mail program: in both colour schemes, on a narrow screen, without remote content or script. */
import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import type { Written } from '../../src/mail/templates.ts'
import { launchChromium } from '../support/chromium.ts'
import { faultsOf } from '../views/gallery.ts'
import { written } from './written.ts'

describe('emails in a mail program', () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(() => browser.close())

  for (const colorScheme of ['light', 'dark'] as const)
    it(`are accessible in the ${colorScheme} scheme, 320 px wide, in the longest language and from right to left`, async () => {
      const page = await browser.newPage({ colorScheme, viewport: { width: 320, height: 640 } })
      const sent: string[] = []
      page.on('request', (request) => sent.push(request.url()))
      for (const [name, { html }] of [written('de'), written('ar')].flatMap(Object.entries<Written>)) {
        await page.setContent(html)
        // An email is no page of a site: it has no main and no heading.
        const faults = (await faultsOf(page)).filter(
          (fault) => !/^(landmark-one-main|region|page-has-heading-one)/.test(fault),
        )
        expect(faults, name).to.deep.equal([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth), name).to.equal(320)
      }
      expect(sent).to.deep.equal([])
      await page.close()
    })
})
