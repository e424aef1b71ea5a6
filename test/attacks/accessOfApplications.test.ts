/** What an application was allowed, seen and ended by its owner: at once, tokens for later included, and nobody else's. */
import { expect } from 'chai'
import { type Arena, sharedArena } from '../support/arena.ts'
import { type Page, withForm } from '../support/client.ts'

describe('The access of an application', () => {
  let arena: Arena
  before(async () => {
    arena = await sharedArena()
  })
  const later = () => arena.ask('shop', { scope: 'openid email offline_access', prompt: 'consent' })
  const shown = (page: Page): string => /<h2 id="access">([\s\S]*?)<\/section>/.exec(page.text)?.[1] ?? ''
  const end = (page: Page): Promise<Page> => {
    const one = withForm(page, /\/account\/applications\/[^/]+\/end$/)
    return one.visitor.submit(one, {})
  }

  it('is seen long after the session it was given in, and ends with everything that came of it', async () => {
    const ana = await arena.person()
    const entered = await arena.enter(ana, later())
    const tokens = await arena.tokens(entered)
    const account = await arena.enterAccount(ana)
    expect(shown(account)).to.contain('Somebody else’s shop').and.to.contain('Keep this access while you are away')
    const ended = await end(account)
    expect(ended.h1).to.equal('Your security')
    expect(ended.text).to.contain('The application has no access any more.')
    expect(shown(ended)).not.to.contain('shop')
    expect((await arena.refresh('shop', tokens.refresh_token)).body.error).to.equal('invalid_grant')
    expect((await arena.userinfo(tokens.access_token)).status).to.equal(401)
    expect((await arena.introspect('shop', tokens.access_token)).body.active).to.equal(false)
    // Asked again, though the browser it was allowed in is still signed in.
    expect((await entered.visitor.go(arena.ask('shop', { scope: 'openid email' }).path)).h1).to.equal('Allow access')
    const { events } = await arena.count(ana)
    const told = events.filter(({ type }) => type === 'access.ended')
    expect(told).to.have.length(1)
    expect(told[0]).to.include({ actor: ana.id, outcome: 'done', reason: 'shop' })
  })

  it('of others and of other people stays', async () => {
    const [ana, ben] = [await arena.person(), await arena.person()]
    const bens = await arena.tokens(await arena.enter(ben, later()))
    await arena.enter(ana, later())
    const app = await arena.tokens(
      await arena.enter(ana, arena.ask('app', { scope: 'openid offline_access', prompt: 'consent' })),
    )
    const account = await arena.enterAccount(ana)
    const shop = withForm(account, /\/applications\/shop\/end$/)
    const again = await shop.visitor.submit(shop, {})
    expect(shown(again)).to.contain('Application').and.not.to.contain('shop')
    expect((await arena.refresh('shop', bens.refresh_token)).status).to.equal(200)
    expect((await arena.refresh('app', app.refresh_token)).status).to.equal(200)
  })

  it('is ended by no form of another browser, and twice without harm', async () => {
    const ana = await arena.person()
    await arena.enter(ana, later())
    const account = await arena.enterAccount(ana)
    const form = withForm(account, /\/applications\/shop\/end$/)
    const stranger = await arena.enterAccount(await arena.person())
    expect((await stranger.visitor.send(form, {})).status).to.equal(403)
    for (let turn = 0; turn < 2; turn++) expect((await form.visitor.submit(form, {})).h1).to.equal('Your security')
    expect((await arena.count(ana)).audit('access.ended')).to.equal(1)
    expect(shown(await account.visitor.go('/account'))).to.contain('No application has access.')
  })

  it('is gone after a reset', async () => {
    const ana = await arena.person()
    await arena.enter(ana, later())
    const before = await arena.links(ana)
    const admin = await arena.admin()
    await admin.reset(ana, { code: await admin.person.code() })
    await arena.newLink(ana, before)
    const signIn = await arena.visitor().go('/account')
    const setUp = await arena.enterPassword(signIn, ana)
    const done = await arena.setUp(ana, setUp)
    let page = await arena.resume(done)
    for (let step = 0; step < 4 && page.h1 !== 'Your security'; step++) page = await arena.goOn(ana, page)
    expect(shown(page)).to.contain('No application has access.')
  })
})
