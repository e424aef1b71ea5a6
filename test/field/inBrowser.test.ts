/** In a real browser: applications that sign in in a popup, and a service over plain http on the name of a local network. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { field, follow, openDevice, press, sees, takeComplaints } from '../support/browser.ts'
import { Authenticator, readQr } from '../support/authenticator.ts'
import { clients } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { openStandalone, type Standalone } from './standalone.ts'

async function entersPassword(page: Page, { email, password }: Person): Promise<void> {
  await sees(page, 'Sign in')
  await field(page, 'Email').fill(email)
  await field(page, 'Password').fill(password)
  await press(page, 'Sign in')
}

async function setsUp(page: Page, person: Person): Promise<void> {
  await sees(page, 'Set up your authenticator')
  person.authenticator = new Authenticator(
    readQr(await page.getByRole('img', { name: 'QR code', exact: true }).screenshot()),
  )
  await entersCode(page, person)
  await savesCodes(page)
}

async function entersCode(page: Page, person: Person, button = 'Continue'): Promise<void> {
  await field(page, '6-digit code').fill(await person.code())
  await press(page, button)
}

async function savesCodes(page: Page): Promise<void> {
  await sees(page, 'Save your backup codes')
  await page.getByRole('checkbox', { name: 'I have saved these codes', exact: true }).check()
  await press(page, 'Continue')
  await sees(page, 'You are all set')
}

/** Its first page opens popups and collects what they say; its other pages are where popups end. */
const application = `<!doctype html><html lang="en"><title>Application</title><h1>Application</h1><script>
  window.said = []
  addEventListener('message', ({ data }) => said.push(data))
  if (location.pathname !== '/') opener?.postMessage(location.pathname + location.search, location.origin)
</script></html>`

describe('An application that signs in in a popup', () => {
  let server: Standalone
  let listening: Server
  let origin: string
  let page: Page
  let person: Person

  before(async function () {
    this.timeout(60_000)
    listening = createServer((_req, res) => void res.setHeader('content-type', 'text/html').end(application))
    listening.listen(0, '127.0.0.1')
    await once(listening, 'listening')
    origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
    const addresses = {
      redirect_uris: [origin, origin.replace('127.0.0.1', 'localhost')].map((at) => `${at}/callback`),
      post_logout_redirect_uris: [`${origin}/signed-out`],
    }
    server = await openStandalone({
      clients: clients.map((item) => (item.client_id === 'app' ? { ...item, ...addresses } : item)),
    })
    person = await server.person({ enrolled: false })
    page = await openDevice()
    await page.goto(`${origin}/`)
  })
  after(async () => {
    await page.context().close()
    listening.close()
    listening.closeAllConnections()
    await server.close()
    expect(takeComplaints()).to.deep.equal([])
  })

  const open = async (url: string): Promise<Page> => {
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.evaluate((to) => void window.open(to), url)])
    return popup
  }
  const request = (more: Readonly<Record<string, string>> = {}): string =>
    server.issuer + server.ask('app', { redirect_uri: `${origin}/callback`, ...more }).path
  /** What the popup has said to the page that opened it. */
  const saidBy = async (popup: Page): Promise<string> => {
    await sees(popup, 'Application')
    const words = await page.waitForFunction(() => (window as unknown as { said: string[] }).said.pop())
    await popup.close()
    return String(await words.jsonValue())
  }

  it('is answered after the set-up of an authenticator', async () => {
    const popup = await open(request())
    await entersPassword(popup, person)
    await setsUp(popup, person)
    await follow(popup, 'Continue to Application')
    expect(await saidBy(popup)).to.match(/^\/callback\?code=/)
  })

  it('is answered by single sign-on, and by an error', async () => {
    expect(await saidBy(await open(request()))).to.match(/^\/callback\?code=/)
    expect(await saidBy(await open(request({ prompt: 'none', max_age: '0' })))).to.match(/^\/callback\?error=/)
  })

  it('is answered after the wrong password, the code and another sign-in', async () => {
    const popup = await open(request({ prompt: 'login' }))
    await entersPassword(popup, { ...person, password: 'wrong password' })
    await entersPassword(popup, person)
    await sees(popup, 'Enter your code')
    await entersCode(popup, person)
    expect(await saidBy(popup)).to.match(/^\/callback\?code=/)
  })

  it('is answered in a frame of the same site, without a page', async () => {
    const redirect = `${origin.replace('127.0.0.1', 'localhost')}/callback`
    await page.goto(`${new URL(redirect).origin}/`)
    await page.evaluate(
      (to) => {
        const frame = document.createElement('iframe')
        frame.src = to
        document.body.append(frame)
      },
      request({ prompt: 'none', redirect_uri: redirect }),
    )
    await page.frameLocator('iframe').getByRole('heading', { name: 'Application' }).waitFor()
    const frame = page.frames().find((item) => item !== page.mainFrame())
    expect(frame?.url()).to.match(/\/callback\?code=/)
    await page.goto(`${origin}/`)
  })

  it('is answered after the sign-out', async () => {
    const back = new URLSearchParams({ client_id: 'app', post_logout_redirect_uri: `${origin}/signed-out` })
    const popup = await open(`${server.issuer}/session/end?${back.toString()}`)
    await press(popup, 'Yes, sign out')
    expect(await saidBy(popup)).to.match(/^\/signed-out/)
  })
})

describe('A service over plain http on a local network', () => {
  let server: Standalone
  before(async function () {
    this.timeout(60_000)
    server = await openStandalone({ allowPlainHttp: true, allowDemoOnNetwork: true }, 'id.lan')
  })
  after(async () => {
    await server.close()
    expect(takeComplaints()).to.deep.equal([])
  })

  it('signs people in, and takes the forms of the console and of the own account', async () => {
    const [admin, person] = [await server.person({ roles: ['admin'] }), await server.person({ enrolled: false })]
    const console = await openDevice()
    await console.goto(`${server.issuer}/admin/users/${person.id}`)
    expect(await console.evaluate(() => isSecureContext)).to.equal(false)
    await entersPassword(console, admin)
    await sees(console, 'Enter your code')
    await entersCode(console, admin)
    await savesCodes(console)
    await console.getByRole('link', { name: /^Continue/ }).click()
    await console.locator('summary', { hasText: 'More' }).click()
    await press(console, 'Disable account…')
    await press(console, 'Disable account')
    await sees(console, 'Enter your own code')
    await entersCode(console, admin, 'Confirm: Disable account')
    await console.getByRole('status').filter({ hasText: 'The account has been disabled' }).waitFor()

    const account = await openDevice()
    const friend = await server.person({ enrolled: false })
    // With the dot it is another origin, which gets no cookie of the issuer's.
    await account.goto(`${server.issuer.replace('id.lan', 'id.lan.')}/account`)
    await entersPassword(account, friend)
    await setsUp(account, friend)
    await account.getByRole('link', { name: /^Continue/ }).click()
    await sees(account, 'Your security')
    await press(account, 'New backup codes')
    await sees(account, 'New backup codes')
    await Promise.all([console, account].map((page) => page.context().close()))
  })
})
