/**
 * The one browser of a run, and the devices people use it on: a context each, with its own cookies. Whatever a page complains of
 * on its console (a policy violated, a script that broke) fails the test it happened in.
 */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'

let browser: Promise<Browser> | undefined
const complaints: string[] = []
const statuses = new WeakMap<Page, number>()
/** How long a page may take to be what is expected. Milliseconds: many times what it takes on a machine with other work to do. */
const TIMEOUT_MS = 30_000

after(async () => (await browser)?.close())

/** A device nobody has used yet, or one with the cookies it had (`storageState`). */
export async function openDevice(options: BrowserContextOptions = {}): Promise<Page> {
  browser ??= launchChromium()
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

/** What pages complained of since this was asked last. */
export const takeComplaints = (): string[] => complaints.splice(0)

/** What the relying party's page is called when the browser comes back. */
export const BACK = 'Back at the relying party'

/** Waits until the page has this heading; with `status`, it must have come with it. */
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
/** Waits until the page says that something is wrong, in these words. */
export const says = (page: Page, words: string): Promise<void> =>
  page.getByRole('alert').filter({ hasText: words }).waitFor()

/** Tries again until `check` no longer throws; then what it said. */
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
