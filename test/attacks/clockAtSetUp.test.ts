/** A phone whose clock is wrong: at the set-up, where the secret is the reader's own, the page says by how much. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('A code of another time', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  for (const [seconds, way] of [
    [-90, 'behind'],
    [120, 'ahead'],
  ] as const)
    for (const flow of ['the sign-in', 'the mailed link'] as const)
      it(`at the set-up, at ${flow}, is told how far the phone is ${way}`, async () => {
        const person = await fixture.person()
        const { link } = await fixture.reset(person)
        const visitor = fixture.visitor()
        const page =
          flow === 'the sign-in' ? await fixture.challenge(person) : await visitor.submit(await visitor.get(link), {})
        const sent = await page.visitor.submit(page, { code: fixture.appOf(page).at(fixture.server.now() + seconds) })
        expect([sent.status, sent.h1]).to.deep.equal([422, 'Set up your authenticator'])
        expect(sent.text).to.match(new RegExp(`clock is about ${Math.abs(seconds)} seconds ${way}`))
      })

  // Green today, and to stay so: it would tell a guesser which code will be good soon.
  it('at the challenge is told nothing of the kind', async () => {
    const person = await fixture.person()
    const page = await fixture.challenge(person)
    const sent = await page.visitor.submit(page, { code: person.authenticator.at(fixture.server.now() + 120) })
    expect(sent.status).to.equal(422)
    expect(sent.text).to.not.match(/seconds (behind|ahead)/)
  })
})
