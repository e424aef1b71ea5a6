/** The owner sets up with both proofs, in any order and after refusals. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, openFixture, sharedFixture, tally } from '../support/serverFixture.ts'
import { setupKeyIn, withForm } from '../support/client.ts'
import { continueSignIn, openLink, resetAdmin, sendAgain, stateOf, waiting } from './strictReset.ts'
import { storedAccount } from '../support/storedAccount.ts'

const LINK_SECONDS = 28_800

describe('The owner of both proofs of a strict reset', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('enters the password where the link was opened', async () => {
    const { person, link } = await resetAdmin(fixture)
    const page = await openLink(fixture, link)
    expect((await fixture.setUp(person, await page.visitor.submit(page, { password: person.password }))).h1).to.equal(
      'You are all set',
    )
    const { user } = await fixture.count(person)
    expect([user.two_factor.state, user.two_factor.reset.completed_via]).to.deep.equal(['active', 'link'])
  })

  it('opens the link in the browser that signs in, and arrives at the application', async () => {
    const { person, link } = await resetAdmin(fixture)
    const page = await waiting(fixture, person)
    await openLink(fixture, link, page.visitor)
    const setUp = await continueSignIn(page)
    expect(setUp.h1).to.equal('Set up your authenticator')
    const done = await fixture.resume(await fixture.setUp(person, setUp))
    expect(fixture.answerAt(done)?.has('code')).to.equal(true)
    const { user } = await fixture.count(person)
    expect([user.two_factor.state, user.two_factor.reset.completed_via]).to.deep.equal(['active', 'sign-in'])
  })

  it('opens the link first, then signs in, and gets the set-up at once', async () => {
    const { person, link } = await resetAdmin(fixture)
    const { visitor } = await openLink(fixture, link)
    expect((await fixture.challenge(person, fixture.ask(), visitor)).h1).to.equal('Set up your authenticator')
  })

  it('gets one new email for each form, audited as their own act; the older link is no proof any more', async () => {
    const { person, link } = await resetAdmin(fixture)
    const page = await waiting(fixture, person)
    await openLink(fixture, link, page.visitor)
    const before = await fixture.links(person)
    const flow = (await storedAccount(fixture.host, person.id))?.factor
    const form = withForm(page, /again$/)
    const answers = await concurrently(() => page.visitor.submit(form, {}), 5)
    expect(tally(answers)).to.deep.equal({ 200: 5 })
    const newer = await fixture.newLink(person, before)
    expect((await fixture.links(person)).length).to.equal(before.length + 1)
    expect((await storedAccount(fixture.host, person.id))?.factor).to.deep.equal(flow)
    const { events } = await fixture.count(person)
    const sent = events.find(({ type }) => type === 'two_factor.reset.resent')
    expect([sent?.actor, sent?.target]).to.deep.equal([person.id, person.id])
    const stale = await continueSignIn(page)
    expect([stale.status, stale.alert]).to.deep.equal([
      422,
      'The link you opened was replaced by a newer email. Open the newest one, or send it again.',
    ])
    await openLink(fixture, newer, page.visitor)
    expect((await continueSignIn(page)).h1).to.equal('Set up your authenticator')
  })

  it('returns to the email page when the link is replaced during the set-up', async () => {
    const { person, link } = await resetAdmin(fixture)
    const page = await waiting(fixture, person)
    await openLink(fixture, link, page.visitor)
    const setUp = await continueSignIn(page)
    const other = await waiting(fixture, person)
    await sendAgain(other)
    await fixture.idle(person)
    const late = await setUp.visitor.submit(setUp, { code: fixture.appOf(setUp).at(fixture.server.now()) })
    expect([late.h1, setupKeyIn(late.text)]).to.deep.equal(['Check your email', []])
    expect(await stateOf(fixture, person)).to.equal('reset')
  })

  it('gets no new link after an administrator cancelled it', async () => {
    const person = await fixture.person({ roles: ['admin'] })
    const boss = await fixture.admin()
    const { id, link } = await fixture.reset(person, boss)
    const page = await waiting(fixture, person)
    await openLink(fixture, link, page.visitor)
    await boss.call('DELETE', `/users/${person.id}/two-factor/resets/${id}`, {})
    expect((await continueSignIn(page)).alert).to.match(/does not work any more/)
    const shown = await page.visitor.go(page.path)
    expect([shown.form, shown.text.includes('An administrator cancelled the link')]).to.deep.equal([null, true])
    const before = await fixture.links(person)
    expect((await sendAgain(page)).status).to.equal(200)
    await fixture.idle(person)
    expect(await fixture.links(person)).to.deep.equal(before)
    expect(await stateOf(fixture, person)).to.equal('reset')
  })

  it('cannot set up by link or sign-in while the account is frozen', async () => {
    const person = await fixture.person({ roles: ['admin'] })
    const boss = await fixture.admin()
    const { id } = await fixture.reset(person, boss)
    const page = await waiting(fixture, person)
    await boss.call('DELETE', `/users/${person.id}/two-factor/resets/${id}`, { freeze: true })
    for (const answer of [await continueSignIn(page), await sendAgain(page), await page.visitor.go(page.path)])
      expect([answer.status, answer.form]).to.deep.equal([403, null])
  })

  it('gets a new link after the old one expired', async () => {
    const production = await openFixture({ reset: { links_per_hour: null } })
    const person = await production.person({ roles: ['admin'] })
    const { link } = await production.reset(person)
    await production.advance(LINK_SECONDS)
    const page = await production.challenge(person)
    expect(page.text).to.include('The link has expired. Send it again.')
    expect((await continueSignIn(page)).status).to.equal(422)
    const before = await production.links(person)
    await sendAgain(page)
    const newer = await production.newLink(person, before)
    expect(newer).not.to.equal(link)
    await page.visitor.submit(await page.visitor.get(newer), {})
    expect((await continueSignIn(page)).h1).to.equal('Set up your authenticator')
  })
})
