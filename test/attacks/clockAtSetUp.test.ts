/** A phone whose clock is wrong: at the set-up, where the secret is the reader's own, the page says by how much. */
import { expect } from 'chai'
import { type Arena, sharedArena } from '../support/arena.ts'

describe('A code of another time', () => {
  let arena: Arena
  before(async () => {
    arena = await sharedArena()
  })

  for (const [seconds, way] of [
    [-90, 'behind'],
    [120, 'ahead'],
  ] as const)
    for (const door of ['the sign-in', 'the mailed link'] as const)
      it(`at the set-up, at ${door}, is told how far the phone is ${way}`, async () => {
        const person = await arena.person()
        const { link } = await arena.reset(person)
        const visitor = arena.visitor()
        const page =
          door === 'the sign-in' ? await arena.challenge(person) : await visitor.submit(await visitor.get(link), {})
        const sent = await page.visitor.submit(page, { code: arena.appOf(page).at(arena.server.now() + seconds) })
        expect([sent.status, sent.h1]).to.deep.equal([422, 'Set up your authenticator'])
        expect(sent.text).to.match(new RegExp(`clock is about ${Math.abs(seconds)} seconds ${way}`))
      })

  // Green today, and to stay so: it would tell a guesser which code will be good soon.
  it('at the challenge is told nothing of the kind', async () => {
    const person = await arena.person()
    const page = await arena.challenge(person)
    const sent = await page.visitor.submit(page, { code: person.authenticator.at(arena.server.now() + 120) })
    expect(sent.status).to.equal(422)
    expect(sent.text).to.not.match(/seconds (behind|ahead)/)
  })
})
