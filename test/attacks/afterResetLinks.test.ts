/** Links and set-up pages from before a reset, and requests concurrent with it. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import { setupKeyIn, wayOn } from '../support/client.ts'
import { enrolledPerson } from './enrolledPerson.ts'

describe('After a reset', () => {
  let fixture: ServerFixture
  let admin: Acting
  before(async () => {
    fixture = await sharedFixture()
  })
  beforeEach(async () => {
    admin = await fixture.admin()
  })

  it('the secret of an older set-up page cannot be set up, by link or in a sign-in', async () => {
    const person = await enrolledPerson(fixture)
    const first = await fixture.reset(person, admin)
    const visitor = fixture.visitor()
    const pages = [await fixture.challenge(person), await visitor.submit(await visitor.get(first.link), {})]
    await fixture.reset(person)
    const sent = await Promise.all(
      pages.map((page) => page.visitor.submit(page, { code: fixture.appOf(page).at(fixture.server.now()) })),
    )
    expect(sent.map(({ status, h1 }) => [status, h1])).to.deep.equal([
      [409, 'Your sign-in was interrupted'],
      [410, 'This link was replaced by a newer email'],
    ])
    const shown = await Promise.all(pages.map((page) => page.visitor.go(page.path)))
    expect(shown[1]!.status).to.equal(410)
    expect((await fixture.count(person)).state).to.equal('reset')
  })

  it('the page of an older or used link says what happened to it', async () => {
    const person = await enrolledPerson(fixture)
    const links = [(await fixture.reset(person)).link, (await fixture.reset(person)).link]
    const resent = await admin.call('POST', `/users/${person.id}/two-factor/resets/${idOf(links[1]!)}/mail`)
    expect(resent.status).to.equal(202)
    links.push(await fixture.newLink(person, links))
    const notified = await Promise.all(links.map((link) => fixture.visitor().get(link)))
    expect(notified.map(({ status, h1 }) => [status, h1])).to.deep.equal([
      [410, 'This link was replaced by a newer email'],
      [410, 'This link was replaced by a newer email'],
      [200, 'Reset your two-factor authentication'],
    ])
    await fixture.enter(person)
    const after = await fixture.visitor().get(links[2]!)
    expect([after.status, after.h1]).to.deep.equal([410, 'This link was already used'])
    await fixture.reset(person)
    const states = await Promise.all(links.map(async (link) => (await fixture.visitor().get(link)).status))
    expect(states).to.deep.equal([410, 410, 410])
  })

  it('a resend invalidates the ticket of the opened link', async () => {
    const person = await enrolledPerson(fixture)
    const { id, link } = await fixture.reset(person, admin)
    const visitor = fixture.visitor()
    const opened = await visitor.submit(await visitor.get(link), {})
    await admin.call('POST', `/users/${person.id}/two-factor/resets/${id}/mail`)
    const fresh = await fixture.newLink(person, [link])
    const sent = await visitor.submit(opened, { code: fixture.appOf(opened).at(fixture.server.now()) })
    expect([sent.status, sent.h1]).to.deep.equal([410, 'This link was replaced by a newer email'])
    // The new link in the same browser gets a new secret.
    const again = await visitor.submit(await visitor.get(fresh), {})
    expect(setupKeyIn(again.text)).not.to.deep.equal(setupKeyIn(opened.text))
    expect((await fixture.setUp(person, again)).h1).to.equal('You are all set')
  })

  it('the link and the ticket of a cancelled reset are invalid; a frozen account has no set-up', async () => {
    const person = await enrolledPerson(fixture)
    const { id, link } = await fixture.reset(person, admin)
    const visitor = fixture.visitor()
    const opened = await visitor.submit(await visitor.get(link), {})
    const atSignIn = await fixture.challenge(person)
    const { status } = await admin.call('DELETE', `/users/${person.id}/two-factor/resets/${id}`, { freeze: true })
    expect(status).to.equal(204)
    const sent = await Promise.all(
      [opened, atSignIn].map((page) =>
        page.visitor.submit(page, { code: fixture.appOf(page).at(fixture.server.now()) }),
      ),
    )
    expect(sent.map((page) => page.h1)).to.deep.equal(['Set-up is closed', 'Set-up is closed'])
    expect((await fixture.visitor().get(link)).h1).to.equal('This link was cancelled')
    expect((await fixture.challenge(person)).h1).to.equal('Set-up is closed')
    expect((await fixture.count(person)).state).to.equal('reset')
  })

  it('requests in flight restore no session', async () => {
    const person = await enrolledPerson(fixture)
    const { visitor } = await fixture.enter(person)
    const flood = concurrently(async (index) => {
      // Each saves the session, some of them after the reset.
      const pages = []
      for (let round = 0; round < 4; round++)
        pages.push(
          await visitor
            .stolen()
            .get(fixture.ask(index % 2 ? 'app' : 'shop', { prompt: index % 3 ? 'none' : 'consent' }).path),
        )
      return pages
    }, 20)
    await fixture.reset(person, admin)
    await flood
    expect(await fixture.silently(visitor)).to.equal('login_required')
    const { sessions, grants, user } = await fixture.count(person)
    expect([sessions, grants]).to.deep.equal([0, 0])
    expect(user.two_factor.reset.ended.sessions).to.be.greaterThan(0)
  })

  it('a code accepted concurrently creates no lasting session', async () => {
    const people = await concurrently(() => enrolledPerson(fixture), 6)
    const administrators = await concurrently(() => fixture.admin(), people.length)
    const pages = await Promise.all(people.map((person) => fixture.challenge(person)))
    const codes = await Promise.all(
      [...people, ...administrators.map(({ person }) => person)].map((person) => person.code()),
    )
    const [entered, resets] = await Promise.all([
      Promise.all(
        pages.map(async (page, index) => {
          const done = await page.visitor.submit(page, { code: codes[index]! })
          return wayOn(done)?.includes('/auth/') ? fixture.resume(done) : done
        }),
      ),
      Promise.all(
        administrators.map((item, index) => item.reset(people[index]!, { code: codes[people.length + index]! })),
      ),
    ])
    expect(tally(resets)).to.deep.equal({ 201: people.length })
    for (const page of entered) {
      expect(await fixture.silently(page.visitor)).to.equal('login_required')
      expect(page.status).to.be.lessThan(500)
    }
    for (const person of people) expect((await fixture.count(person)).sessions).to.equal(0)
  })

  it('tokens issued concurrently are invalid', async () => {
    const person = await fixture.person({ roles: ['admin'] })
    const visitor = fixture.visitor()
    const offline = await fixture.enter(
      person,
      fixture.ask('spa', { scope: 'openid offline_access', prompt: 'consent' }),
      visitor,
    )
    const { refresh_token: refresh } = await fixture.tokens(offline)
    const codes = await concurrently(() => fixture.enter(person, fixture.askManagement(), visitor), 8)
    const [answers] = await Promise.all([
      Promise.all([...codes.map((entered) => fixture.exchange(entered)), fixture.refresh('spa', refresh)]),
      fixture.reset(person, admin),
    ])
    for (const { status, body } of answers) {
      expect(status).to.be.oneOf([200, 400])
      if (status !== 200) continue
      expect((await fixture.actingWith(person, body).call('GET', '/users')).status).to.equal(401)
      expect((await fixture.userinfo(body.access_token)).status).to.equal(401)
      if (body.refresh_token) expect((await fixture.refresh('spa', body.refresh_token)).status).to.equal(400)
    }
    expect((await fixture.count(person)).grants).to.equal(0)
  })
})

const idOf = (link: string): string => /reset\/([\w-]{22})\./.exec(link)?.[1] ?? ''
