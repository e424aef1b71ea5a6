/** Everything that was worth something before a reset, kept back and used after it. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import { uidOf } from '../support/signIns.ts'
import { setupKeyIn, wayOn } from '../support/client.ts'
import { WRONG_CODE } from '../support/sentences.ts'

describe('After a reset, what a thief kept from before', () => {
  let fixture: ServerFixture
  let admin: Acting
  before(async () => {
    fixture = await sharedFixture()
  })
  beforeEach(async () => {
    admin = await fixture.admin()
  })

  /** Somebody who was here before, and whose codes are saved. */
  async function enrolledPerson(): Promise<Person> {
    const person = await fixture.person()
    await fixture.enter(person)
    return person
  }

  it('and was a session: the password is asked, then a new set-up; silently, login_required', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    expect(await fixture.silently(visitor)).to.equal('code')
    await fixture.reset(person, admin)
    const thief = visitor.stolen()
    for (const client of ['app', 'shop', 'desk'] as const)
      expect(await fixture.silently(thief, fixture.ask(client, { prompt: 'none' }))).to.equal('login_required')
    const page = await fixture.begin(fixture.ask(), visitor)
    expect(page.h1).to.equal('Sign in')
    expect((await fixture.enterPassword(page, person)).h1).to.equal('Set up your authenticator')
    expect((await fixture.count(person)).sessions).to.equal(0)
  })

  it('and was a sign-in at the challenge: no code of any kind goes on', async () => {
    const person = await enrolledPerson()
    const [atCode, atBackup] = [await fixture.challenge(person), await fixture.backup(person)]
    await fixture.reset(person, admin)
    const sent = [
      await atCode.visitor.submit(atCode, { code: await person.code() }),
      await atBackup.visitor.submit(atBackup, { code: person.codes[0]! }),
    ]
    for (const page of sent) expect([page.status, page.h1]).to.deep.equal([409, 'Your sign-in was interrupted'])
    // And its own way back leads to the set-up, under the password.
    expect((await fixture.challenge(person, undefined, atCode.visitor)).h1).to.equal('Set up your authenticator')
  })

  it('and was a finished sign-in whose last step was kept back: the password is asked again', async () => {
    const person = await enrolledPerson()
    const page = await fixture.challenge(person)
    const done = await page.visitor.submit(page, { code: await person.code() })
    await fixture.reset(person, admin)
    const back = await fixture.resume(done)
    expect([back.h1, fixture.answerAt(back)]).to.deep.equal(['Sign in', null])
    expect(await fixture.silently(page.visitor)).to.equal('login_required')
    expect((await fixture.enterPassword(back, person)).h1).to.equal('Set up your authenticator')
  })

  it('and was a finished set-up whose last step was kept back: nothing comes of it', async () => {
    const person = await fixture.person({ enrolled: false })
    const page = await fixture.challenge(person)
    const shown = await fixture.confirm(person, page)
    const ahead = await fixture.challenge(person)
    await fixture.reset(person, admin)
    const saved = await shown.visitor.submit(shown, { saved: 'yes' })
    expect([saved.status, saved.h1]).to.deep.equal([409, 'Your sign-in was interrupted'])
    for (const path of [shown.path, `${shown.path}.txt`]) {
      const again = await shown.visitor.go(path)
      expect([again.status, again.h1]).to.deep.equal([409, 'Your sign-in was interrupted'])
    }
    expect((await ahead.visitor.submit(ahead, { code: await person.code() })).status).to.equal(409)
    expect((await fixture.count(person)).state).to.equal('reset')
  })

  it('and was the page of a set-up, at either door: its secret cannot be set up', async () => {
    const person = await enrolledPerson()
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

  it('and was an authorization code: it is not exchanged', async () => {
    const person = await enrolledPerson()
    const entered = await fixture.enter(person)
    await fixture.reset(person, admin)
    const { status, body } = await fixture.exchange(entered)
    expect([status, body.error]).to.deep.equal([400, 'invalid_grant'])
  })

  it('and was a pushed request: it leads to the password and the set-up, like any other', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const request = fixture.ask()
    const pushed = await fixture.post(
      '/request',
      'app',
      Object.fromEntries(new URLSearchParams(request.path.split('?')[1])),
    )
    await fixture.reset(person, admin)
    const page = await visitor.go(`/auth?client_id=app&request_uri=${encodeURIComponent(pushed.body.request_uri)}`)
    expect(page.h1).to.equal('Sign in')
    expect((await fixture.enterPassword(page, person)).h1).to.equal('Set up your authenticator')
  })

  it('and was an access token, a refresh token or a grant: all are dead, the family too', async () => {
    const person = await fixture.person()
    const request = fixture.ask('shop', { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await fixture.enter(person, request)
    const tokens = await fixture.tokens(entered)
    const child = (await fixture.refresh('shop', tokens.refresh_token)).body
    expect((await fixture.introspect('shop', child.access_token)).body.active).to.equal(true)
    await fixture.reset(person, admin)
    const refreshed = await Promise.all([tokens, child].map((item) => fixture.refresh('shop', item.refresh_token)))
    expect(refreshed.map(({ body }) => body.error)).to.deep.equal(['invalid_grant', 'invalid_grant'])
    for (const { access_token: token, refresh_token: refresh } of [tokens, child]) {
      expect((await fixture.userinfo(token)).status).to.equal(401)
      for (const item of [token, refresh])
        if (item) expect((await fixture.introspect('shop', item)).body).to.deep.equal({ active: false })
    }
    // What was allowed once is not allowed for a stranger who comes back with the same browser.
    const back = await fixture.enter(person, fixture.ask('shop', { scope: 'openid' }), entered.visitor)
    expect((await fixture.tokens(back)).id_token).to.be.a('string')
  })

  it('and was a management token of the target: the API knows it no more, in the very next call', async () => {
    const [target, victim] = await Promise.all([fixture.admin(), fixture.person()])
    const code = await target.person.code()
    await fixture.reset(target.person, admin)
    const calls = [
      await target.reset(victim, { code }),
      await target.call('GET', '/users'),
      await target.call('GET', '/audit-events'),
      await target.call('DELETE', `/users/${victim.id}/two-factor/resets/nothing`),
    ]
    for (const { status, body } of calls) expect([status, body.code]).to.deep.equal([401, 'invalid_token'])
    expect((await fixture.count(victim)).state).to.equal('active')
  })

  it('and was the old secret or a backup code: no step of it is accepted, before or after a new set-up', async () => {
    const person = await enrolledPerson()
    const old = person.authenticator
    const [spare = ''] = person.codes
    const unfinished = await fixture.challenge(person)
    await fixture.reset(person, admin)
    const now = fixture.server.now()
    const codes = [now - 30, now, now + 30].map((at) => old.at(at))
    for (const code of codes) expect((await unfinished.visitor.submit(unfinished, { code })).status).to.equal(409)
    const setUp = await fixture.challenge(person)
    for (const code of [...codes, spare]) {
      const refused = await setUp.visitor.submit(setUp, { code })
      expect([refused.status, refused.h1]).to.deep.equal([422, 'Set up your authenticator'])
    }
    await fixture.setUp(person, setUp)
    await fixture.advance(60)
    const later = fixture.server.now()
    for (const code of [later - 30, later, later + 30].map((at) => old.at(at))) {
      const page = await fixture.challenge(person)
      expect((await page.visitor.submit(page, { code })).alert).to.equal(WRONG_CODE)
    }
    const page = await fixture.backup(person)
    expect((await page.visitor.submit(page, { code: spare })).status).to.equal(422)
    expect((await fixture.count(person)).codes).to.equal(10)
  })

  it('and was an older link, or one of a set-up that is done: each bearer is told what became of it', async () => {
    const person = await enrolledPerson()
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

  it('and was the ticket of an opened link: a resend voids it, though nothing else has changed', async () => {
    const person = await enrolledPerson()
    const { id, link } = await fixture.reset(person, admin)
    const visitor = fixture.visitor()
    const opened = await visitor.submit(await visitor.get(link), {})
    await admin.call('POST', `/users/${person.id}/two-factor/resets/${id}/mail`)
    const fresh = await fixture.newLink(person, [link])
    const sent = await visitor.submit(opened, { code: fixture.appOf(opened).at(fixture.server.now()) })
    expect([sent.status, sent.h1]).to.deep.equal([410, 'This link was replaced by a newer email'])
    // The new link in the same browser makes a secret of its own.
    const again = await visitor.submit(await visitor.get(fresh), {})
    expect(setupKeyIn(again.text)).not.to.deep.equal(setupKeyIn(opened.text))
    expect((await fixture.setUp(person, again)).h1).to.equal('You are all set')
  })

  it('and was a cancelled reset: its link and its ticket are dead; frozen, both doors are shut', async () => {
    const person = await enrolledPerson()
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

  it('and was a request in flight: whatever it saves afterwards brings no session back', async () => {
    const person = await enrolledPerson()
    const { visitor } = await fixture.enter(person)
    const flood = concurrently(async (index) => {
      // Each rotates or saves the session; some of them after the reset.
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

  it('and ran a race with it: a code accepted in the same instant opens nothing that lasts', async () => {
    const people = await concurrently(() => enrolledPerson(), 6)
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

  it('and ran a race with it: tokens issued in the same instant are worth nothing either', async () => {
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

  it('and was a sign-out form or a resume address: nothing fails', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const out = await visitor.get('/session/end')
    const page = await fixture.challenge(person, fixture.ask('app', { prompt: 'login' }), visitor)
    await fixture.reset(person, admin)
    const answers = [
      await visitor.post('/session/end/confirm', {
        logout: 'yes',
        xsrf: /name="xsrf" value="([^"]*)"/.exec(out.text)?.[1] ?? '',
      }),
      await visitor.get(`/auth/${uidOf(page)}`),
      await visitor.get(page.path),
    ]
    for (const { status } of answers) expect(status).to.be.lessThan(500)
    expect(await fixture.silently(visitor)).to.equal('login_required')
  })
})

const idOf = (link: string): string => /reset\/([\w-]{22})\./.exec(link)?.[1] ?? ''
