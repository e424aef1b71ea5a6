/** Somebody who has one of the two proofs that the way back of an administrator takes, and wants to do with it. */
import { expect } from 'chai'
import { hashPassword } from '../../src/crypto/passwords.ts'
import { type ServerFixture, concurrently, openFixture, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { uidOf } from '../support/signIns.ts'
import { type Page, setupKeyIn, type Visitor, withForm } from '../support/client.ts'

const LINK_SECONDS = 28_800

describe('Where the way back takes the password and the mailed link', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** Somebody who may reset others, and was reset. */
  async function resetAdmin(): Promise<{ person: Person; id: string; link: string }> {
    const person = await fixture.person({ roles: ['admin'] })
    return { person, ...(await fixture.reset(person)) }
  }
  /** As a thief of the password comes as far as it goes. */
  async function waiting(person: Person, visitor?: Visitor): Promise<Page> {
    const page = await fixture.challenge(person, fixture.ask(), visitor)
    expect([page.status, page.h1]).to.deep.equal([200, 'Check your email'])
    return page
  }
  const continueSignIn = (page: Page): Promise<Page> => page.visitor.submit(withForm(page, /check-email$/), {})
  const again = (page: Page): Promise<Page> => page.visitor.submit(withForm(page, /again$/), {})
  const open = async (link: string, visitor: Visitor = fixture.visitor()): Promise<Page> =>
    visitor.submit(await visitor.get(link), {})
  const stateOf = async (person: Person): Promise<string> => (await fixture.count(person)).state

  /** Nothing to scan anywhere below this sign-in. */
  async function seesNothing(page: Page): Promise<void> {
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

  describe('whoever has the password', () => {
    it('waits for the owner to press Continue elsewhere, in vain', async () => {
      const { person, link } = await resetAdmin()
      const thief = await waiting(person)
      expect((await continueSignIn(thief)).status).to.equal(422)
      const owner = await open(link)
      expect(owner.h1).to.equal('Enter your password')
      const answers = await concurrently(() => continueSignIn(thief), 10)
      expect(tally(answers)).to.deep.equal({ 422: 10 })
      for (const { h1, alert, text } of answers) {
        expect([h1, setupKeyIn(text)]).to.deep.equal(['Check your email', []])
        expect(alert).to.match(/not been opened in this browser/)
      }
      await seesNothing(thief)
      const done = await fixture.setUp(person, await owner.visitor.submit(owner, { password: person.password }))
      expect(done.h1).to.equal('You are all set')
      expect([(await continueSignIn(thief)).h1, await fixture.silently(thief.visitor)]).to.deep.equal([
        'Your authenticator was set up elsewhere',
        'login_required',
      ])
      expect((await fixture.count(person)).sessions).to.equal(0)
    })

    it('begins again, or in another tab, while the owner is at the set-up: nothing to scan', async () => {
      const { person, link } = await resetAdmin()
      const owner = await open(link)
      await owner.visitor.submit(owner, { password: person.password })
      for (const visitor of [fixture.visitor(), fixture.visitor()]) await seesNothing(await waiting(person, visitor))
      expect(await stateOf(person)).to.equal('reset')
    })

    it('brings the cookie of a link of their own, or of an older reset', async () => {
      const { person, id } = await resetAdmin()
      const thief = await fixture.person({ roles: ['helpdesk'] })
      const own = await fixture.reset(thief)
      const visitor = fixture.visitor()
      await open(own.link, visitor)
      const opened = visitor.jar.value(`rekey_opened_${own.id}`)
      expect(opened).to.be.a('string')
      const page = await waiting(person, visitor)
      for (const value of [opened!, `${opened}A`, 'garbage', '']) {
        visitor.jar.put({ name: `rekey_opened_${id}`, value, path: '/sign-in' })
        expect((await continueSignIn(page)).status).to.equal(422)
      }
      const second = await fixture.reset(person)
      const once = await open(second.link)
      await fixture.reset(person)
      once.visitor.jar.put({
        name: `rekey_opened_${id}`,
        value: once.visitor.jar.value(`rekey_opened_${second.id}`)!,
        path: '/sign-in',
      })
      await seesNothing(await waiting(person, once.visitor))
      expect(await stateOf(person)).to.equal('reset')
    })

    it('sends the form of a set-up page that another sign-in was shown', async () => {
      const { person, link } = await resetAdmin()
      const owner = fixture.visitor()
      await open(link, owner)
      const shown = await fixture.challenge(person, fixture.ask(), owner)
      expect(shown.h1).to.equal('Set up your authenticator')
      const thief = await waiting(person)
      const code = fixture.appOf(shown).at(fixture.server.now())
      const sent = await thief.visitor.post(
        `/sign-in/${uidOf(thief)}/set-up`,
        { form_token: shown.form!.token, code },
        { origin: fixture.issuer },
      )
      expect(sent.status).to.equal(403)
      expect(await stateOf(person)).to.equal('reset')
    })

    it('asks for letter after letter: the owner gets a few, the administrator is kept from nothing', async () => {
      const limited = await openFixture({ reset: {}, step_up: {} })
      const person = await limited.person({ roles: ['admin'] })
      const boss = await limited.admin()
      await limited.reset(person, boss)
      const before = await limited.links(person)
      const page = await limited.challenge(person)
      const said = new Set<string>()
      for (let ask = 0; ask < 6; ask++) {
        const { status, text } = await again(await page.visitor.go(page.path))
        said.add(`${status} ${/role="status"[^>]*>([\s\S]*?)<\/div>/.exec(text)?.[1] ?? ''}`)
      }
      expect(said.size).to.equal(1)
      await limited.idle(person)
      expect((await limited.links(person)).length - before.length).to.equal(2)
      await limited.advance(30)
      const reset = await boss.reset(person, { code: await boss.person.code() })
      expect([reset.status, (await limited.count(person)).state]).to.deep.equal([201, 'reset'])
    })
  })

  describe('whoever has the mailed link', () => {
    it('sees nothing to scan without the password, wherever they look', async () => {
      const { person, id, link } = await resetAdmin()
      const page = await open(link)
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
      expect(await stateOf(person)).to.equal('reset')
    })

    it('brings the password of another account', async () => {
      const { person, link } = await resetAdmin()
      const page = await open(link)
      const other = 'Another-pass-4711'
      const thief = await fixture.person()
      await fixture.host.directory.setPassword(thief.id, await hashPassword(other), { generation: 1 })
      expect((await page.visitor.submit(page, { password: other, email: thief.email })).status).to.equal(422)
      expect(await stateOf(person)).to.equal('reset')
    })

    it('asks for another password by letter meanwhile: none is sent', async () => {
      const { person, link } = await resetAdmin()
      const before = await fixture.links(person)
      await fixture.askForPassword(person.email)
      await fixture.idle(person)
      expect(await fixture.links(person)).to.deep.equal(before)
      expect((await open(link)).h1).to.equal('Enter your password')
    })

    it('holds a page of a time when one proof was enough, and the person is given a role meanwhile', async () => {
      const person = await fixture.person()
      const { link } = await fixture.reset(person)
      const [byLink, atSignIn] = [await open(link), await fixture.challenge(person)]
      expect([byLink.h1, atSignIn.h1]).to.deep.equal(['Set up your authenticator', 'Set up your authenticator'])
      await fixture.host.directory.change(person.id, { roles: ['helpdesk'] })
      const code = async (page: Page): Promise<Page> =>
        page.visitor.submit(page, { code: fixture.appOf(page).at(fixture.server.now()) })
      expect([(await code(byLink)).h1, (await code(atSignIn)).h1]).to.deep.equal([
        'Enter your password',
        'Check your email',
      ])
      expect(await stateOf(person)).to.equal('reset')
    })

    it('has the person’s role taken away meanwhile: nothing gets easier', async () => {
      const { person, link } = await resetAdmin()
      await fixture.host.directory.change(person.id, { roles: [] })
      expect((await open(link)).h1).to.equal('Enter your password')
      await seesNothing(await waiting(person))
    })
  })

  describe('the owner, who has both', () => {
    it('gives the password where the link was opened', async () => {
      const { person, link } = await resetAdmin()
      const page = await open(link)
      expect((await fixture.setUp(person, await page.visitor.submit(page, { password: person.password }))).h1).to.equal(
        'You are all set',
      )
      const { user } = await fixture.count(person)
      expect([user.two_factor.state, user.two_factor.reset.completed_via]).to.deep.equal(['active', 'link'])
    })

    it('opens the link in the browser that signs in, and arrives at the application', async () => {
      const { person, link } = await resetAdmin()
      const page = await waiting(person)
      await open(link, page.visitor)
      const setUp = await continueSignIn(page)
      expect(setUp.h1).to.equal('Set up your authenticator')
      const done = await fixture.resume(await fixture.setUp(person, setUp))
      expect(fixture.answerAt(done)?.has('code')).to.equal(true)
      const { user } = await fixture.count(person)
      expect([user.two_factor.state, user.two_factor.reset.completed_via]).to.deep.equal(['active', 'sign-in'])
    })

    it('opens the link first and signs in then: the set-up at once', async () => {
      const { person, link } = await resetAdmin()
      const { visitor } = await open(link)
      expect((await fixture.challenge(person, fixture.ask(), visitor)).h1).to.equal('Set up your authenticator')
    })

    it('has the letter sent again, once for each form, told as their own doing; the older link is no proof any more', async () => {
      const { person, link } = await resetAdmin()
      const page = await waiting(person)
      await open(link, page.visitor)
      const before = await fixture.links(person)
      const flow = (await fixture.host.rekey.state(person.id))?.account.factor
      const form = withForm(page, /again$/)
      const answers = await concurrently(() => page.visitor.submit(form, {}), 5)
      expect(tally(answers)).to.deep.equal({ 200: 5 })
      const newer = await fixture.newLink(person, before)
      expect((await fixture.links(person)).length).to.equal(before.length + 1)
      expect((await fixture.host.rekey.state(person.id))?.account.factor).to.deep.equal(flow)
      const { events } = await fixture.count(person)
      const sent = events.find(({ type }) => type === 'two_factor.reset.resent')
      expect([sent?.actor, sent?.target]).to.deep.equal([person.id, person.id])
      const stale = await continueSignIn(page)
      expect([stale.status, stale.alert]).to.deep.equal([
        422,
        'The link you opened was replaced by a newer email. Open the newest one, or send it again.',
      ])
      await open(newer, page.visitor)
      expect((await continueSignIn(page)).h1).to.equal('Set up your authenticator')
    })

    it('is sent back to the letter when the link is replaced during the set-up', async () => {
      const { person, link } = await resetAdmin()
      const page = await waiting(person)
      await open(link, page.visitor)
      const setUp = await continueSignIn(page)
      const other = await waiting(person)
      await again(other)
      await fixture.idle(person)
      const late = await setUp.visitor.submit(setUp, { code: fixture.appOf(setUp).at(fixture.server.now()) })
      expect([late.h1, setupKeyIn(late.text)]).to.deep.equal(['Check your email', []])
      expect(await stateOf(person)).to.equal('reset')
    })

    it('finds a link that an administrator cancelled: no other is sent but by a new reset', async () => {
      const person = await fixture.person({ roles: ['admin'] })
      const boss = await fixture.admin()
      const { id, link } = await fixture.reset(person, boss)
      const page = await waiting(person)
      await open(link, page.visitor)
      await boss.call('DELETE', `/users/${person.id}/two-factor/resets/${id}`, {})
      expect((await continueSignIn(page)).alert).to.match(/does not work any more/)
      const shown = await page.visitor.go(page.path)
      expect([shown.form, shown.text.includes('An administrator cancelled the link')]).to.deep.equal([null, true])
      const before = await fixture.links(person)
      expect((await again(page)).status).to.equal(200)
      await fixture.idle(person)
      expect(await fixture.links(person)).to.deep.equal(before)
      expect(await stateOf(person)).to.equal('reset')
    })

    it('finds both doors shut while the account is frozen', async () => {
      const person = await fixture.person({ roles: ['admin'] })
      const boss = await fixture.admin()
      const { id } = await fixture.reset(person, boss)
      const page = await waiting(person)
      await boss.call('DELETE', `/users/${person.id}/two-factor/resets/${id}`, { freeze: true })
      for (const answer of [await continueSignIn(page), await again(page), await page.visitor.go(page.path)])
        expect([answer.status, answer.form]).to.deep.equal([403, null])
    })

    it('finds a link that has expired, and is sent another', async () => {
      const hasty = await openFixture({ reset: { links_per_hour: null } })
      const person = await hasty.person({ roles: ['admin'] })
      const { link } = await hasty.reset(person)
      await hasty.advance(LINK_SECONDS)
      const page = await hasty.challenge(person)
      expect(page.text).to.include('The link has expired. Send it again.')
      expect((await continueSignIn(page)).status).to.equal(422)
      const before = await hasty.links(person)
      await again(page)
      const newer = await hasty.newLink(person, before)
      expect(newer).not.to.equal(link)
      await page.visitor.submit(await page.visitor.get(newer), {})
      expect((await continueSignIn(page)).h1).to.equal('Set up your authenticator')
    })
  })

  it('everybody needs both where the service says so, and nobody does for a first set-up', async () => {
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
