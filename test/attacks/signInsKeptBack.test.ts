/** A sign-in that is no session yet ends with the sessions: finished and kept back, or half done, whoever ends them and how. */
import { expect } from 'chai'
import { type Arena, sharedArena } from '../support/arena.ts'
import type { Person } from '../support/attackPeople.ts'
import { type Page, type Visitor, withForm } from '../support/client.ts'

describe('A sign-in kept back', () => {
  let arena: Arena
  before(async () => {
    arena = await sharedArena()
  })

  /** Everything proven; the browser has not gone back to the application. */
  async function finished(person: Person): Promise<Page> {
    let page = await arena.begin()
    for (let step = 0; step < 6 && page.h1 !== 'You are signed in' && !page.text.includes('/auth/'); step++)
      page = await arena.goOn(person, page)
    return page
  }

  const firstUid = async (person: Person, but: readonly string[]): Promise<string> =>
    (await arena.house.store.artefacts.ofAccount('Session', person.id, '', 100))
      .map(({ id }) => id)
      .find((id) => !but.includes(id)) ?? ''

  async function endOthers(person: Person, visitor: Visitor): Promise<Page> {
    const account = await arena.enterAccount(person, visitor)
    return visitor.submit(withForm(account, /end-others$/), {})
  }

  const ends: Readonly<Record<string, (person: Person) => Promise<void>>> = {
    'the owner ends all other sessions': async (person) => {
      expect((await endOthers(person, arena.visitor())).text).to.contain('All other sessions have ended.')
    },
    'the owner ends another session': async (person) => {
      const uid = await firstUid(person, [])
      const account = await arena.enterAccount(person)
      await account.visitor.submit(withForm(account, new RegExp(`${uid}/end$`)), {})
    },
    'an administrator ends a session': async (person) => {
      const uid = await firstUid(person, [])
      const { status } = await (await arena.admin()).call('DELETE', `/users/${person.id}/sessions/${uid}`)
      expect(status).to.equal(204)
    },
    'an administrator ends all sessions': async (person) => {
      const { status } = await (await arena.admin()).call('DELETE', `/users/${person.id}/sessions`)
      expect(status).to.equal(204)
    },
  }

  for (const [when, end] of Object.entries(ends)) {
    it(`that is finished is worth nothing when ${when}`, async () => {
      const person = await arena.person()
      await arena.enter(person)
      const kept = await finished(person)
      await arena.advance(40)
      await end(person)
      await arena.advance(1200)
      const resumed = await arena.resume(kept)
      expect(arena.answerAt(resumed)).to.equal(null)
      expect(resumed.h1).to.equal('Sign in')
      expect(await arena.silently(kept.visitor)).to.equal('login_required')
    })

    it(`that is half done proves no code when ${when}`, async () => {
      const person = await arena.person()
      await arena.enter(person)
      const half = await arena.challenge(person)
      await arena.advance(40)
      await end(person)
      const code = await person.code()
      const answer = await half.visitor.submit(half, { code })
      expect(answer.h1).to.equal('Your sign-in was interrupted')
      // The code is not burnt: its owner may have typed it.
      expect((await arena.enterPassword(await arena.begin(), person)).h1).to.equal('Enter your code')
      expect(await arena.silently(half.visitor)).to.equal('login_required')
    })
  }

  it('sets up no authenticator when an administrator ends a session of somebody who was reset', async () => {
    const person = await arena.person()
    await arena.reset(person)
    const half = await arena.challenge(person)
    expect(half.h1).to.equal('Set up your authenticator')
    const app = arena.appOf(half)
    await arena.house.rekey.settled()
    const admin = await arena.admin()
    await arena.advance(5)
    await admin.call('DELETE', `/users/${person.id}/sessions`)
    expect((await half.visitor.submit(half, { code: app.at(arena.server.now()) })).h1).to.equal(
      'Your sign-in was interrupted',
    )
    expect((await arena.count(person)).state).to.equal('reset')
  })

  it('leaves the session alone in which others were ended: SSO, a step-up, another authenticator after a slip', async () => {
    const person = await arena.person()
    const visitor = arena.visitor()
    const page = await endOthers(person, visitor)
    expect(page.h1).to.equal('Your security')
    expect(await arena.silently(visitor)).to.equal('code')
    await arena.advance(40)
    const again = await arena.enter(person, arena.ask('app', { prompt: 'two_factor' }), visitor)
    expect(again.code).to.be.a('string')
    const account = await arena.enterAccount(person, visitor)
    let change = await visitor.submit(withForm(account, /replace-authenticator$/), {})
    for (let step = 0; step < 4 && change.h1 !== 'Set up your authenticator'; step++)
      change = await visitor.submit(change, { code: await person.code() })
    const slipped = await visitor.submit(change, { code: '000000' })
    expect(slipped.h1).to.equal('Set up your authenticator')
    await arena.setUp(person, slipped)
    expect((await arena.count(person)).audit('two_factor.replaced')).to.equal(1)
  })

  it('of before does not become one by a change begun in an ended session and left open', async () => {
    const [person, thief] = [await arena.person(), arena.visitor()]
    const account = await arena.enterAccount(person, thief)
    let change = await thief.submit(withForm(account, /replace-authenticator$/), {})
    for (let step = 0; step < 4 && change.h1 !== 'Set up your authenticator'; step++)
      change = await thief.submit(change, { code: await person.code() })
    const slipped = await thief.submit(change, { code: '000000' })
    await arena.advance(40)
    await endOthers(person, arena.visitor())
    const app = arena.appOf(slipped)
    const answer = await thief.submit(slipped, { code: app.at(arena.server.now()) })
    expect(answer.h1).to.equal('Your sign-in was interrupted')
    expect((await arena.count(person)).audit('two_factor.replaced')).to.equal(0)
  })
})
