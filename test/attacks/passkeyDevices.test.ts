/** Several devices of one person in Chromium: a lost one is removed, none is added twice, and an administrator's signs one act. */
import { expect } from 'chai'
import type { Page as BrowserPage } from 'playwright-core'
import { field, press, says, sees, takeComplaints } from '../support/browser.ts'
import type { Visitor } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { type Browsers, createBrowsers } from './passkeyBrowser.ts'

const LIST = 'Your authenticators'
const CONFIRM = 'Confirm with your own passkey'

describe('Passkeys on several devices', () => {
  let fixture: ServerFixture
  let browsers: Browsers
  before(async () => {
    fixture = await sharedFixture()
    browsers = createBrowsers(fixture)
  })
  afterEach(async () => {
    await browsers.closeAll()
    expect(takeComplaints()).to.deep.equal([])
  })

  /** To the list, in a browser whose session comes from a sign-in before. */
  async function toList(page: BrowserPage, person: Person, session: Visitor): Promise<void> {
    const at = { url: fixture.issuer }
    await page.context().addCookies(session.jar.all().map(({ name, value }) => ({ name, value, ...at })))
    await page.goto(`${fixture.issuer}${fixture.ask('app', { prompt: 'manage_authenticators' }).path}`)
    await sees(page, 'Manage your authenticators')
    const other = page.getByText('Enter a code instead', { exact: true })
    if (await other.isVisible()) await other.click()
    await field(page, '6-digit code').fill(await person.code())
    await press(page, 'Continue')
    await sees(page, LIST)
  }

  async function add(page: BrowserPage): Promise<void> {
    await browsers.create(page, 'Add a passkey')
    await press(page, 'Try it')
    await page.getByRole('status').filter({ hasText: 'The passkey was added.' }).waitFor()
  }

  const entries = (page: BrowserPage) => page.locator('.entries > li')
  const removalOf = (page: BrowserPage, entry: number) =>
    entries(page).nth(entry).getByRole('link', { name: 'Remove', exact: true })

  it('one is lost and removed, which ends what it may hold; the last one stays', async () => {
    const person = await fixture.person()
    const sessions = [await fixture.enter(person), await fixture.enter(person)]
    const [phone, laptop] = [await browsers.open(), await browsers.open()]
    for (const [index, { page }] of [phone, laptop].entries()) {
      await toList(page, person, sessions[index]!.visitor)
      await add(page)
    }
    // The same device once more.
    await press(laptop.page, 'Add a passkey')
    await laptop.page.getByText('This device already has a passkey for your account.').waitFor()
    await laptop.page.reload()
    expect(await entries(laptop.page).count()).to.equal(3)
    await browsers.signIn({ page: phone.page, person })
    const thief = await browsers.thief(phone.page)
    expect(await fixture.silently(thief)).to.equal('code')
    await phone.device.lose()
    await removalOf(laptop.page, 1).click()
    await press(laptop.page, 'Remove')
    await sees(laptop.page, LIST)
    expect(await fixture.silently(thief)).to.equal('login_required')
    // A form for the last one, of before the one next to it was removed.
    const form = await laptop.page.context().newPage()
    const href = await removalOf(laptop.page, 1).getAttribute('href')
    await form.goto(new URL(href!, fixture.issuer).href)
    await removalOf(laptop.page, 0).click()
    await press(laptop.page, 'Remove')
    await sees(laptop.page, LIST)
    expect([await entries(laptop.page).count(), await removalOf(laptop.page, 0).count()]).to.deep.equal([1, 0])
    await press(form, 'Remove')
    await sees(form, LIST)
    expect(await entries(form).count()).to.equal(1)
    await browsers.signIn({ page: laptop.page, person })
    const { audit, letters } = await fixture.count(person)
    expect([audit('two_factor.authenticator_removed'), letters(/removed/)]).to.deep.equal([2, 2])
  })

  /** An administrator with an app and a passkey, signed in with the passkey. */
  async function office() {
    const admin = await fixture.person({ roles: ['admin'] })
    const { page, device } = await browsers.open()
    await toList(page, admin, (await fixture.enter(admin)).visitor)
    await add(page)
    await browsers.challenge({ page, person: admin })
    await press(page, 'Use passkey')
    await sees(page, 'Sample application')
    await page.goto(`${fixture.issuer}/admin/users`)
    await sees(page, 'Users')
    return { admin, page, device }
  }

  async function asksFor(page: BrowserPage, target: Person): Promise<void> {
    await page.goto(`${fixture.issuer}/admin/users/${target.id}/two-factor/reset`)
    await page.getByRole('radio').first().check()
    await press(page, 'Reset 2FA')
    await sees(page, CONFIRM)
  }

  const resets = async (target: Person): Promise<number> => {
    await fixture.idle(target)
    return (await fixture.count(target)).audit('two_factor.reset.started')
  }

  it('an act signed for one person is refused for another, and done once', async () => {
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    const { page } = await office()
    const forms: Record<string, string>[] = []
    for (const target of [ben, ana]) {
      await asksFor(page, target)
      const form = page.locator('form[data-passkey]')
      const fields = await form.evaluate((element) =>
        Object.fromEntries(
          [...new FormData(element as HTMLFormElement)].map(([name, value]) => [
            name,
            typeof value === 'string' ? value : '',
          ]),
        ),
      )
      forms.push({ ...fields, action: (await form.getAttribute('action'))! })
    }
    // Ana's page with everything of Ben's form: the device signs what Ana's page asked for.
    await page.locator('form[data-passkey]').evaluate((element, { action, ...fields }) => {
      const form = element as HTMLFormElement
      form.action = action!
      for (const [name, value] of Object.entries(fields))
        form.querySelector<HTMLInputElement>(`[name="${name}"]`)!.value = value
    }, forms[0] ?? {})
    expect(await browsers.posts(page, 'Confirm with passkey')).to.equal(422)
    await says(page, 'That passkey was not accepted.')
    expect([await resets(ana), await resets(ben)]).to.deep.equal([0, 0])

    await asksFor(page, ana)
    const post = await browsers.captured(page, 'Confirm with passkey')
    const visitor = await browsers.thief(page)
    const answers = [await browsers.send(visitor, post), await browsers.send(visitor, post)]
    expect(answers.map(({ status, location }) => [status, location?.split('?')[0]])).to.deep.equal(
      answers.map(() => [303, `/admin/users/${ana.id}`]),
    )
    expect([await resets(ana), await resets(ben)]).to.deep.equal([1, 0])
  })

  it('a passkey whose counter was set back signs no act', async () => {
    const target = await fixture.person()
    const { admin, page, device } = await office()
    await device.copyTo(device, { signCount: 0 })
    await asksFor(page, target)
    expect(await browsers.posts(page, 'Confirm with passkey')).to.equal(422)
    await says(page, 'It may have been copied. Remove it and add it again.')
    expect(await resets(target)).to.equal(0)
    expect((await fixture.count(admin)).audit('two_factor.passkey_suspect')).to.equal(1)
  })
})
