/** An attacker who has one of the two proofs of a strict reset. */
import { expect } from 'chai'
import { hashPassword } from '../../src/crypto/passwords.ts'
import { type ServerFixture, concurrently, openFixture, sharedFixture, tally } from '../support/serverFixture.ts'
import { uidOf } from '../support/signIns.ts'
import { type Page, setupKeyIn } from '../support/client.ts'
import { continueSignIn, openLink, resetAdmin, sendAgain, stateOf, waiting } from './strictReset.ts'

describe('A reset that takes the password and the mailed link', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** No page of this sign-in shows a secret. */
  async function expectNoSecret(page: Page): Promise<void> {
    const base = `/sign-in/${uidOf(page)}`
    for (const where of [
      '',
      '/check-email',
      '/set-up',
      '/begin',
      '/code',
      '/backup-codes',
      '/backup-codes.txt',
      '/done',
    ]) {
      const found = await page.visitor.go(`${base}${where}`)
      expect(setupKeyIn(found.text), where).to.deep.equal([])
      expect(found.h1, where).to.be.oneOf(['Check your email', 'Sign in'])
    }
  }

  describe('an attacker with the password', () => {
    it('does not pass when the owner opens the link in another browser', async () => {
      const { person, link } = await resetAdmin(fixture)
      const thief = await waiting(fixture, person)
      expect((await continueSignIn(thief)).status).to.equal(422)
      const owner = await openLink(fixture, link)
      expect(owner.h1).to.equal('Enter your password')
      const answers = await concurrently(() => continueSignIn(thief), 10)
      expect(tally(answers)).to.deep.equal({ 422: 10 })
      for (const { h1, alert, text } of answers) {
        expect([h1, setupKeyIn(text)]).to.deep.equal(['Check your email', []])
        expect(alert).to.match(/not been opened in this browser/)
      }
      await expectNoSecret(thief)
      const done = await fixture.setUp(person, await owner.visitor.submit(owner, { password: person.password }))
      expect(done.h1).to.equal('You are all set')
      expect([(await continueSignIn(thief)).h1, await fixture.silently(thief.visitor)]).to.deep.equal([
        'Your authenticator was set up elsewhere',
        'login_required',
      ])
      expect((await fixture.count(person)).sessions).to.equal(0)
    })

    it('sees no secret in a new sign-in while the owner is at the set-up', async () => {
      const { person, link } = await resetAdmin(fixture)
      const owner = await openLink(fixture, link)
      await owner.visitor.submit(owner, { password: person.password })
      for (const visitor of [fixture.visitor(), fixture.visitor()])
        await expectNoSecret(await waiting(fixture, person, visitor))
      expect(await stateOf(fixture, person)).to.equal('reset')
    })

    it('does not pass with the cookie of their own link or of an older reset', async () => {
      const { person, id } = await resetAdmin(fixture)
      const thief = await fixture.person({ roles: ['helpdesk'] })
      const own = await fixture.reset(thief)
      const visitor = fixture.visitor()
      await openLink(fixture, own.link, visitor)
      const opened = visitor.jar.value(`rekey_opened_${own.id}`)
      expect(opened).to.be.a('string')
      const page = await waiting(fixture, person, visitor)
      for (const value of [opened!, `${opened}A`, 'garbage', '']) {
        visitor.jar.put({ name: `rekey_opened_${id}`, value, path: '/sign-in' })
        expect((await continueSignIn(page)).status).to.equal(422)
      }
      const second = await fixture.reset(person)
      const once = await openLink(fixture, second.link)
      await fixture.reset(person)
      once.visitor.jar.put({
        name: `rekey_opened_${id}`,
        value: once.visitor.jar.value(`rekey_opened_${second.id}`)!,
        path: '/sign-in',
      })
      await expectNoSecret(await waiting(fixture, person, once.visitor))
      expect(await stateOf(fixture, person)).to.equal('reset')
    })

    it('cannot send the set-up form of another sign-in', async () => {
      const { person, link } = await resetAdmin(fixture)
      const owner = fixture.visitor()
      await openLink(fixture, link, owner)
      const shown = await fixture.challenge(person, fixture.ask(), owner)
      expect(shown.h1).to.equal('Set up your authenticator')
      const thief = await waiting(fixture, person)
      const code = fixture.appOf(shown).at(fixture.server.now())
      const sent = await thief.visitor.post(
        `/sign-in/${uidOf(thief)}/set-up`,
        { form_token: shown.form!.token, code },
        { origin: fixture.issuer },
      )
      expect(sent.status).to.equal(403)
      expect(await stateOf(fixture, person)).to.equal('reset')
    })

    it('causes few emails by repeated requests, and blocks no administrator', async () => {
      const limited = await openFixture({ reset: {}, step_up: {} })
      const person = await limited.person({ roles: ['admin'] })
      const boss = await limited.admin()
      await limited.reset(person, boss)
      const before = await limited.links(person)
      const page = await limited.challenge(person)
      const answers = new Set<string>()
      for (let ask = 0; ask < 6; ask++) {
        const { status, text } = await sendAgain(await page.visitor.go(page.path))
        answers.add(`${status} ${/role="status"[^>]*>([\s\S]*?)<\/div>/.exec(text)?.[1] ?? ''}`)
      }
      expect(answers.size).to.equal(1)
      await limited.idle(person)
      expect((await limited.links(person)).length - before.length).to.equal(2)
      await limited.advance(30)
      const reset = await boss.reset(person, { code: await boss.person.code() })
      expect([reset.status, (await limited.count(person)).state]).to.deep.equal([201, 'reset'])
    })
  })

  describe('an attacker with the mailed link', () => {
    it('sees no secret on any page without the password', async () => {
      const { person, id, link } = await resetAdmin(fixture)
      const page = await openLink(fixture, link)
      expect([page.h1, setupKeyIn(page.text)]).to.deep.equal(['Enter your password', []])
      for (const password of ['', 'wrong', person.password.toUpperCase(), ['a', 'b']]) {
        const answer = await page.visitor.submit(page, { password })
        expect([answer.status, answer.h1, setupKeyIn(answer.text)]).to.deep.equal([422, 'Enter your password', []])
      }
      for (const where of ['set-up', 'backup-codes', 'done']) {
        const found = await page.visitor.go(`/two-factor/${id}/${where}`)
        expect([found.h1, setupKeyIn(found.text)]).to.deep.equal(['Enter your password', []])
      }
      const file = await page.visitor.get(`/two-factor/${id}/backup-codes.txt`)
      expect(file.status).to.equal(410)
      expect(await stateOf(fixture, person)).to.equal('reset')
    })

    it('does not pass with the password of another account', async () => {
      const { person, link } = await resetAdmin(fixture)
      const page = await openLink(fixture, link)
      const other = 'Another-pass-4711'
      const thief = await fixture.person()
      await fixture.host.directory.setPassword(thief.id, await hashPassword(other), { generation: 1 })
      expect((await page.visitor.submit(page, { password: other, email: thief.email })).status).to.equal(422)
      expect(await stateOf(fixture, person)).to.equal('reset')
    })

    it('gets no email for a new password', async () => {
      const { person, link } = await resetAdmin(fixture)
      const before = await fixture.links(person)
      await fixture.askForPassword(person.email)
      await fixture.idle(person)
      expect(await fixture.links(person)).to.deep.equal(before)
      expect((await openLink(fixture, link)).h1).to.equal('Enter your password')
    })

    it('cannot use a page from before the person got a role', async () => {
      const person = await fixture.person()
      const { link } = await fixture.reset(person)
      const [byLink, atSignIn] = [await openLink(fixture, link), await fixture.challenge(person)]
      expect([byLink.h1, atSignIn.h1]).to.deep.equal(['Set up your authenticator', 'Set up your authenticator'])
      await fixture.host.directory.change(person.id, { roles: ['helpdesk'] })
      const code = async (page: Page): Promise<Page> =>
        page.visitor.submit(page, { code: fixture.appOf(page).at(fixture.server.now()) })
      expect([(await code(byLink)).h1, (await code(atSignIn)).h1]).to.deep.equal([
        'Enter your password',
        'Check your email',
      ])
      expect(await stateOf(fixture, person)).to.equal('reset')
    })

    it('still needs both proofs after the person lost the role', async () => {
      const { person, link } = await resetAdmin(fixture)
      await fixture.host.directory.change(person.id, { roles: [] })
      expect((await openLink(fixture, link)).h1).to.equal('Enter your password')
      await expectNoSecret(await waiting(fixture, person))
    })
  })

  it('takes both proofs of every account with the strict profile, but not for a first set-up', async () => {
    const strict = await openFixture({ reset: { profile: 'strict', links_per_hour: null } })
    const [person, invited] = [await strict.person(), await strict.person({ status: 'pending', enrolled: false })]
    const { link } = await strict.reset(person)
    expect((await strict.challenge(person)).h1).to.equal('Check your email')
    const visitor = strict.visitor()
    const page = await visitor.get(link)
    expect(page.text).to.include('You need your password')
    expect((await visitor.submit(page, {})).h1).to.equal('Enter your password')
    expect((await strict.letters(person))[0]?.text).to.include('for this account the link alone is not enough')
    const fresh = await strict.person({ enrolled: false })
    expect((await strict.challenge(fresh)).h1).to.equal('Set up your authenticator')
    const invitation = await visitor.submit(await visitor.get(await strict.invite(invited)), {})
    expect(invitation.h1).to.equal('Choose a password')
  })
})
