/** Attempts to shut somebody out: to keep them from signing in, from being reset, or from setting up. */
import { expect } from 'chai'
import { type Arena, CROWD, crowd, sharedArena } from '../support/arena.ts'

describe('Somebody who wants to shut others out', () => {
  let arena: Arena
  before(async () => {
    arena = await sharedArena()
  })

  it('cannot keep an administrator they captured from being reset by repeating a used code', async () => {
    const [captured, colleague, target] = await Promise.all([arena.admin(), arena.admin(), arena.person()])
    const code = await captured.person.code()
    expect((await captured.reset(target, { code })).status).to.equal(201)
    const attack = { answers: new Map<number, number>(), isOver: false }
    const flood = crowd(async () => {
      while (!attack.isOver) {
        const { status } = await captured.reset(target, { code })
        attack.answers.set(status, (attack.answers.get(status) ?? 0) + 1)
      }
    })
    await arena.eventually(async () => expect(attack.answers.get(422)).to.be.greaterThan(CROWD))
    const { status, text } = await colleague.reset(captured.person, { code: await colleague.person.code() })
    expect(status, text).to.equal(201)
    attack.isOver = true
    await flood
    // Wrong or used, until the token itself was worth nothing any more.
    expect([...attack.answers.keys()]).to.deep.equal([422, 401])
  })
})
