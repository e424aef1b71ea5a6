/** A set-up that takes longer than half an hour: the page shows its end, extends it, and names the entry to delete afterwards. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { type Page, setupKeyIn, withForm } from '../support/client.ts'

const remains = (page: Page): Promise<Page> => {
  const item = withForm(page, /\/stay$/)
  return item.visitor.submit(item, {})
}
const keyOn = (page: Page): string => setupKeyIn(page.text)[0] ?? ''
const mayExtend = (page: Page): boolean => page.text.includes('/stay"')
const untilOn = (page: Page): string => /You have [^(]+\(until <time datetime="([^"]+)"/.exec(page.text)?.[1] ?? ''

describe('More time for a set-up', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('extends a sign-in repeatedly past its first expiry, with the same key', async () => {
    const person = await fixture.person({ enrolled: false })
    const request = fixture.ask()
    const begun = await fixture.challenge(person, request)
    let page = begun
    for (let turn = 0; turn < 4; turn++) {
      const before = untilOn(page)
      await fixture.advance(1500)
      page = await remains(page)
      expect([page.status, page.h1, keyOn(page)]).to.deep.equal([200, 'Set up your authenticator', keyOn(begun)])
      expect(Date.parse(untilOn(page))).to.be.greaterThan(Date.parse(before))
    }
    await fixture.advance(1500)
    const done = await fixture.setUp(person, page)
    expect(done.h1).to.equal('You are all set')
    expect(fixture.answerAt(await fixture.resume(done))?.get('code')).to.be.a('string')
  })

  it('ends after eight hours, or after 30 minutes without an extension, and names the entry to delete', async () => {
    const person = await fixture.person({ enrolled: false })
    let page = await fixture.challenge(person)
    let waited = 0
    for (; mayExtend(page); waited += 1500) {
      await fixture.advance(1500)
      page = await remains(page)
    }
    expect(waited).to.be.within(25_000, 28_800)
    await fixture.advance(1801)
    const over = await page.visitor.get(page.path)
    expect([over.status, over.h1]).to.deep.equal([410, 'Your sign-in was interrupted'])
    expect(over.text).to.contain(person.email).and.to.contain('Start again')

    const silent = await fixture.challenge(await fixture.person({ enrolled: false }))
    await fixture.advance(1801)
    expect((await silent.visitor.get(silent.path)).status).to.equal(410)
    expect((await remains(silent)).h1).to.equal('Your sign-in was interrupted')
  })

  it('extends the set-up of a mailed link until the link expires', async () => {
    const person = await fixture.person()
    const { link } = await fixture.reset(person)
    const mailed = await fixture.visitor().get(link)
    const begun = await mailed.visitor.submit(mailed, {})
    let page = begun
    for (let turn = 0; turn < 18; turn++) {
      await fixture.advance(1500)
      page = await remains(page)
      expect(keyOn(page)).to.equal(keyOn(begun))
    }
    while (mayExtend(page)) page = await remains(page)
    await fixture.advance(1700)
    expect((await page.visitor.get(page.path)).status).to.equal(200)
    await fixture.advance(100)
    expect((await page.visitor.get(page.path)).status).to.equal(410)
  })

  it('restores nothing that a reset has ended, and extends no proof for a replacement', async () => {
    const person = await fixture.person()
    await fixture.reset(person)
    const page = await fixture.challenge(person)
    await fixture.reset(person)
    const remained = await remains(page)
    const answer = await remained.visitor.submit(remained, { code: fixture.appOf(remained).next(fixture.server.now()) })
    expect(answer.h1).to.equal('Your sign-in was interrupted')

    const replacing = await fixture.person()
    const { visitor } = await fixture.enter(replacing)
    let change = await fixture.begin(fixture.ask('app', { prompt: 'replace_authenticator' }), visitor)
    for (let step = 0; step < 4 && change.h1 !== 'Set up your authenticator'; step++)
      change = await visitor.submit(change, { code: await replacing.code() })
    expect([change.h1, mayExtend(change)]).to.deep.equal(['Set up your authenticator', false])
  })
})
