/** The pages in a real browser under the real CSP. `npm run screens` checks every state. */
import { expect } from 'chai'
import type { BrowserContextOptions } from 'playwright-core'
import { languages, words } from '../../src/i18n/messages.ts'
import type { Pages } from '../../src/http/pages/render.ts'
import { faultsOf, lostOn } from './gallery.ts'
import { useGallery } from './galleryBrowser.ts'
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
  ['invite-several', 'report'],
  ['invite-several', 'faults'],
  ['invite-several', 'preview'],
  ['edit', 'taken'],
  ['step-up', 'change'],
  ['confirm-reset', 'no-reason'],
  ['step-up', 'incorrect'],
  ['not-done', 'meanwhile'],
  ['audit', 'some'],
  ['mailbox', 'some'],
  ['mailbox', 'html'],
  ['start', 'all'],
]

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
  const { origin, webSession } = useGallery()

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
          await page.goto(`${origin()}/${name}/${state}?language=${language}`)
          faults.push(...(await lostOn(page)).map((fault) => `${name} (${state}): ${fault}`))
        }
        expect(faults).to.deep.equal([])
      }))

  // German has the longest words of those that were here first; the others have a window of each kind.
  for (const language of languages)
    it(`no page in ${words(language).name} hides a part of its tables or buttons at any width`, async () =>
      webSession('/sign-in/fresh', { viewport: { width: 320, height: 760 } }, async (page) => {
        const widths = language === 'de' ? [1440, 1000, 640, 320] : [1000, 320]
        const faults: string[] = []
        for (const [name, state] of shown) {
          await page.goto(`${origin()}/${name}/${state}?language=${language}`)
          for (const width of widths) {
            await page.setViewportSize({ width, height: 760 })
            faults.push(...(await lostOn(page)).map((fault) => `${name} (${state}), ${width} px: ${fault}`))
          }
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
})
