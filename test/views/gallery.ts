/** Serves every page in every state under the real CSP, and checks a page with axe-core. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { createViews, readAssets, type Frame, type Pages } from '../../src/http/pages/render.ts'
import { languages } from '../../src/i18n/messages.ts'
import { samples } from './samples.ts'
import { at } from './samples/shared.ts'
import { FROM_THE_RIGHT, LONGER, languageOf } from './pseudoLocales.ts'

const brand = { name: 'Acme ID' }
/** The shipped languages and the pseudo-locales. */
const shipped = createViews({ brand, base: '', languages })
const strange = createViews({ brand, base: '', languages: [LONGER, FROM_THE_RIGHT], wordsOf: languageOf })

export interface Gallery {
  readonly origin: string
  /** `/page/state` of each. */
  readonly paths: readonly string[]
  close(): void
}

const require = createRequire(import.meta.url)
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; frame-src 'self'"
/** In the frame of the mailbox. */
const EMAIL =
  '<!doctype html><html lang="en"><title>Email</title><main><h1>Hello Ana,</h1><p>Set up an authenticator.</p></main></html>'

/** Pages of the first-party applications, by application. */
const apps: Partial<Record<string, 'admin' | 'account'>> = {
  account: 'account',
  ...Object.fromEntries(
    [
      'settings',
      'users',
      'user',
      'invite',
      'invite-several',
      'edit',
      'confirm-reset',
      'confirm-delete',
      'step-up',
      'not-done',
      'audit',
    ].map((name) => [name, 'admin']),
  ),
}

const signingIn: Partial<Frame> = {
  client: { name: 'Sample app', host: 'app.example.org' },
  person: { email: 'ana@example.com' },
}
const visiting = (app: 'admin' | 'account'): Partial<Frame> => ({
  webSession: {
    app,
    name: 'Ada Admin',
    email: 'ada@example.com',
    elsewhere: app === 'admin' ? '/account' : '/admin',
    signOut: { action: '/out', formToken: 'one-time-token' },
  },
})

/** @param onPost called with each posted body */
export async function openGallery(onPost: (text: string) => void = () => undefined): Promise<Gallery> {
  const assets = readAssets()
  const all = (await samples()) as Record<string, Record<string, Pages[keyof Pages]>>
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const [, name = '', state = ''] = decodeURIComponent(pathname).split('/')
    const app = apps[name]
    response.setHeader('Content-Security-Policy', app === 'admin' ? `${policy}; connect-src 'self'` : policy)
    if (request.method === 'POST') {
      void request.setEncoding('utf8').on('data', onPost)
      // Slow enough for a second click.
      return void request.on('end', () => response.writeHead(204).end())
    }
    if (pathname === '/email.html') {
      response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'self'; sandbox")
      return void response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(EMAIL)
    }
    // As without a change: no answer for a while.
    if (pathname === '/live') return
    const asset = assets[pathname]
    if (asset) return void response.writeHead(200, { 'Content-Type': asset.type }).end(asset.body)
    const page = all[name]?.[state]
    if (!page) return void response.writeHead(404).end()
    const language = searchParams.get('language') ?? 'en'
    const isPosted = searchParams.has('posted')
    const frame = { ...(app ? visiting(app) : signingIn), language, now: at, isPosted }
    const views = languages.includes(language) ? shipped : strange
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end(views.page(name as keyof Pages, frame, page))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const paths = Object.entries(all).flatMap(([name, states]) =>
    Object.keys(states).map((state) => encodeURI(`/${name}/${state}`)),
  )
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    // A page that submits itself cannot be checked.
    paths: paths.filter((path) => !path.startsWith('/continue/')),
    close: () => void server.close(),
  }
}

/** Elements whose content is wider than they are, so that part of it is out of sight: of the page, of a table, of a button. */
export const lostOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    const wide = scrollWidth > clientWidth ? [`${scrollWidth} px wide`] : []
    const named = 'button, .btn, .tag, label, h1, h2, dt, dd, .scroll, iframe, pre'
    const clipped = [...document.querySelectorAll<HTMLElement>(named)].filter((item) => {
      const { left, right, width } = item.getBoundingClientRect()
      // An inline element has no width of its own.
      const isCut = item.clientWidth > 0 && item.scrollWidth > item.clientWidth + 1
      const isBeyond = width > 1 && (left < -1 || right > clientWidth + 1) && !item.parentElement?.closest('.scroll')
      return isCut || isBeyond
    })
    return [...wide, ...clipped.map((item) => `cut off: ${item.outerHTML.replaceAll(/\s+/g, ' ').slice(0, 120)}`)]
  })

interface AxeFault {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

/** WCAG 2.2 AA and best practice, with every `details` open. */
export async function faultsOf(page: Page): Promise<string[]> {
  for (const details of await page.locator('details').all())
    await details.evaluate((detail) => detail.setAttribute('open', ''))
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as { axe: { run(where: Document, how: object): Promise<{ violations: AxeFault[] }> } }
    ).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { 'target-size': { enabled: true } },
    })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}
