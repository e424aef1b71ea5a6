/** Sessions that end at the account page, kept or used by others. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, sharedFixture } from '../support/serverFixture.ts'
import type { Page, Visitor } from '../support/client.ts'

describe('At /account', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const formsOf = ({ text }: Page): Map<string, string> =>
    new Map(
      [...text.matchAll(/action="([^"]*)"[^>]*>\s*<input type="hidden" name="form_token" value="([^"]*)"/g)].map(
        ([, action = '', token = '']) => [action, token],
      ),
    )
  const endForms = (page: Page): string[] =>
    [...formsOf(page).keys()].filter((action) => /sessions\/.+\/end$/.test(action))
  const send = (page: Page, action: string, as: Visitor = page.visitor): Promise<Page> =>
    as.post(action, { form_token: formsOf(page).get(action)! }, { origin: fixture.issuer })

  it('an ended session is invalid in every copy, with its tokens; other sessions stay valid', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    const other = await fixture.enter(person, fixture.ask('spa', { scope: 'openid offline_access', prompt: 'consent' }))
    const tokens = await fixture.tokens(other)
    const page = await fixture.enterAccount(person)
    const third = await fixture.enter(person)
    const all = endForms(page)
    for (const action of all) expect((await send(page, action)).status).to.equal(303)
    for (const visitor of [other.visitor, other.visitor.stolen()])
      expect(await fixture.silently(visitor)).to.equal('login_required')
    expect((await fixture.refresh('spa', tokens.refresh_token)).body.error).to.equal('invalid_grant')
    expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
    expect((await fixture.introspect('spa', tokens.access_token)).body).to.deep.equal({ active: false })
    expect(await fixture.silently(third.visitor)).to.equal('code')
    expect((await page.visitor.go('/account')).h1).to.equal('Your security')
    expect((await fixture.count(person)).audit('session.ended')).to.equal(all.length)
  })

  it('an ended session is not restored by concurrent requests', async () => {
    const person = await fixture.person()
    const thief = (await fixture.enter(person)).visitor
    const page = await fixture.enterAccount(person)
    const polled = { isOver: false }
    const polling = concurrently(async () => {
      while (!polled.isOver) await fixture.silently(thief.stolen())
    }, 8)
    for (const action of endForms(page)) await send(page, action)
    polled.isOver = true
    await polling
    expect(await fixture.silently(thief)).to.equal('login_required')
    expect(endForms(await page.visitor.go('/account'))).to.deep.equal([])
  })

  it('a person neither sees nor ends a session of another person, also with their form', async () => {
    const [victim, thief] = [await fixture.person(), await fixture.person()]
    const theirs = await fixture.enterAccount(victim)
    await fixture.enter(victim)
    const listed = await fixture.enterAccount(victim, theirs.visitor)
    const [action = ''] = endForms(listed)
    const page = await fixture.enterAccount(thief)
    expect(page.text).not.to.contain(victim.email)
    expect(endForms(page).every((ending) => !endForms(listed).includes(ending))).to.equal(true)
    expect((await send(listed, action, page.visitor)).status).to.equal(403)
    const own = formsOf(page).get(endForms(page)[0] ?? '') ?? formsOf(page).get('/account/new-backup-codes') ?? ''
    const forged = await page.visitor.post(action, { form_token: own }, { origin: fixture.issuer })
    expect(forged.status).to.equal(403)
    expect(await fixture.silently(theirs.visitor)).to.equal('code')
    expect((await fixture.count(victim)).audit('session.ended')).to.equal(0)
  })

  it('after a reset the page and its forms lead to the sign-in', async () => {
    const person = await fixture.person()
    const page = await fixture.enterAccount(person)
    await fixture.reset(person)
    expect((await page.visitor.go('/account')).h1).to.equal('Sign in')
    const late = await send(page, '/account/replace-authenticator')
    expect((await page.visitor.go(late.location!.replace(fixture.issuer, ''))).h1).to.equal('Sign in')
  })
})
