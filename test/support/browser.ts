/**
 * The browser of a run, with one context per device. A message on the console of a page (a CSP violation, a script error) fails the test
 * in which it happened.
 */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'

let browser: Promise<Browser> | undefined
const complaints: string[] = []
const statuses = new WeakMap<Page, number>()
/** Longest time for an expected page. Milliseconds: many times the usual, for a busy machine. */
const TIMEOUT_MS = 30_000

after(async () => (await browser)?.close())

/** A new device, or one with earlier cookies (`storageState`). */
export async function openDevice(options: BrowserContextOptions = {}): Promise<Page> {
  browser ??= launchChromium().then((launched) => launched.once('disconnected', () => (browser = undefined)))
  const context = await (await browser).newContext(options)
  context.setDefaultTimeout(TIMEOUT_MS)
  context.on('page', watch)
  return context.newPage()
}

function watch(page: Page): void {
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('response', (response) => {
    if (response.request().isNavigationRequest() && response.frame() === page.mainFrame())
      statuses.set(page, response.status())
  })
}

/** Console messages since the last call. */
export const takeComplaints = (): string[] => complaints.splice(0)

/** The title of the relying party's callback page. */
export const BACK = 'Back at the relying party'

/** Waits until the page has this heading, and this `status` if given. */
export async function sees(page: Page, heading: string, status?: number): Promise<void> {
  const found = page.getByRole('heading', { level: 1, name: heading, exact: true })
  await found.waitFor().catch(async () => {
    const text = await page.locator('body').innerText()
    throw new Error(`expected the page “${heading}”, at ${page.url()} there is:\n${text}`)
  })
  if (status !== undefined && statuses.get(page) !== status)
    throw new Error(`“${heading}” came with status ${statuses.get(page)}, not ${status}`)
}

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()
export const follow = (page: Page, name: string): Promise<void> => page.getByRole('link', { name, exact: true }).click()
export const field = (page: Page, name: string): Locator => page.getByRole('textbox', { name, exact: true })
/** Waits until the page shows this alert. */
export const says = (page: Page, words: string): Promise<void> =>
  page.getByRole('alert').filter({ hasText: words }).waitFor()

/** Tries again until `check` no longer throws; returns its result. */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + TIMEOUT_MS; ;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
