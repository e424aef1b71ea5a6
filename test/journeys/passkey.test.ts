/** A passkey in a real browser: set-up at both flows, sign-in, and what the browser says when it does not answer. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually, follow, press, says, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import { passkeyDevice } from '../support/passkeyDevice.ts'
import { claimsAtSample, type Person } from '../support/person.ts'
import { setStage } from '../support/journeyFixture.ts'

const SET_UP = 'Set up your authenticator'
const CHALLENGE = 'Use your passkey'

describe('a passkey', () => {
  const fixture = setStage()

  const status = (page: Page, words: string): Promise<void> =>
    page.getByRole('status').filter({ hasText: words }).waitFor()

  /** From the set-up page to the backup codes. */
  async function creates(page: Page): Promise<void> {
    await sees(page, SET_UP)
    await press(page, 'Create a passkey')
    await status(page, 'Created. Once more, to be sure it works.')
    await press(page, 'Try it')
  }

  async function enrols(page: Page, person: Person): Promise<void> {
    await page.goto(`${fixture.server.sample}/sign-in`)
    await person.entersPassword(page)
    await creates(page)
    await person.savesCodes(page)
  }

  it('is created, tried and used without a code', async () => {
    const ana = fixture.newcomer('user02')
    const phone = await fixture.device()
    const device = await passkeyDevice(phone)
    await enrols(phone, ana)
    await phone.getByText('sign in with your password and your passkey').waitFor()
    await follow(phone, 'Continue to Sample application')
    await sees(phone, 'Sample application')
    const [credential, ...others] = await device.credentials()
    expect([credential?.rpId, others]).to.deep.equal(['localhost', []])
    expect(await claimsAtSample(phone)).to.include({
      acr: 'urn:oidc-rekey:acr:2fa',
      amr: '["pwd","pop","user","mfa"]',
    })

    await phone.context().clearCookies()
    await phone.goto(`${fixture.server.sample}/sign-in`)
    await ana.entersPassword(phone)
    await sees(phone, CHALLENGE)
    expect(await phone.getByRole('textbox').count(), 'nothing to type').to.equal(0)
    await press(phone, 'Use passkey')
    await sees(phone, 'Sample application')
    expect(device.used.length, 'tried once and used once').to.equal(2)
  })

  it('that syncs says so, and a reset takes it from the device', async () => {
    const ben = fixture.newcomer('user03')
    const phone = await fixture.device()
    const device = await passkeyDevice(phone, { defaultBackupEligibility: true, defaultBackupState: true })
    await enrols(phone, ben)
    await follow(phone, 'Continue to Sample application')
    expect(await claimsAtSample(phone)).to.include({ amr: '["pwd","pop","swk","user","mfa"]' })
    const [before] = await device.credentials()

    const services = await fixture.services()
    await services.reset(ben)
    await phone.goto(await newestLink(fixture.server, ben))
    await press(phone, 'Continue')
    await sees(phone, SET_UP)
    await eventually(async () => expect(device.removed).to.deep.equal([before?.credentialId]))
    await creates(phone)
    await ben.savesCodes(phone)
    const [after, ...others] = await device.credentials()
    expect(others).to.deep.equal([])
    expect(after?.credentialId).to.not.equal(before?.credentialId)
    expect(after?.userHandle, 'the same person').to.equal(before?.userHandle)
  })

  it('that the device does not release leaves the page as it was, and says what to do', async () => {
    const dora = fixture.newcomer('user04')
    const phone = await fixture.device()
    const device = await passkeyDevice(phone)
    await phone.goto(`${fixture.server.sample}/sign-in`)
    await dora.entersPassword(phone)
    await sees(phone, SET_UP)
    await device.setVerified(false)
    await press(phone, 'Create a passkey')
    await status(phone, 'Cancelled, took too long, or this device already has a passkey for your account.')
    expect(await phone.evaluate(() => document.activeElement?.id)).to.equal('use-passkey')
    await device.setVerified(true)
    await creates(phone)
    await dora.savesCodes(phone)

    await phone.context().clearCookies()
    await phone.goto(`${fixture.server.sample}/sign-in`)
    await dora.entersPassword(phone)
    await sees(phone, CHALLENGE)
    for (const bits of [{ isBadUV: true }, { isBogusSignature: true }]) {
      await device.setBits(bits)
      // The page before has the same heading.
      const loaded = phone.waitForEvent('load')
      await press(phone, 'Use passkey')
      await loaded
      await sees(phone, CHALLENGE, 422)
    }
    await says(phone, 'That passkey was not accepted.')
    await device.setBits({ isBadUV: false, isBogusSignature: false })
    await press(phone, 'Use passkey')
    await sees(phone, 'Sample application')
  })

  /** With the key that moves the focus. */
  async function tabTo(page: Page, selector: string): Promise<void> {
    await page.locator(selector).first().waitFor()
    const isThere = () => page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)
    for (let count = 0; !(await isThere()); count++) {
      if (count > 60) throw new Error(`the keyboard does not reach ${selector} at ${page.url()}`)
      await page.keyboard.press('Tab')
    }
  }

  it('is created and used with the keyboard alone, in German, in the dark, at 320 px', async () => {
    const { email } = fixture.newcomer('user06')
    const viewport = { width: 320, height: 640 }
    const page = await fixture.device({ locale: 'de-DE', colorScheme: 'dark', viewport })
    await passkeyDevice(page)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const entersPassword = async (): Promise<void> => {
      await page.goto(`${fixture.server.sample}/sign-in`)
      await tabTo(page, '[name=email]')
      await page.keyboard.type(email)
      await tabTo(page, '[name=password]')
      await page.keyboard.type(fixture.server.password)
      await page.keyboard.press('Enter')
    }
    const pressesIt = async (name: string): Promise<void> => {
      await button(name).waitFor()
      await tabTo(page, '#use-passkey')
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.equal(viewport.width)
      await page.keyboard.press('Enter')
    }
    await entersPassword()
    await pressesIt('Passkey erstellen')
    await pressesIt('Ausprobieren')
    await tabTo(page, '[type=checkbox]')
    await page.keyboard.press('Space')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Alles ist eingerichtet' }).waitFor()
    await page.context().clearCookies()
    await entersPassword()
    await pressesIt('Passkey verwenden')
    await page.getByRole('table', { name: 'ID token' }).waitFor()
  })

  it('is not asked for without JavaScript: the sentence and the other ways are there', async () => {
    const eve = fixture.newcomer('user05')
    const page = await fixture.device({ javaScriptEnabled: false })
    await page.goto(`${fixture.server.sample}/sign-in`)
    await eve.entersPassword(page)
    await sees(page, SET_UP)
    await page.getByText('Passkeys need JavaScript and a browser that knows them. Use an app.').waitFor()
    expect(await page.getByRole('button', { name: 'Create a passkey' }).count()).to.equal(0)
    await eve.setsUp(page)
  })
})
