/** The QR code of the set-up page in a real browser: an authenticator app can read it. */
import { expect } from 'chai'
import type { BrowserContextOptions } from 'playwright-core'
import { PNG } from 'pngjs'
import { readQr } from '../support/authenticator.ts'
import { useGallery } from './galleryBrowser.ts'

describe('the QR code in a browser', () => {
  const { webSession } = useGallery()

  const appearances: BrowserContextOptions[] = [
    { colorScheme: 'light', viewport: { width: 1000, height: 760 } },
    { colorScheme: 'dark', viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true },
  ]
  for (const options of appearances)
    it(`an app can read the QR code: ${options.colorScheme}, ${options.viewport?.width} px`, async () =>
      webSession('/set-up/first', options, async (page) => {
        const picture = await page.locator('.qr').screenshot()
        const { width, data } = PNG.sync.read(picture)
        expect(readQr(picture)).to.match(/^otpauth:\/\/totp\/Acme%20ID:ana/)
        const box = await page.getByRole('img', { name: 'QR code', exact: true }).boundingBox()
        expect(box?.width).to.be.at.least(200)
        // The quiet zone is white in the dark scheme too.
        expect([...data.subarray((width * 6 + 6) * 4, (width * 6 + 6) * 4 + 3)]).to.deep.equal([255, 255, 255])
      }))
})
