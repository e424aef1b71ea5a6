/** A clock that jumps: no code counts twice, nothing lives longer, nobody is locked out for good. */
import { expect } from 'chai'
import { type Arena, limitedArena } from '../support/arena.ts'
import type { Person } from '../support/attackPeople.ts'
import { WRONG_CODE } from '../support/sentences.ts'

describe('When the clock jumps', () => {
  let arena: Arena
  before(async () => {
    arena = await limitedArena()
  })

  const tryCode = async (person: Person, code: string) => {
    const page = await arena.challenge(person)
    return page.visitor.submit(page, { code })
  }

  it('back, a code that was used is good no second time, and nobody is counted a guesser for it', async () => {
    const person = await arena.person()
    await arena.enter(person)
    const now = arena.server.now()
    const used = person.authenticator.at(now + 30)
    expect((await tryCode(person, used)).status).to.equal(200)
    await arena.advance(-95)
    const then = arena.server.now()
    for (const at of [now + 30, then - 30, then, then + 30])
      expect((await tryCode(person, person.authenticator.at(at))).alert).to.equal(WRONG_CODE)
    await arena.advance(95 + 60)
    expect((await tryCode(person, person.authenticator.at(arena.server.now()))).status).to.equal(200)
  })

  it('back by an hour, a reset still ends what was before it, and a set-up what was before that', async () => {
    const [admin, person] = [await arena.admin(), await arena.person()]
    const { visitor } = await arena.enter(person)
    const tokens = await arena.tokens(await arena.enter(person, arena.ask(), visitor))
    await arena.advance(-3600)
    const { link } = await arena.reset(person, await arena.acting(await arena.person({ roles: ['admin'] })))
    expect(await arena.silently(visitor)).to.equal('login_required')
    expect((await arena.userinfo(tokens.access_token)).status).to.equal(401)
    const other = arena.visitor()
    expect((await arena.setUp(person, await other.submit(await other.get(link), {}))).h1).to.equal('You are all set')
    const again = await arena.enter(person)
    await arena.advance(3600)
    expect(await arena.silently(visitor)).to.equal('login_required')
    expect((await arena.userinfo(tokens.access_token)).status).to.equal(401)
    expect(await arena.silently(again.visitor)).to.equal('code')
    expect(admin.token).to.be.a('string')
  })

  it('forward, a link lives to its last second and no longer', async () => {
    const person = await arena.person()
    const { link } = await arena.reset(person)
    const visitor = arena.visitor()
    const opened = await visitor.submit(await visitor.get(link), {})
    const { user } = await arena.count(person)
    const expiresAt = Date.parse(user.two_factor.reset.expires_at) / 1000
    await arena.advance(expiresAt - arena.server.now() - 5)
    expect((await arena.visitor().get(link)).status).to.equal(200)
    const late = await visitor.submit(await visitor.get(link), {})
    expect(late.h1).to.equal('Set up your authenticator')
    await arena.advance(5)
    for (const page of [
      await arena.visitor().get(link),
      await late.visitor.submit(late, { code: arena.appOf(late).at(arena.server.now()) }),
    ])
      expect([page.status, page.h1]).to.deep.equal([410, 'This link has expired'])
    expect(opened.h1).to.equal('Set up your authenticator')
    // The sign-in is still a door, and a resend another one.
    expect((await arena.challenge(person)).h1).to.equal('Set up your authenticator')
    const admin = await arena.admin()
    expect(
      (await admin.call('POST', `/users/${person.id}/two-factor/resets/${user.two_factor.reset.id}/mail`)).status,
    ).to.equal(202)
    expect((await arena.visitor().get(await arena.newLink(person, [link]))).status).to.equal(200)
  })

  it('forward, both doors of a forgotten reset are shut in the end', async () => {
    const person = await arena.person()
    await arena.reset(person)
    await arena.advance(30 * 86_400 - 10)
    expect((await arena.challenge(person)).h1).to.equal('Set up your authenticator')
    await arena.advance(11)
    const page = await arena.challenge(person)
    expect([page.status, page.h1]).to.deep.equal([403, 'The time for set-up is over'])
    const { link } = await arena.reset(person)
    expect((await arena.visitor().get(link)).status).to.equal(200)
    expect((await arena.challenge(person)).h1).to.equal('Set up your authenticator')
  })

  it('forward, a session, a code and a sign-in under way end when they should', async () => {
    const person = await arena.person()
    const { visitor } = await arena.enter(person)
    const entered = await arena.enter(person, arena.ask(), visitor)
    const page = await arena.challenge(person)
    await arena.advance(61)
    expect((await arena.exchange(entered)).body.error).to.equal('invalid_grant')
    expect(await arena.silently(visitor)).to.equal('code')
    await arena.advance(3600)
    expect((await page.visitor.submit(page, { code: await person.code() })).status).to.equal(400)
    // However often it is used: twelve hours after the password it is over.
    for (let hours = 1; hours < 12; hours++) {
      expect(await arena.silently(visitor), `after ${hours} h`).to.equal('code')
      await arena.advance(3600)
    }
    await arena.advance(600)
    expect(await arena.silently(visitor)).to.equal('login_required')
  })
})
