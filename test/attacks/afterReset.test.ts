/** Sessions, sign-ins, tokens and codes from before a reset, used after it. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import { uidOf } from '../support/signIns.ts'
import { WRONG_CODE } from '../support/sentences.ts'
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

  it('an older session needs the password and a new set-up; silently it gets login_required', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    expect(await fixture.silently(visitor)).to.equal('code')
    await fixture.reset(person, admin)
    const thief = visitor.stolen()
    for (const client of ['app', 'shop', 'management'] as const)
      expect(await fixture.silently(thief, fixture.ask(client, { prompt: 'none' }))).to.equal('login_required')
    const page = await fixture.begin(fixture.ask(), visitor)
    expect(page.h1).to.equal('Sign in')
    expect((await fixture.enterPassword(page, person)).h1).to.equal('Set up your authenticator')
    expect((await fixture.count(person)).sessions).to.equal(0)
  })

  it('a sign-in at the challenge accepts no code of any kind', async () => {
    const person = await enrolledPerson(fixture)
    const [atCode, atBackup] = [await fixture.challenge(person), await fixture.backup(person)]
    await fixture.reset(person, admin)
    const sent = [
      await atCode.visitor.submit(atCode, { code: await person.code() }),
      await atBackup.visitor.submit(atBackup, { code: person.codes[0]! }),
    ]
    for (const page of sent) expect([page.status, page.h1]).to.deep.equal([409, 'Your sign-in was interrupted'])
    // The password leads to the set-up.
    expect((await fixture.challenge(person, undefined, atCode.visitor)).h1).to.equal('Set up your authenticator')
  })

  it('a finished sign-in that was not resumed needs the password again', async () => {
    const person = await enrolledPerson(fixture)
    const page = await fixture.challenge(person)
    const done = await page.visitor.submit(page, { code: await person.code() })
    await fixture.reset(person, admin)
    const back = await fixture.resume(done)
    expect([back.h1, fixture.answerAt(back)]).to.deep.equal(['Sign in', null])
    expect(await fixture.silently(page.visitor)).to.equal('login_required')
    expect((await fixture.enterPassword(back, person)).h1).to.equal('Set up your authenticator')
  })

  it('a finished set-up that was not resumed is interrupted', async () => {
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

  it('an authorization code is not exchanged', async () => {
    const person = await enrolledPerson(fixture)
    const entered = await fixture.enter(person)
    await fixture.reset(person, admin)
    const { status, body } = await fixture.exchange(entered)
    expect([status, body.error]).to.deep.equal([400, 'invalid_grant'])
  })

  it('a pushed request leads to the password and the set-up', async () => {
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

  it('access tokens and refresh tokens are invalid, the whole family', async () => {
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
    // A new sign-in in the same browser gets tokens again.
    const back = await fixture.enter(person, fixture.ask('shop', { scope: 'openid' }), entered.visitor)
    expect((await fixture.tokens(back)).id_token).to.be.a('string')
  })

  it('a management token of the target is invalid at the next call', async () => {
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

  it('codes of the old secret and old backup codes are refused, before and after a new set-up', async () => {
    const person = await enrolledPerson(fixture)
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

  it('an older sign-out form and an older resume address cause no server error', async () => {
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
