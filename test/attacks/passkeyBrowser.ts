/** A browser with a passkey at the sample application, and its requests in the hands of an attacker. */
import type { Page as BrowserPage } from 'playwright-core'
import { eventually, field, openDevice, press, sees } from '../support/browser.ts'
import type { Visitor } from '../support/client.ts'
import { type PasskeyDevice, passkeyDevice } from '../support/passkeyDevice.ts'
import type { Person } from '../support/people.ts'
import type { ServerFixture } from '../support/serverFixture.ts'
import { passkeyOwner } from './passkeyOwner.ts'

export const ASKS = 'Use your passkey'

export interface Owner {
  readonly person: Person
  readonly page: BrowserPage
  readonly device: PasskeyDevice
}

/** A POST of a page that was not sent. */
export interface Captured {
  readonly path: string
  readonly body: string
}

export function createBrowsers(fixture: ServerFixture) {
  const pages: BrowserPage[] = []
  const browsers = {
    async open(options: Parameters<typeof passkeyDevice>[1] = {}) {
      const page = await openDevice()
      pages.push(page)
      return { page, device: await passkeyDevice(page, options) }
    },

    closeAll: async (): Promise<void> =>
      void (await Promise.all(pages.splice(0).map((page) => page.context().close()))),

    /** A person whose only authenticator is a passkey, in a browser without cookies. */
    async owner({ isSynced = false } = {}): Promise<Owner> {
      const { person, passkey } = await passkeyOwner(fixture, {
        isBackupEligible: isSynced,
        isBackedUp: isSynced,
      })
      const { page, device } = await browsers.open()
      const flags = {
        backupEligibility: isSynced,
        backupState: isSynced,
        ...(isSynced && { signCount: -1 }),
      }
      await device.keep(passkey, {
        rpId: new URL(fixture.issuer).hostname,
        ...flags,
      })
      return { person, page, device }
    },

    /** To the page after the password. */
    async enterPassword(page: BrowserPage, { email, password }: Person, at = `${fixture.server.sample}/sign-in`) {
      await page.goto(at)
      await sees(page, 'Sign in')
      await field(page, 'Email').fill(email)
      await field(page, 'Password').fill(password)
      await press(page, 'Sign in')
    },

    /** To the page that asks for the passkey. */
    async challenge({ page, person }: Pick<Owner, 'page' | 'person'>): Promise<void> {
      await page.context().clearCookies()
      await browsers.enterPassword(page, person)
      await sees(page, ASKS)
    },

    /** Creates a passkey and tries it. */
    async create(page: BrowserPage, button = 'Create a passkey'): Promise<void> {
      await press(page, button)
      await page.getByRole('status').filter({ hasText: 'Created. Once more, to be sure it works.' }).waitFor()
    },

    async saveCodes(page: BrowserPage): Promise<void> {
      await sees(page, 'Save your backup codes')
      await page
        .getByRole('checkbox', {
          name: 'I have saved these codes',
          exact: true,
        })
        .check()
      await press(page, 'Continue')
      await sees(page, 'You are all set')
    },

    async signIn(owner: Pick<Owner, 'page' | 'person'>): Promise<void> {
      await browsers.challenge(owner)
      await press(owner.page, 'Use passkey')
      await sees(owner.page, 'Sample application')
    },

    /** The status of the page that is loaded after this button. */
    async posts(page: BrowserPage, button: string): Promise<number> {
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.waitForEvent('load'),
        press(page, button),
      ])
      return answer.status()
    },

    /** What the page would post after this button. */
    async captured(page: BrowserPage, button: string): Promise<Captured> {
      let captured: Captured | null = null
      await page.route('**/*', async (route) => {
        const request = route.request()
        if (request.method() !== 'POST') return route.fallback()
        captured = {
          path: new URL(request.url()).pathname,
          body: request.postData() ?? '',
        }
        // The page stays.
        return route.fulfill({ status: 204 })
      })
      await press(page, button)
      const post = await eventually(() => (captured ? Promise.resolve(captured) : Promise.reject(new Error('no POST'))))
      await page.unrouteAll()
      return post
    },

    /** Sends it with these cookies, and with other values of some fields. */
    send: (visitor: Visitor, { path, body }: Captured, fields: Readonly<Record<string, string>> = {}) =>
      visitor.post(path, { ...Object.fromEntries(new URLSearchParams(body)), ...fields }, { origin: fixture.issuer }),

    /** A client with the cookies of a page. */
    async thief(page: BrowserPage): Promise<Visitor> {
      const visitor = fixture.visitor()
      // Those of the sample application too: hosts share cookies across ports.
      for (const { name, value, path } of await page.context().cookies()) visitor.jar.put({ name, value, path })
      return visitor
    },
  }
  return browsers
}

export type Browsers = ReturnType<typeof createBrowsers>
