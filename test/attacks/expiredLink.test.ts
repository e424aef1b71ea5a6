/** An attacker with an expired link can only cause a new link to the stored address. */
import { expect } from 'chai'
import { type ServerFixture, CONCURRENT, concurrently, openFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Page } from '../support/client.ts'

const LINK_SECONDS = 28_800

describe('An expired link', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  interface Expired {
    readonly person: Person
    readonly link: string
    readonly page: Page
  }

  async function expired(underTest: ServerFixture = fixture, seconds = LINK_SECONDS): Promise<Expired> {
    const person = await underTest.person()
    const { link } = await underTest.reset(person)
    await underTest.advance(seconds)
    return { person, link, page: await underTest.visitor().get(link) }
  }

  it('sends a new one to the mailbox, which replaces it', async () => {
    const { person, link, page } = await expired()
    expect([page.status, page.h1]).to.deep.equal([410, 'This link has expired'])
    const request = await page.visitor.send(page, {})
    expect([request.status, request.h1]).to.deep.equal([200, 'Check your email'])
    expect(request.text).not.to.contain(person.email)
    const newer = await fixture.newLink(person, [link])
    expect((await page.visitor.get(link)).h1).to.equal('This link was replaced by a newer email')
    const setUp = await fixture.visitor().get(newer)
    expect([setUp.status, setUp.h1]).to.deep.equal([200, 'Reset your two-factor authentication'])
    const { events } = await fixture.count(person)
    const resent = events.find(({ type }) => type === 'two_factor.reset.resent')
    expect(resent).to.include({ actor: null, outcome: 'done' })
  })

  it('does so once for concurrent requests of many browsers', async () => {
    const { person, page } = await expired()
    const pages = await concurrently(async () => fixture.visitor().get(page.path))
    const answers = await Promise.all(pages.map((item) => item.visitor.send(item, {})))
    const allowed = ['Check your email', 'This link was replaced by a newer email']
    for (const { h1 } of answers) expect(h1).to.be.oneOf(allowed)
    await fixture.idle(person)
    expect(answers).to.have.length(CONCURRENT)
    expect(await fixture.links(person)).to.have.length(2)
  })

  it('does not reveal the limit by the hour: the answer is the same without an email', async () => {
    const limited = await openFixture({ reset: { link_lifetime_seconds: 900, links_per_hour: 1 } })
    const { person, link, page } = await expired(limited, 900)
    expect((await page.visitor.send(page, {})).h1).to.equal('Check your email')
    await limited.idle(person)
    expect(await limited.links(person)).to.deep.equal([link])
    await limited.advance(2700)
    expect((await page.visitor.send(page, {})).h1).to.equal('Check your email')
    await limited.newLink(person, [link])
  })

  it('shows no button and sends no email when the account is disabled', async () => {
    const { person, page } = await expired()
    await fixture.host.directory.setStatus(person.id, 'disabled')
    const again = await page.visitor.get(page.path)
    expect([again.status, again.form]).to.deep.equal([410, null])
    expect((await page.visitor.send(page, {})).form).to.equal(null)
    expect(await fixture.links(person)).to.have.length(1)
  })

  it('refuses a form of another link, another browser or none', async () => {
    const [first, other] = [await expired(), await expired()]
    const { form } = first.page
    if (!form) throw new Error('no form')
    const elsewhere = { ...other.page, form: { ...form, action: `${other.link}/renewal` } }
    expect((await first.page.visitor.send(elsewhere, {})).status).to.equal(403)
    expect((await other.page.visitor.send(first.page, {})).status).to.equal(403)
    expect((await fixture.visitor().post(`${first.link}/renewal`, {})).status).to.equal(403)
    expect(await fixture.links(other.person)).to.have.length(1)
  })

  it('with a wrong secret is unknown', async () => {
    const { page } = await expired()
    const garbage = `${page.path.slice(0, -3)}xyz`
    const shown = await page.visitor.get(garbage)
    expect([shown.status, shown.form]).to.deep.equal([404, null])
  })
})
