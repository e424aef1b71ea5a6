/** Attempts to shut somebody out: to keep them from signing in, from being reset, or from setting up. */
import { expect } from 'chai'
import { type Arena, CROWD, crowd, sharedArena } from '../support/arena.ts'
import { codesIn } from '../support/client.ts'

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

  it('cannot have them save backup codes that are void: a newer set voids the page of an older one, at either door', async () => {
    const person = await arena.person()
    const { link } = await arena.reset(person)
    const visitor = arena.visitor()
    const atLink = await arena.confirm(person, await visitor.submit(await visitor.get(link), {}))
    const atSignIn = await arena.challenge(person)
    const renewed = await atSignIn.visitor.submit(atSignIn, { code: await person.code() })
    const again = await arena.challenge(person)
    const newest = await again.visitor.submit(again, { code: await person.code() })
    for (const old of [atLink, renewed]) {
      const tries = [
        await old.visitor.submit(old, { saved: 'yes' }),
        await old.visitor.get(old.path),
        await old.visitor.get(`${old.path}.txt`),
      ]
      for (const { status, h1 } of tries) expect([status, h1]).to.deep.equal([409, 'Your sign-in was interrupted'])
    }
    const [code = ''] = codesIn(newest.text)
    expect((await arena.saveCodes(person, newest)).h1).to.equal('You are all set')
    const page = await arena.backup(person)
    expect((await page.visitor.submit(page, { code })).status).to.equal(200)
  })
})
