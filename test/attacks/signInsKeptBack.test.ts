/** A sign-in that is no session yet, finished or not, ends with the sessions, for every way to end them. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { type Page, type Visitor, withForm } from '../support/client.ts'

describe('A sign-in without a session', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** All is proven; the browser has not returned to the application. */
  async function finished(person: Person): Promise<Page> {
    let page = await fixture.begin()
    for (let step = 0; step < 6 && page.h1 !== 'You are signed in' && !page.text.includes('/auth/'); step++)
      page = await fixture.continueSignIn(person, page)
    return page
  }

  const firstUid = async (person: Person, but: readonly string[]): Promise<string> =>
    (await fixture.host.store.artefacts.ofAccount('Session', person.id, '', 100))
      .map(({ id }) => id)
      .find((id) => !but.includes(id)) ?? ''

  async function endOthers(person: Person, visitor: Visitor): Promise<Page> {
    const account = await fixture.enterAccount(person, visitor)
    return visitor.submit(withForm(account, /end-others$/), {})
  }

  const ends: Readonly<Record<string, (person: Person) => Promise<void>>> = {
    'the owner ends all other sessions': async (person) => {
      expect((await endOthers(person, fixture.visitor())).text).to.contain('All other sessions have ended.')
    },
    'the owner ends another session': async (person) => {
      const uid = await firstUid(person, [])
      const account = await fixture.enterAccount(person)
      await account.visitor.submit(withForm(account, new RegExp(`${uid}/end$`)), {})
    },
    'an administrator ends a session': async (person) => {
      const uid = await firstUid(person, [])
      const { status } = await (await fixture.admin()).call('DELETE', `/users/${person.id}/sessions/${uid}`)
      expect(status).to.equal(204)
    },
    'an administrator ends all sessions': async (person) => {
      const { status } = await (await fixture.admin()).call('DELETE', `/users/${person.id}/sessions`)
      expect(status).to.equal(204)
    },
  }

  for (const [when, end] of Object.entries(ends)) {
    it(`that is finished is invalid when ${when}`, async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      const kept = await finished(person)
      await fixture.advance(40)
      await end(person)
      await fixture.advance(1200)
      const resumed = await fixture.resume(kept)
      expect(fixture.answerAt(resumed)).to.equal(null)
      expect(resumed.h1).to.equal('Sign in')
      expect(await fixture.silently(kept.visitor)).to.equal('login_required')
    })

    it(`that waits for a code is interrupted when ${when}`, async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      const half = await fixture.challenge(person)
      await fixture.advance(40)
      await end(person)
      const code = await person.code()
      const answer = await half.visitor.submit(half, { code })
      expect(answer.h1).to.equal('Your sign-in was interrupted')
      // The owner can sign in again.
      expect((await fixture.enterPassword(await fixture.begin(), person)).h1).to.equal('Enter your code')
      expect(await fixture.silently(half.visitor)).to.equal('login_required')
    })
  }

  it('sets up no authenticator when an administrator ends the sessions of a person who was reset', async () => {
    const person = await fixture.person()
    await fixture.reset(person)
    const half = await fixture.challenge(person)
    expect(half.h1).to.equal('Set up your authenticator')
    const app = fixture.appOf(half)
    await fixture.host.rekey.idle()
    const admin = await fixture.admin()
    await fixture.advance(5)
    await admin.call('DELETE', `/users/${person.id}/sessions`)
    expect((await half.visitor.submit(half, { code: app.at(fixture.server.now()) })).h1).to.equal(
      'Your sign-in was interrupted',
    )
    expect((await fixture.count(person)).state).to.equal('reset')
  })

  it('is separate from the session that ended the others: SSO, step-up and a new authenticator still work there', async () => {
    const person = await fixture.person()
    const visitor = fixture.visitor()
    const page = await endOthers(person, visitor)
    expect(page.h1).to.equal('Your security')
    expect(await fixture.silently(visitor)).to.equal('code')
    await fixture.advance(40)
    const again = await fixture.enter(person, fixture.ask('app', { prompt: 'two_factor' }), visitor)
    expect(again.code).to.be.a('string')
    const account = await fixture.enterAccount(person, visitor)
    let change = await visitor.submit(withForm(account, /replace-authenticator$/), {})
    for (let step = 0; step < 4 && change.h1 !== 'Set up your authenticator'; step++)
      change = await visitor.submit(change, { code: await person.code() })
    const slipped = await visitor.submit(change, { code: '000000' })
    expect(slipped.h1).to.equal('Set up your authenticator')
    await fixture.setUp(person, slipped)
    expect((await fixture.count(person)).audit('two_factor.replaced')).to.equal(1)
  })

  it('is not restored by a change that began in an ended session', async () => {
    const [person, thief] = [await fixture.person(), fixture.visitor()]
    const account = await fixture.enterAccount(person, thief)
    let change = await thief.submit(withForm(account, /replace-authenticator$/), {})
    for (let step = 0; step < 4 && change.h1 !== 'Set up your authenticator'; step++)
      change = await thief.submit(change, { code: await person.code() })
    const slipped = await thief.submit(change, { code: '000000' })
    await fixture.advance(40)
    await endOthers(person, fixture.visitor())
    const app = fixture.appOf(slipped)
    const answer = await thief.submit(slipped, { code: app.at(fixture.server.now()) })
    expect(answer.h1).to.equal('Your sign-in was interrupted')
    expect((await fixture.count(person)).audit('two_factor.replaced')).to.equal(0)
  })
})
