/** A clock that was an hour ahead and is set back: what was used, ended or paused meanwhile stays so. */
import { expect } from 'chai'
import { codesIn } from '../support/client.ts'
import { WRONG_CODE } from '../support/sentences.ts'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'

const HOUR = 3600

describe('When a clock that was ahead is set back', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await openFixture({ refresh_leeway_seconds: 0 })
  })
  const ahead = async (act: () => Promise<void>): Promise<void> => {
    await fixture.advance(HOUR)
    await act()
    await fixture.advance(-HOUR)
  }

  it('a reset and a set-up of that hour still count, and no code of the time before works', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const old = person.authenticator
    let used = ''
    let link = ''
    await ahead(async () => {
      ;({ link } = await fixture.reset(person))
      const browser = fixture.visitor()
      const page = await browser.submit(await browser.get(link), {})
      used = fixture.appOf(page).at(fixture.server.now())
      await fixture.setUp(person, page)
    })
    expect(await fixture.silently(visitor)).to.equal('login_required')
    expect((await fixture.visitor().get(link)).h1).to.equal('This link was already used')
    const now = fixture.server.now()
    for (const code of [used, old.at(now), person.authenticator.at(now)]) {
      const page = await fixture.challenge(person)
      expect((await page.visitor.submit(page, { code })).alert).to.equal(WRONG_CODE)
    }
    // A backup code has no time.
    const page = await fixture.backup(person)
    const entered = await page.visitor.submit(page, { code: person.codes[0] ?? '' })
    expect(entered.status).to.be.below(400)
    await fixture.advance(HOUR + 60)
    const later = await fixture.challenge(person)
    const code = person.authenticator.at(fixture.server.now())
    expect((await later.visitor.submit(later, { code })).status).to.be.below(400)
    await fixture.advance(-HOUR - 60)
  })

  it('a code and a refresh token that were used in that hour stay used', async () => {
    const person = await fixture.person()
    const offline = fixture.ask('shop', { scope: 'openid offline_access', prompt: 'consent' })
    let entered = null as Awaited<ReturnType<typeof fixture.enter>> | null
    let refresh = ''
    await ahead(async () => {
      entered = await fixture.enter(person, offline)
      refresh = (await fixture.tokens(entered)).refresh_token ?? ''
      expect((await fixture.refresh('shop', refresh)).status).to.equal(200)
    })
    expect((await fixture.exchange(entered!)).body.error).to.equal('invalid_grant')
    expect((await fixture.refresh('shop', refresh)).body.error).to.equal('invalid_grant')
  })

  it('a pause after wrong codes goes on', async () => {
    const person = await fixture.person()
    await ahead(async () => {
      for (let wrong = 0; wrong < 8; wrong++) {
        const page = await fixture.challenge(person)
        await page.visitor.submit(page, { code: '000000' })
      }
    })
    const page = await fixture.challenge(person)
    const answer = await page.visitor.submit(page, { code: person.authenticator.at(fixture.server.now()) })
    expect(answer.status).to.equal(429)
    expect(codesIn(answer.text)).to.deep.equal([])
  })
})
