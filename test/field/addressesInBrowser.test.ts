/** Chromium sends the domain of `type=email` as `xn--`: people with umlauts sign in and are edited all the same. */
import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { launchChromium } from '../support/chromium.ts'

describe('An address with umlauts in Chromium', function () {
  this.timeout(60_000)
  let browser: Browser
  let host: ApiHost
  before(async () => {
    host = await openApiHost()
    browser = await launchChromium()
  })
  after(async () => {
    await browser.close()
    await host.close()
  })

  it('signs in, and its owner’s name is edited without a change of the address', async () => {
    const admin = await host.person({ roles: ['admin'] })
    await host.host.directory.change(admin.id, { email: 'admin@müller.example' })
    const { passwordHash } = host
    await host.host.directory.create({ id: 'ana', email: 'ana@bücher.example', name: 'Ana', passwordHash })
    const page = await browser.newPage()
    const sent: string[] = []
    page.on('request', (request) => sent.push(request.postData() ?? ''))
    await page.goto(`${host.issuer}/admin/users/ana/edit`)
    await page.getByLabel('Email').fill('admin@müller.example')
    await page.getByLabel('Password').fill(admin.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('6-digit code').fill(await admin.code())
    await page.getByRole('button', { name: 'Continue' }).click()
    expect(sent.join()).to.contain('xn--mller-kva.example')
    await page.getByRole('checkbox', { name: 'I have saved these codes' }).check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'You are all set' }).waitFor()
    await page.getByRole('link', { name: /^Continue/ }).click()
    await page.waitForURL(/\/admin/)
    await page.goto(`${host.issuer}/admin/users/ana/edit`)
    await page.getByLabel('Name', { exact: true }).fill('Ana Bücher')
    await page.locator('form[action$="/edit"] button').first().click()
    await page.waitForURL(/\/admin\/users\/ana(\?|$)/)
    expect(await page.getByText('ana@bücher.example').count()).to.be.greaterThan(0)
    expect(await host.host.directory.find('ana')).to.include({ email: 'ana@bücher.example', name: 'Ana Bücher' })
  })
})
