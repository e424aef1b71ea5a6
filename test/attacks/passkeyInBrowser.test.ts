/** Passkeys in Chromium: its answers are sent again, held back, spoilt, copied, and given to another origin. */
import { expect } from 'chai'
import { press, sees, takeComplaints } from '../support/browser.ts'
import { wayOn } from '../support/client.ts'
import { passkeyDevice } from '../support/passkeyDevice.ts'
import { claimsAtSample } from '../support/person.ts'
import { concurrently, type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { ASKS, type Browsers, createBrowsers, type Owner } from './passkeyBrowser.ts'

const REFUSED = 'That passkey was not accepted.'

describe('A passkey in a browser', () => {
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

  const reasons = async ({ person }: Owner): Promise<unknown[]> => {
    const { events } = await fixture.count(person)
    return (events as readonly { type: string; reason: string; at: string }[])
      .filter(({ type }) => type === 'two_factor.passkey_refused')
      .map(({ reason }) => reason)
  }

  it('answers for one session, however often its POST is sent and from which browser', async () => {
    const owner = await browsers.owner()
    const { person, page, device } = owner
    const before = (await fixture.count(person)).sessions
    await browsers.challenge(owner)
    const post = await browsers.captured(page, 'Use passkey')
    const elsewhere = (await fixture.challenge(person)).visitor
    const own = await browsers.thief(page)
    const answers = await concurrently((index) => browsers.send(index % 2 === 0 ? own : elsewhere, post))
    const accepted = answers.filter((answer) => answer.status === 200 && wayOn(answer) !== null)
    expect(accepted.filter(({ visitor }) => visitor !== own)).to.deep.equal([])
    expect(answers.filter(({ status }) => status >= 500)).to.deep.equal([])
    for (const answer of accepted) await fixture.resume(answer)
    expect([(await fixture.count(person)).sessions - before, device.used.length]).to.deep.equal([1, 1])
    await browsers.challenge(owner)
    await page.locator('[name=assertion]').evaluate((field, old) => {
      const { form } = field as HTMLInputElement
      for (const name of ['ceremony', 'assertion'])
        form!.querySelector<HTMLInputElement>(`[name=${name}]`)!.value = new URLSearchParams(old).get(name) ?? ''
      form!.submit()
    }, post.body)
    await sees(page, ASKS, 422)
    expect((await fixture.count(person)).sessions - before).to.equal(1)
  })

  it('is refused without its user, without a touch or a right signature, which pauses codes and not the passkey', async () => {
    const owner = await browsers.owner()
    const { page, device } = owner
    await browsers.challenge(owner)
    const spoilt = [
      { isBadUV: true, isBadUP: false, isBogusSignature: false },
      { isBadUV: false, isBadUP: true, isBogusSignature: false },
      { isBadUV: false, isBadUP: false, isBogusSignature: true },
    ]
    for (const bits of [...spoilt, ...spoilt]) {
      await device.setBits(bits)
      expect(await browsers.posts(page, 'Use passkey')).to.equal(422)
    }
    // A spoilt signature of Chromium cannot be decoded.
    const expected = ['not-user-verified', 'not-user-verified', 'malformed']
    expect(await reasons(owner)).to.have.members([...expected, ...expected])
    await press(page, 'Use passkey')
    await sees(page, 'Too many wrong codes', 429)
    await device.setBits({ isBogusSignature: false })
    await browsers.signIn(owner)
  })

  it('of before a reset is refused with a page of before it, and from a device that has a copy', async () => {
    const owner = await browsers.owner()
    const { person, page, device } = owner
    await browsers.signIn(owner)
    const session = await browsers.thief(page)
    expect(await fixture.silently(session)).to.equal('code')
    await browsers.challenge(owner)
    const old = await browsers.captured(page, 'Use passkey')
    await page.reload()
    await fixture.reset(person)
    expect([(await fixture.count(person)).sessions, await fixture.silently(session)]).to.deep.equal([
      0,
      'login_required',
    ])
    expect((await browsers.send(await browsers.thief(page), old)).h1).to.equal('Your sign-in was interrupted')
    await press(page, 'Use passkey')
    await sees(page, 'Your sign-in was interrupted')

    // The set-up page tells the browser that the old one is worth nothing.
    const other = await browsers.open()
    await device.copyTo(other.device)
    const [before] = await device.credentials()
    await page.context().clearCookies()
    await browsers.enterPassword(page, person)
    await sees(page, 'Set up your authenticator')
    await browsers.create(page)
    await press(page, 'Try it')
    await browsers.saveCodes(page)
    const { sessions } = await fixture.count(person)

    // A page that asks the copy, whatever the account has.
    await browsers.challenge({ person, page: other.page })
    await other.page.locator('form[data-passkey]').evaluate((form, id) => {
      const options = JSON.parse((form as HTMLElement).dataset['request']!) as {
        allowCredentials: { id: string }[]
      }
      options.allowCredentials = [{ ...options.allowCredentials[0]!, id }]
      ;(form as HTMLElement).dataset['request'] = JSON.stringify(options)
    }, Buffer.from(before!.credentialId, 'base64').toString('base64url'))
    await press(other.page, 'Use passkey')
    await other.page.getByText('Cancelled, took too long').waitFor()
    expect((await fixture.count(person)).sessions).to.equal(sessions)
  })

  it('whose answer is on its way during a reset signs nobody in', async () => {
    const owner = await browsers.owner()
    const { person, page } = owner
    await browsers.challenge(owner)
    await page.route('**/passkey', async (route) => {
      if (route.request().method() === 'POST') await fixture.reset(person)
      await route.continue()
    })
    await press(page, 'Use passkey')
    await sees(page, 'Your sign-in was interrupted')
    expect((await fixture.count(person)).sessions).to.equal(0)
  })

  it('that signs the same challenge at another port is refused', async () => {
    const owner = await browsers.owner()
    const { page } = owner
    await browsers.challenge(owner)
    const form = page.locator('form[data-passkey]')
    const fields = await form.evaluate((element) => [...new FormData(element as HTMLFormElement)].map(String))
    const [request, path] = [await form.getAttribute('data-request'), await form.getAttribute('action')]
    await page.goto(fixture.server.sample)
    const assertion = await page.evaluate(async (options) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
        JSON.parse(options) as PublicKeyCredentialRequestOptionsJSON,
      )
      return JSON.stringify(await navigator.credentials.get({ publicKey }))
    }, request!)
    expect(fields).to.have.length(3)
    const body = new URLSearchParams(fields.map((field) => field.split(/,(.*)/s).slice(0, 2))).toString()
    const visitor = await browsers.thief(page)
    const refused = await browsers.send(visitor, { path: path!, body }, { assertion })
    expect([refused.status, refused.alert, await reasons(owner)]).to.deep.equal([422, REFUSED, ['origin']])
  })

  it('with a counter that was set back signs in, is marked, and its owner is told', async () => {
    const owner = await browsers.owner()
    const { person, page, device } = owner
    await browsers.signIn(owner)
    const amr = async (): Promise<string | undefined> => (await claimsAtSample(page))['amr']
    expect(await amr()).to.equal('["pwd","pop","user","mfa"]')
    await device.copyTo(device, { signCount: 0 })
    await browsers.signIn(owner)
    expect(await amr()).to.equal('["pwd","user","mfa"]')
    await browsers.signIn(owner)
    const { audit, letters } = await fixture.count(person)
    expect([audit('two_factor.passkey_suspect'), letters(/passkey .* may have been copied/)]).to.deep.equal([1, 1])
    await page.goto(`${fixture.issuer}/account`)
    await sees(page, 'Your security')
    await page.getByText('It may have been copied. Remove it and add it again.').waitFor()
  })

  it('that is synced has no counter, and is never marked', async () => {
    const owner = await browsers.owner({ isSynced: true })
    for (let time = 0; time < 3; time++) await browsers.signIn(owner)
    expect((await owner.device.credentials()).map(({ signCount }) => signCount)).to.deep.equal([-1])
    expect((await fixture.count(owner.person)).audit('two_factor.passkey_suspect')).to.equal(0)
    expect(owner.device.used).to.have.length(3)
  })

  it('is one entry from two tabs of one device, which keeps the newer one', async () => {
    const person = await fixture.person({ enrolled: false })
    const { page } = await browsers.open()
    await browsers.enterPassword(page, person)
    await sees(page, 'Set up your authenticator')
    const second = await page.context().newPage()
    // A virtual authenticator is in one tab, so the newer key is in that of the second.
    await passkeyDevice(second)
    await second.goto(page.url())
    for (const tab of [page, second]) {
      await browsers.create(tab)
      await press(tab, 'Try it')
      await sees(tab, 'Save your backup codes')
    }
    await browsers.saveCodes(second)
    await browsers.signIn({ person, page: second })
    expect((await fixture.count(person)).user.two_factor.authenticators).to.have.length(1)
  })
})
