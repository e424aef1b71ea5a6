import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import { launchChromium } from './chromium.ts'

describe('The browser of the tests', () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(async () => browser.close())

  it('renders text: letters have different widths, so there is a font', async () => {
    const page = await browser.newPage()
    await page.setContent('<span>iiiiiiii</span><br><span>WWWWWWWW</span>')
    const [thin, wide] = await page
      .locator('span')
      .evaluateAll((spans) => spans.map((span) => span.getBoundingClientRect().width))
    expect(thin)
      .to.be.greaterThan(0)
      .and.lessThan(Number(wide) / 2)
    await page.close()
  })

  it('renders Arabic: a font has its letters', async () => {
    const page = await browser.newPage()
    await page.setContent('<span>اااااااا</span><br><span>ضضضضضضضض</span>')
    const [thin, wide] = await page
      .locator('span')
      .evaluateAll((spans) => spans.map((span) => span.getBoundingClientRect().width))
    expect(thin)
      .to.be.greaterThan(0)
      .and.lessThan(Number(wide) / 2)
    await page.close()
  })

  it('lets no page reach the network', async () => {
    const page = await browser.newPage()
    const failure = await page.goto('https://example.com').catch((error: Error) => error.message)
    expect(failure).to.contain('ERR_NAME_NOT_RESOLVED')
    await page.close()
  })
})
