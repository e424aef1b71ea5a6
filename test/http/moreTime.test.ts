/** A set-up by somebody who needs longer than half an hour: told when it ends, given more, and told what to delete when it has. */
import { expect } from 'chai'
import { type Arena, sharedArena } from '../support/arena.ts'
import { type Page, setupKeyIn, withForm } from '../support/client.ts'

const stays = (page: Page): Promise<Page> => {
  const one = withForm(page, /\/stay$/)
  return one.visitor.submit(one, {})
}
const keyOn = (page: Page): string => setupKeyIn(page.text)[0] ?? ''
const mayStay = (page: Page): boolean => page.text.includes('/stay"')
const untilOn = (page: Page): string => /You have until <time datetime="([^"]+)"/.exec(page.text)?.[1] ?? ''

describe('More time for a set-up', () => {
  let arena: Arena
  before(async () => {
    arena = await sharedArena()
  })

  it('is had at the sign-in again and again, past the life the sign-in had, and the key stays the same', async () => {
    const person = await arena.person({ enrolled: false })
    const asked = arena.ask()
    const begun = await arena.challenge(person, asked)
    let page = begun
    for (let turn = 0; turn < 4; turn++) {
      const before = untilOn(page)
      await arena.advance(1500)
      page = await stays(page)
      expect([page.status, page.h1, keyOn(page)]).to.deep.equal([200, 'Set up your authenticator', keyOn(begun)])
      expect(Date.parse(untilOn(page))).to.be.greaterThan(Date.parse(before))
    }
    await arena.advance(1500)
    const done = await arena.setUp(person, page)
    expect(done.h1).to.equal('You are all set')
    expect(arena.answerAt(await arena.resume(done))?.get('code')).to.be.a('string')
  })

  it('ends: after eight hours, and without a word after half of one, naming what to delete', async () => {
    const person = await arena.person({ enrolled: false })
    let page = await arena.challenge(person)
    let waited = 0
    for (; mayStay(page); waited += 1500) {
      await arena.advance(1500)
      page = await stays(page)
    }
    expect(waited).to.be.within(25_000, 28_800)
    await arena.advance(1801)
    const over = await page.visitor.get(page.path)
    expect([over.status, over.h1]).to.deep.equal([410, 'Your sign-in was interrupted'])
    expect(over.text).to.contain(person.email).and.to.contain('Start again')

    const silent = await arena.challenge(await arena.person({ enrolled: false }))
    await arena.advance(1801)
    expect((await silent.visitor.get(silent.path)).status).to.equal(410)
    expect((await stays(silent)).h1).to.equal('Your sign-in was interrupted')
  })

  it('is had behind a mailed link, as long as the link is good', async () => {
    const person = await arena.person()
    const { link } = await arena.reset(person)
    const mailed = await arena.visitor().get(link)
    const begun = await mailed.visitor.submit(mailed, {})
    let page = begun
    for (let turn = 0; turn < 18; turn++) {
      await arena.advance(1500)
      page = await stays(page)
      expect(keyOn(page)).to.equal(keyOn(begun))
    }
    while (mayStay(page)) page = await stays(page)
    await arena.advance(1700)
    expect((await page.visitor.get(page.path)).status).to.equal(200)
    await arena.advance(100)
    expect((await page.visitor.get(page.path)).status).to.equal(410)
  })

  it('brings back nothing that a reset has ended, and keeps no old proof for a replacement', async () => {
    const person = await arena.person()
    await arena.reset(person)
    const page = await arena.challenge(person)
    await arena.reset(person)
    const stayed = await stays(page)
    const answer = await stayed.visitor.submit(stayed, { code: arena.appOf(stayed).next(arena.server.now()) })
    expect(answer.h1).to.equal('Your sign-in was interrupted')

    const replacing = await arena.person()
    const { visitor } = await arena.enter(replacing)
    let change = await arena.begin(arena.ask('app', { prompt: 'replace_authenticator' }), visitor)
    for (let step = 0; step < 4 && change.h1 !== 'Set up your authenticator'; step++)
      change = await visitor.submit(change, { code: await replacing.code() })
    expect([change.h1, mayStay(change)]).to.deep.equal(['Set up your authenticator', false])
  })
})
