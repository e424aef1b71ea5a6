/** A browser on the gallery for one suite of tests. */
import { expect } from 'chai'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { type Gallery, openGallery } from './gallery.ts'

interface GalleryBrowser {
  /** Bodies posted in the current test. */
  readonly posted: string[]
  readonly origin: () => string
  webSession<T>(path: string, options: BrowserContextOptions, get: (page: Page) => Promise<T>): Promise<T>
}

/** Registers the hooks of a suite. */
export function useGallery(): GalleryBrowser {
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

  return { posted, origin: () => gallery.origin, webSession }
}
