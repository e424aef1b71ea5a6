/** Changes of a person’s own account, and attempts of others: with a session, a code, another application. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Entered } from '../support/signIns.ts'
import { codesIn, type Page, setupKeyIn, type Visitor, withForm } from '../support/client.ts'

const REPLACE = { prompt: 'replace_authenticator' }
const RENEW = { prompt: 'new_backup_codes' }

describe('A change of one’s own account', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** A session whose sign-in is no proof any more. */
  async function signedIn(): Promise<Entered & { readonly person: Person }> {
    const person = await fixture.person()
    const entered = await fixture.enter(person)
    await fixture.idle(person)
    return { ...entered, person }
  }
  const beginWith = (visitor: Visitor, parameters: Record<string, string>): Promise<Page> =>
    fixture.begin(fixture.ask('app', parameters), visitor)

  /** Sends a code on the page that announces the change. */
  const stepUp = async (page: Page, person: Person): Promise<Page> =>
    page.visitor.submit(page, { code: await person.code() })

  it('replaces the authenticator: the old one works until the new one is confirmed; all other sessions end', async () => {
    const { person, visitor } = await signedIn()
    const other = (await fixture.enter(person)).visitor
    const [before, old] = [person.codes, person.authenticator]
    const request = fixture.ask('app', REPLACE)
    const page = await fixture.begin(request, visitor)
    expect(page.h1).to.equal('Replace authenticator')
    const setUp = await stepUp(page, person)
    expect(setUp.h1).to.equal('Set up your authenticator')
    // Until the confirmation both sessions and the old authenticator are valid.
    expect(await fixture.silently(other)).to.equal('code')
    expect(await fixture.silently(visitor)).to.equal('code')
    await fixture.enter(person)
    const done = await fixture.setUp(person, setUp)
    expect(done.h1).to.equal('You are all set')
    const code = fixture.codeAt(await fixture.resume(done))
    const { body } = await fixture.exchange({ request, code })
    expect((await fixture.userinfo(body.access_token)).body.sub).to.equal(person.id)
    expect(await fixture.silently(visitor)).to.equal('code')
    expect(await fixture.silently(other)).to.equal('login_required')
    const challenge = await fixture.challenge(person)
    const [late] = [await challenge.visitor.submit(challenge, { code: old.at(fixture.server.now() + 30) })]
    expect(late.status).to.equal(422)
    expect(person.codes).to.have.length(10).and.not.include(before[0])
    await fixture.enter(person)
    const counted = await fixture.count(person)
    expect([
      counted.audit('two_factor.replaced'),
      counted.letters(/^Your authenticator app was replaced$/),
    ]).to.deep.equal([1, 1])
  })

  it('makes new backup codes: the old ones are invalid at once, and the owner is notified', async () => {
    const { person, visitor } = await signedIn()
    const [first] = person.codes
    const page = await beginWith(visitor, RENEW)
    expect([page.h1, page.text.includes('10')]).to.deep.equal(['New backup codes', true])
    const shown = await stepUp(page, person)
    expect([shown.h1, codesIn(shown.text).length]).to.deep.equal(['Save your backup codes', 10])
    const backup = await fixture.backup(person)
    expect((await backup.visitor.submit(backup, { code: first! })).status).to.equal(422)
    fixture.codeAt(await fixture.resume(await fixture.saveCodes(person, shown)))
    const again = await fixture.backup(person)
    expect((await again.visitor.submit(again, { code: person.codes[0]! })).h1).to.equal('Signing you in')
    // One notice for the codes of the first sign-in, one for these.
    expect((await fixture.count(person)).letters(/^New backup codes/)).to.equal(2)
  })

  it('asks for no second code after a sign-in for it, nor after a set-up in the same sign-in', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    const challenge = await fixture.challenge(person, fixture.ask('app', REPLACE))
    const page = await fixture.resume(await challenge.visitor.submit(challenge, { code: await person.code() }))
    expect([page.h1, page.text.includes('name="code"')]).to.deep.equal(['Replace authenticator', false])
    expect((await page.visitor.submit(page, {})).h1).to.equal('Set up your authenticator')
    const newcomer = await fixture.person({ enrolled: false })
    for (const parameters of [REPLACE, RENEW, { prompt: 'new_backup_codes replace_authenticator' }])
      await fixture.enter(await fixture.person({ enrolled: false }), fixture.ask('app', parameters))
    await fixture.enter(newcomer, fixture.ask('app', { prompt: 'login replace_authenticator new_backup_codes' }))
    expect((await fixture.count(newcomer)).audit('two_factor.enrolled')).to.equal(1)
  })

  it('accepts a backup code for a new authenticator, also the one of the sign-in; not for new backup codes', async () => {
    const { person, visitor } = await signedIn()
    const page = await beginWith(visitor, REPLACE)
    const backup = await visitor.get(page.path.replace(/change$/, 'backup-code'))
    expect(backup.h1).to.equal('Use a backup code')
    expect((await visitor.submit(backup, { code: person.codes[0]! })).h1).to.equal('Set up your authenticator')

    const signIn = await fixture.backup(person)
    const lost = (await fixture.resume(await signIn.visitor.submit(signIn, { code: person.codes[1]! }))).visitor
    const replacing = await beginWith(lost, REPLACE)
    expect(replacing.text).not.to.contain('name="code"')
    const renewing = await beginWith(lost, RENEW)
    expect(renewing.text).to.contain('name="code"')
    expect((await lost.go(renewing.path.replace(/change$/, 'backup-code'))).h1).to.equal('New backup codes')
    expect((await lost.submit(renewing, { code: person.codes[2]! })).status).to.equal(422)
  })

  describe('is not made', () => {
    it('for a third-party application, with any mix of prompts', async () => {
      const { visitor } = await signedIn()
      for (const clientId of ['shop', 'spa'] as const)
        for (const prompt of ['replace_authenticator', 'login new_backup_codes', 'consent replace_authenticator'])
          for (const who of [visitor, fixture.visitor()]) {
            const page = await who.get(fixture.ask(clientId, { prompt }).path)
            expect(fixture.answerAt(page)?.get('error')).to.equal('unauthorized_client')
          }
    })

    it('with a session alone: no page shows a secret or codes before the step-up, and no form skips it', async () => {
      const { visitor, person } = await signedIn()
      for (const parameters of [REPLACE, RENEW]) {
        const page = await beginWith(visitor, parameters)
        for (const where of [
          '',
          '/begin',
          '/code',
          '/backup-code',
          '/set-up',
          '/backup-codes',
          '/backup-codes.txt',
          '/done',
        ]) {
          const found = await visitor.go(page.path.replace(/\/change$/, where))
          expect([...setupKeyIn(found.text), ...codesIn(found.text)]).to.deep.equal([])
        }
        for (const [code, alert] of [
          ['', 'Enter the 6-digit code from your authenticator app.'],
          ['000000', 'That code is wrong or was already used. Wait for the next one (up to 30 seconds).'],
        ] as const) {
          const refused = await visitor.submit(page, { code })
          expect([refused.status, refused.h1, refused.alert]).to.deep.equal([422, page.h1, alert])
        }
        // Resuming the request asks for the code again.
        const resumed = await visitor.go(page.path.replace(/^\/sign-in\/([\w-]+)\/change$/, '/auth/$1'))
        expect([resumed.h1, fixture.answerAt(resumed)]).to.deep.equal([page.h1, null])
      }
      expect((await fixture.count(person)).audit('two_factor.replaced')).to.equal(0)
    })

    it('by the code of its step-up, nor by a used one', async () => {
      const { visitor, person } = await signedIn()
      const page = await beginWith(visitor, REPLACE)
      const code = await person.code()
      const setUp = await visitor.submit(page, { code })
      const replayed = await visitor.submit(setUp, { code })
      expect([replayed.status, replayed.h1]).to.deep.equal([422, 'Set up your authenticator'])
      const second = await beginWith(visitor, REPLACE)
      expect((await visitor.submit(second, { code })).status).to.equal(422)
      const challenge = await fixture.challenge(person)
      expect((await challenge.visitor.submit(challenge, { code })).status).to.equal(422)
    })

    it('once a reset ended the session it began on: before the step-up, after it, at the codes', async () => {
      for (const steps of [0, 1, 2]) {
        const { visitor, person } = await signedIn()
        let page = await beginWith(visitor, REPLACE)
        if (steps > 0) page = await stepUp(page, person)
        const app = steps > 0 ? fixture.appOf(page) : person.authenticator
        if (steps > 1) page = await visitor.submit(page, { code: app.at(fixture.server.now()) })
        await fixture.reset(person)
        const late = await visitor.submit(page, { code: app.at(fixture.server.now() + 30), saved: 'yes' })
        expect(late.h1).to.equal('Your sign-in was interrupted')
        const { state } = await fixture.count(person)
        expect(state).to.equal('reset')
        expect(await fixture.silently(visitor)).to.equal('login_required')
      }
    })

    it('from a page that was left open for too long', async () => {
      const { visitor, person } = await signedIn()
      const setUp = await stepUp(await beginWith(visitor, REPLACE), person)
      await fixture.advance(1800)
      const late = await visitor.submit(setUp, { code: fixture.appOf(setUp).at(fixture.server.now()) })
      expect([late.status, late.h1]).to.deep.equal([410, 'Your sign-in was interrupted'])
      expect((await fixture.count(person)).audit('two_factor.replaced')).to.equal(0)
    })

    it('twice: five concurrent posts of a form make one set of codes, the one that is shown', async () => {
      const { visitor, person } = await signedIn()
      const before = (await fixture.count(person)).audit('two_factor.backup_codes_renewed')
      const page = await beginWith(visitor, RENEW)
      const code = await person.code()
      const sent = await concurrently(() => visitor.submit(page, { code }), 5)
      const shown = await visitor.go(page.path)
      expect(codesIn(shown.text)).to.have.length(10)
      const others = sent.flatMap(({ text }) => codesIn(text)).filter((item) => !codesIn(shown.text).includes(item))
      expect(others).to.deep.equal([])
      await fixture.saveCodes(person, shown)
      const backup = await fixture.backup(person)
      expect((await backup.visitor.submit(backup, { code: person.codes[0]! })).h1).to.equal('Signing you in')
      expect((await fixture.count(person)).audit('two_factor.backup_codes_renewed')).to.equal(before + 1)
    })

    it('twice: by a repeated form, or in two tabs', async () => {
      const { visitor, person } = await signedIn()
      const [first, second] = [await beginWith(visitor, REPLACE), await beginWith(visitor, REPLACE)]
      const tabs = [await stepUp(first, person), await stepUp(second, person)]
      expect(new Set(tabs.flatMap(({ text }) => setupKeyIn(text))).size).to.equal(2)
      const app = fixture.appOf(tabs[0]!)
      const code = app.at(fixture.server.now())
      const sent = await concurrently(() => visitor.submit(tabs[0]!, { code }), 5)
      expect(new Set(sent.map(({ h1 }) => h1))).to.deep.equal(new Set(['Save your backup codes']))
      expect(new Set(sent.flatMap(({ text }) => codesIn(text))).size).to.equal(10)
      const late = await visitor.submit(tabs[1]!, { code: fixture.appOf(tabs[1]!).at(fixture.server.now()) })
      expect(late.h1).to.equal('Your sign-in was interrupted')
      const counted = await fixture.count(person)
      expect(counted.audit('two_factor.replaced')).to.equal(1)
    })
  })

  it('that is cancelled changes nothing, and the application gets access_denied', async () => {
    const { visitor, person } = await signedIn()
    const begun = await beginWith(visitor, REPLACE)
    for (const page of [begun, await stepUp(begun, person)]) {
      const token = [...page.text.matchAll(/name="form_token" value="([^"]*)"/g)].at(-1)?.[1]
      const action = page.path.replace(/(change|set-up)$/, 'cancel')
      const left = await visitor.post(action, { form_token: token! }, { origin: fixture.issuer })
      if (page === begun) {
        expect(left.h1).to.equal('Nothing was changed')
        expect(fixture.answerAt(await fixture.resume(left))?.get('error')).to.equal('access_denied')
      }
    }
    await fixture.enter(person)
    const counted = await fixture.count(person)
    expect([counted.audit('two_factor.replaced'), counted.state]).to.deep.equal([0, 'active'])
  })

  it('names its browser in the email and in the activity; a reset does not name the administrator’s browser', async () => {
    const firefox = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0' }
    const person = await fixture.person()
    const account = await fixture.enterAccount(person)
    const { visitor } = account
    let page = await visitor.submit(withForm(account, /new-backup-codes$/), {}, firefox)
    for (let step = 0; step < 4 && page.h1 !== 'Save your backup codes'; step++)
      page = await visitor.submit(page, { code: await person.code() }, firefox)
    await fixture.saveCodes(person, page)
    await fixture.idle(person)
    const letter = (await fixture.letters(person)).find(({ subject }) => subject.startsWith('New backup codes'))
    expect(letter?.text).to.contain('Device: Firefox on Windows')
    const after = await visitor.go('/account')
    expect(after.text).to.match(/New backup codes were created<\/p>\s*<p class="hint">.*· Firefox on Windows/)

    const admin = await fixture.admin()
    const before = await fixture.links(person)
    await admin.call('POST', `/users/${person.id}/two-factor/resets`, { code: await admin.person.code() }, firefox)
    await fixture.newLink(person, before)
    expect((await fixture.letters(person))[0]?.text).not.to.contain('Firefox')
  })
})
