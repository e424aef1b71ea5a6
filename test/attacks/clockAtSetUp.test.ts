/** A phone with a wrong clock: the set-up page says by how much, since the secret on it is the reader's own. */
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
      it(`at the set-up, in ${flow}, gets the seconds that the phone is ${way}`, async () => {
        const person = await fixture.person()
        const { link } = await fixture.reset(person)
        const visitor = fixture.visitor()
        const page =
          flow === 'the sign-in' ? await fixture.challenge(person) : await visitor.submit(await visitor.get(link), {})
        const sent = await page.visitor.submit(page, { code: fixture.appOf(page).at(fixture.server.now() + seconds) })
        expect([sent.status, sent.h1]).to.deep.equal([422, 'Set up your authenticator'])
        // A step of 30 seconds may have begun since the code was computed.
        const [least, most] = [Math.abs(seconds) - 30, Math.abs(seconds) + 30]
        const [, found] = new RegExp(`clock is about (\\d+) seconds ${way}`).exec(sent.text) ?? []
        expect(Number(found)).to.be.within(least, most)
      })

  // At the challenge it would reveal to an attacker which code becomes valid soon.
  it('at the challenge gets no such answer', async () => {
    const person = await fixture.person()
    const page = await fixture.challenge(person)
    const sent = await page.visitor.submit(page, { code: person.authenticator.at(fixture.server.now() + 120) })
    expect(sent.status).to.equal(422)
    expect(sent.text).to.not.match(/seconds (behind|ahead)/)
  })
})
