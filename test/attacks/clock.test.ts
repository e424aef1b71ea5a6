/** A clock that jumps: no code is accepted twice, nothing is valid for longer, no account stays locked. */
import { expect } from 'chai'
import { type ServerFixture, limitedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { WRONG_CODE } from '../support/sentences.ts'

describe('When the clock jumps', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await limitedFixture()
  })

  const tryCode = async (person: Person, code: string) => {
    const page = await fixture.challenge(person)
    return page.visitor.submit(page, { code })
  }

  it('back, a used code is refused and not counted as a failed attempt', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    const now = fixture.server.now()
    const used = person.authenticator.at(now + 30)
    expect((await tryCode(person, used)).status).to.equal(200)
    await fixture.advance(-95)
    const then = fixture.server.now()
    for (const at of [now + 30, then - 30, then, then + 30])
      expect((await tryCode(person, person.authenticator.at(at))).alert).to.equal(WRONG_CODE)
    await fixture.advance(95 + 60)
    expect((await tryCode(person, person.authenticator.at(fixture.server.now()))).status).to.equal(200)
  })

  it('back by an hour, a reset and a set-up still end all older sessions and tokens', async () => {
    const [admin, person] = [await fixture.admin(), await fixture.person()]
    const { visitor } = await fixture.enter(person)
    const tokens = await fixture.tokens(await fixture.enter(person, fixture.ask(), visitor))
    await fixture.advance(-3600)
    const { link } = await fixture.reset(person, await fixture.acting(await fixture.person({ roles: ['admin'] })))
    expect(await fixture.silently(visitor)).to.equal('login_required')
    expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
    const other = fixture.visitor()
    expect((await fixture.setUp(person, await other.submit(await other.get(link), {}))).h1).to.equal('You are all set')
    const again = await fixture.enter(person)
    await fixture.advance(3600)
    expect(await fixture.silently(visitor)).to.equal('login_required')
    expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
    expect(await fixture.silently(again.visitor)).to.equal('code')
    expect(admin.token).to.be.a('string')
  })

  it('forward, a link is valid until its last second', async () => {
    const person = await fixture.person()
    const { link } = await fixture.reset(person)
    const visitor = fixture.visitor()
    const opened = await visitor.submit(await visitor.get(link), {})
    const { user } = await fixture.count(person)
    const expiresAt = Date.parse(user.two_factor.reset.expires_at) / 1000
    await fixture.advance(expiresAt - fixture.server.now() - 5)
    expect((await fixture.visitor().get(link)).status).to.equal(200)
    const late = await visitor.submit(await visitor.get(link), {})
    expect(late.h1).to.equal('Set up your authenticator')
    await fixture.advance(5)
    for (const page of [
      await fixture.visitor().get(link),
      await late.visitor.submit(late, { code: fixture.appOf(late).at(fixture.server.now()) }),
    ])
      expect([page.status, page.h1]).to.deep.equal([410, 'This link has expired'])
    expect(opened.h1).to.equal('Set up your authenticator')
    // Set-up is still possible in a sign-in, and by a new link.
    expect((await fixture.challenge(person)).h1).to.equal('Set up your authenticator')
    const admin = await fixture.admin()
    expect(
      (await admin.call('POST', `/users/${person.id}/two-factor/resets/${user.two_factor.reset.id}/mail`)).status,
    ).to.equal(202)
    expect((await fixture.visitor().get(await fixture.newLink(person, [link]))).status).to.equal(200)
  })

  it('forward, a reset that was not used expires, by link and in a sign-in', async () => {
    const person = await fixture.person()
    await fixture.reset(person)
    await fixture.advance(30 * 86_400 - 10)
    expect((await fixture.challenge(person)).h1).to.equal('Set up your authenticator')
    await fixture.advance(11)
    const page = await fixture.challenge(person)
    expect([page.status, page.h1]).to.deep.equal([403, 'The time for set-up is over'])
    const { link } = await fixture.reset(person)
    expect((await fixture.visitor().get(link)).status).to.equal(200)
    expect((await fixture.challenge(person)).h1).to.equal('Set up your authenticator')
  })

  it('forward, a session, a code and a sign-in under way end when they should', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const entered = await fixture.enter(person, fixture.ask(), visitor)
    const page = await fixture.challenge(person)
    await fixture.advance(61)
    expect((await fixture.exchange(entered)).body.error).to.equal('invalid_grant')
    expect(await fixture.silently(visitor)).to.equal('code')
    await fixture.advance(3600)
    expect((await page.visitor.submit(page, { code: await person.code() })).status).to.equal(400)
    // Use does not extend it: it ends twelve hours after the password.
    for (let hours = 1; hours < 12; hours++) {
      expect(await fixture.silently(visitor), `after ${hours} h`).to.equal('code')
      await fixture.advance(3600)
    }
    await fixture.advance(600)
    expect(await fixture.silently(visitor)).to.equal('login_required')
  })
})
