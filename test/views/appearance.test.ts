/** The pages in a real browser under the real CSP. `npm run screens` checks every state. */
import { expect } from 'chai'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import type { Pages } from '../../src/http/pages/render.ts'
import { readQr } from '../support/authenticator.ts'
import { launchChromium } from '../support/chromium.ts'
import { faultsOf, type Gallery, openGallery } from './gallery.ts'
import { FROM_THE_RIGHT, LONGER, languageOf } from './pseudoLocales.ts'

/** The state of each page with the most content. */
const shown: readonly (readonly [keyof Pages, string])[] = [
  ['sign-in', 'mismatch'],
  ['challenge', 'clock'],
  ['backup-code', 'incorrect'],
  ['set-up', 'forced'],
  ['set-up', 'ending'],
  ['change', 'replace-incorrect'],
  ['backup-codes', 'unticked'],
  ['done', 'signing-in'],
  ['link', 'of another'],
  ['dead-link', 'expired'],
  ['link-renewed', 'only'],
  ['check-email', 'not-here'],
  ['check-email', 'sent'],
  ['enter-password', 'mismatch'],
  ['consent', 'some'],
  ['paused', 'for-a-while'],
  ['interrupted', 'reset'],
  ['unavailable', 'only'],
  ['error', 'sign-in-request'],
  ['account', 'few-codes'],
  ['log-out', 'request'],
  ['settings', 'only'],
  ['users', 'some'],
  ['users', 'none'],
  ['user', 'reset'],
  ['user', 'pending'],
  ['invite', 'taken'],
  ['edit', 'taken'],
  ['step-up', 'change'],
  ['confirm-reset', 'no-reason'],
  ['step-up', 'incorrect'],
  ['not-done', 'meanwhile'],
  ['audit', 'some'],
  ['mailbox', 'some'],
  ['start', 'all'],
]

/** Elements that are cut off or exceed the page on either side. */
const lostOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    const wide = scrollWidth > clientWidth ? [`${scrollWidth} px wide`] : []
    const clipped = [...document.querySelectorAll<HTMLElement>('button, .btn, .tag, label, h1, h2, dt, dd')].filter(
      (item) => {
        const { left, right, width } = item.getBoundingClientRect()
        const isFar = !item.closest('.scroll') && width > 0 && (left < -1 || right > clientWidth + 1)
        return isFar || (item.scrollWidth > item.clientWidth + 1 && item.clientWidth > 0)
      },
    )
    return [...wide, ...clipped.map((item) => `cut off: ${item.outerHTML.slice(0, 120)}`)]
  })

/** Why the focused element is not visible: no outline, low contrast, outside of the window, or covered. @see WCAG 2.2, 2.4.7, 2.4.11, 1.4.11 */
function focusFault(): string | null {
  const item = document.activeElement
  if (!item || item === document.body) return 'the end'
  const { left, top, right, bottom } = item.getBoundingClientRect()
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(item)
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = (/\d+, \d+, \d+/.exec(colour)?.[0] ?? '').split(', ').map((text) => {
      const share = Number(text) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const pair = [luminance(outlineColor), luminance(getComputedStyle(document.body).backgroundColor)]
  const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)
  // Of an element higher than the window, the visible part counts.
  const at = document.elementFromPoint((left + right) / 2, (Math.max(0, top) + Math.min(innerHeight, bottom)) / 2)
  const seen = at !== null && (item.contains(at) || at.contains(item))
  const faults = [
    outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2 ? 'no outline' : '',
    contrast < 3 ? `an outline of ${contrast.toFixed(1)}:1` : '',
    seen ? '' : 'out of sight',
  ].filter(Boolean)
  return faults.length > 0 ? `${item.outerHTML.slice(0, 100)}: ${faults.join(', ')}` : null
}

describe('the pages in a browser', () => {
  let browser: Browser
  let gallery: Gallery
  const posted: string[] = []

  before(async () => {
    browser = await launchChromium()
    gallery = await openGallery((text) => posted.push(text))
  })
  after(async () => {
    await browser.close()
    gallery.close()
  })
  beforeEach(() => posted.splice(0))

  /** Opens a page, and fails on errors in its browser console. */
  async function webSession<T>(
    path: string,
    options: BrowserContextOptions,
    get: (page: Page) => Promise<T>,
  ): Promise<T> {
    const context = await browser.newContext(options)
    try {
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.goto(gallery.origin + path)
      const result = await get(page)
      expect(complaints).to.deep.equal([])
      return result
    } finally {
      await context.close()
    }
  }

  const appearances: BrowserContextOptions[] = [
    { colorScheme: 'light', viewport: { width: 1000, height: 760 } },
    { colorScheme: 'dark', viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true },
  ]
  shown.forEach(([name, state], index) => {
    // Long words on narrow screens: pages with the most text are checked in both languages and appearances.
    const often = ['sign-in', 'set-up', 'backup-codes'].includes(name) ? [0, 1] : [index % 2]
    for (const turn of often) {
      const language = turn === 1 ? 'de' : 'en'
      const options = appearances[turn] ?? {}
      it(`${name} (${state}) is accessible: ${language}, ${options.colorScheme}, ${options.viewport?.width} px`, async () =>
        webSession(`/${name}/${state}?language=${language}`, options, async (page) => {
          expect(await faultsOf(page)).to.deep.equal([])
          // WCAG 1.4.12: no loss of content with wider text spacing.
          const widest = await page.evaluate(() => {
            const metadata = new CSSStyleSheet()
            metadata.replaceSync(
              '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}',
            )
            const before = document.documentElement.scrollWidth
            document.adoptedStyleSheets = [metadata]
            return Math.max(before, document.documentElement.scrollWidth)
          })
          expect(widest).to.be.at.most(Number(options.viewport?.width))
        }))
    }
  })

  for (const language of [LONGER, FROM_THE_RIGHT])
    it(`every page shows all of its text within its width in ${languageOf(language).name}`, async () =>
      webSession('/sign-in/fresh', { viewport: { width: 320, height: 640 } }, async (page) => {
        const faults: string[] = []
        for (const [name, state] of shown) {
          await page.goto(`${gallery.origin}/${name}/${state}?language=${language}`)
          faults.push(...(await lostOn(page)).map((fault) => `${name} (${state}): ${fault}`))
        }
        expect(faults).to.deep.equal([])
      }))

  for (const colorScheme of ['light', 'dark'] as const)
    it(`the keyboard focus is visible at every stop in the ${colorScheme} scheme`, async () => {
      for (const path of [
        '/sign-in/mismatch',
        '/set-up/first',
        '/backup-codes/fresh',
        '/consent/some',
        '/user/reset',
        '/audit/some',
      ])
        await webSession(path, { colorScheme, viewport: { width: 1000, height: 500 } }, async (page) => {
          const lost: string[] = []
          for (let step = 0; step < 40; step++) {
            await page.keyboard.press('Tab')
            const found = await page.evaluate(focusFault)
            if (found === 'the end') break
            if (found) lost.push(found)
          }
          expect(lost, path).to.deep.equal([])
        })
    })

  it('the layout does not shift while a page loads and its script starts', async () => {
    for (const path of ['/backup-codes/fresh', '/user/reset', '/confirm-reset/fresh', '/set-up/first'])
      await webSession(path, { viewport: { width: 1000, height: 760 } }, async (page) => {
        const moved = await page.evaluate(
          () =>
            new Promise<number>((resolve) => {
              const shift = (entry: PerformanceEntry): number => (entry as PerformanceEntry & { value: number }).value
              const observer = new PerformanceObserver((list) =>
                resolve(
                  list
                    .getEntries()
                    .map(shift)
                    .reduce((a, b) => a + b),
                ),
              )
              observer.observe({ type: 'layout-shift', buffered: true })
              // Enough frames for the buffered entries to be delivered.
              let frames = 0
              const frame = (): unknown => (frames++ < 10 ? requestAnimationFrame(frame) : resolve(0))
              frame()
            }),
        )
        expect(moved, path).to.equal(0)
      })
  })

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
      expect(await page.getByRole('button').allTextContents()).to.deep.equal(['Continue'])
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

  it('a printed page has the account, the codes, and no controls', async () =>
    webSession('/backup-codes/fresh', {}, async (page) => {
      await page.emulateMedia({ media: 'print' })
      expect(await page.getByRole('listitem').filter({ visible: true }).count()).to.equal(10)
      expect(await page.getByText('Backup codes for ana.silva@example.com at Acme ID').isVisible()).to.equal(true)
      expect(await page.getByText('Made on 3 May 2026').isVisible()).to.equal(true)
      for (const gone of [page.getByRole('button'), page.getByRole('link'), page.getByRole('checkbox')])
        expect(await gone.filter({ visible: true }).count()).to.equal(0)
      const pdf = await page.pdf({ format: 'A4' })
      expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).to.have.length(1)
    }))
})
