/** Access of applications, shown to and ended by the person who allowed it, with refresh tokens for offline access. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { type Page, withForm } from '../support/client.ts'

describe('The access of an application', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })
  const offline = () => fixture.ask('shop', { scope: 'openid email offline_access', prompt: 'consent' })
  const shown = (page: Page): string => /<h2 id="access">([\s\S]*?)<\/section>/.exec(page.text)?.[1] ?? ''
  const end = (page: Page): Promise<Page> => {
    const item = withForm(page, /\/account\/applications\/[^/]+\/end$/)
    return item.visitor.submit(item, {})
  }

  it('is shown to the person, and ends with all its tokens', async () => {
    const ana = await fixture.person()
    const entered = await fixture.enter(ana, offline())
    const tokens = await fixture.tokens(entered)
    const account = await fixture.enterAccount(ana)
    expect(shown(account)).to.contain('Somebody else’s shop').and.to.contain('Keep this access while you are away')
    const ended = await end(account)
    expect(ended.h1).to.equal('Your security')
    expect(ended.text).to.contain('The application no longer has access.')
    expect(shown(ended)).not.to.contain('shop')
    expect((await fixture.refresh('shop', tokens.refresh_token)).body.error).to.equal('invalid_grant')
    expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
    expect((await fixture.introspect('shop', tokens.access_token)).body.active).to.equal(false)
    // Consent is needed again, also in the session that gave it.
    expect((await entered.visitor.go(fixture.ask('shop', { scope: 'openid email' }).path)).h1).to.equal('Allow access')
    const { events } = await fixture.count(ana)
    const lines = events.filter(({ type }) => type === 'access.ended')
    expect(lines).to.have.length(1)
    expect(lines[0]).to.include({ actor: ana.id, outcome: 'done', reason: 'shop' })
  })

  it('is shown as far as the roles of the person let it through', async () => {
    for (const [roles, isAllowed] of [
      [[], false],
      [['helpdesk'], true],
    ] as const) {
      const person = await fixture.person({ roles: [...roles] })
      await fixture.enter(person, fixture.askManagement())
      const access = shown(await fixture.enterAccount(person))
      expect(access).to.contain('Helpdesk tool').and.contain('Know that it is you')
      expect(access.includes('Reset users’ 2FA'), roles.join()).to.equal(isAllowed)
    }
  })

  it('to other applications, or of other people, is unchanged', async () => {
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    const bens = await fixture.tokens(await fixture.enter(ben, offline()))
    await fixture.enter(ana, offline())
    const app = await fixture.tokens(
      await fixture.enter(ana, fixture.ask('app', { scope: 'openid offline_access', prompt: 'consent' })),
    )
    const account = await fixture.enterAccount(ana)
    const shop = withForm(account, /\/applications\/shop\/end$/)
    const again = await shop.visitor.submit(shop, {})
    expect(shown(again)).to.contain('Application').and.not.to.contain('shop')
    expect((await fixture.refresh('shop', bens.refresh_token)).status).to.equal(200)
    expect((await fixture.refresh('app', app.refresh_token)).status).to.equal(200)
  })

  it('is not ended by a form of another browser, and is ended once by a repeated form', async () => {
    const ana = await fixture.person()
    await fixture.enter(ana, offline())
    const account = await fixture.enterAccount(ana)
    const form = withForm(account, /\/applications\/shop\/end$/)
    const stranger = await fixture.enterAccount(await fixture.person())
    expect((await stranger.visitor.send(form, {})).status).to.equal(403)
    for (let turn = 0; turn < 2; turn++) expect((await form.visitor.submit(form, {})).h1).to.equal('Your security')
    expect((await fixture.count(ana)).audit('access.ended')).to.equal(1)
    expect(shown(await account.visitor.go('/account'))).to.contain('No application has access.')
  })

  it('has ended after a reset', async () => {
    const ana = await fixture.person()
    await fixture.enter(ana, offline())
    const before = await fixture.links(ana)
    const admin = await fixture.admin()
    await admin.reset(ana, { code: await admin.person.code() })
    await fixture.newLink(ana, before)
    const signIn = await fixture.visitor().go('/account')
    const setUp = await fixture.enterPassword(signIn, ana)
    const done = await fixture.setUp(ana, setUp)
    let page = await fixture.resume(done)
    for (let step = 0; step < 4 && page.h1 !== 'Your security'; step++) page = await fixture.continueSignIn(ana, page)
    expect(shown(page)).to.contain('No application has access.')
  })
})
