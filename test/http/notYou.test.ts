/** **Not you?** on every page that names the person: the same request starts again without them. */
import { expect } from 'chai'
import { decodeJwt } from 'jose'
import { ONE_FACTOR, TWO_FACTOR } from '../support/acr.ts'
import { type ServerFixture, laxFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Page } from '../support/client.ts'

const follow = (page: Page): Promise<Page> => {
  const href = /<a href="([^"]+)">Not you\?<\/a>/.exec(page.text)?.[1]
  if (!href) throw new Error(`no way out of “${page.h1}”`)
  return page.visitor.go(href.replaceAll('&amp;', '&'))
}
const emailOn = (page: Page): string | undefined => /id="email"[^>]* value="([^"]*)"/.exec(page.text)?.[1]

describe('Not you?', () => {
  let fixture: ServerFixture
  let lax: ServerFixture
  before(async () => {
    ;[fixture, lax] = await Promise.all([sharedFixture(), laxFixture()])
  })

  it('after the password starts again, and the page shows nothing of the other person', async () => {
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    const request = fixture.ask('app', { login_hint: ana.email })
    const first = await fixture.begin(request)
    expect(emailOn(first)).to.equal(ana.email)
    for (const path of ['code', 'backup-code']) {
      const challenge = await fixture.enterPassword(first, ana)
      const page = await challenge.visitor.get(challenge.path.replace(/code$/, path))
      expect(page.text).to.contain(ana.email)
      const clean = await follow(page)
      expect([clean.h1, emailOn(clean)]).to.deep.equal(['Sign in', ''])
      expect(clean.text).not.to.contain(ana.email)
    }
    const entered = await fixture.enter(ben, request, first.visitor)
    expect(decodeJwt((await fixture.tokens(entered)).id_token).sub).to.equal(ben.id)
  })

  it('in a session without its second factor asks for the email', async () => {
    const [ana, ben] = [await lax.person(), await lax.person()]
    // Codes that are not saved would require the second factor at once.
    await lax.enter(ana)
    const { visitor } = await lax.enter(ana, lax.ask('app', { acr_values: ONE_FACTOR }))
    const request = lax.ask('app', { acr_values: TWO_FACTOR, login_hint: ana.email, state: 'kept' })
    const challenge = await lax.begin(request, visitor)
    expect(challenge.h1).to.equal('Enter your code')
    const clean = await follow(challenge)
    expect([clean.h1, emailOn(clean)]).to.deep.equal(['Sign in', ''])
    let page = await lax.enterPassword(clean, ben)
    for (let step = 0; step < 8 && !lax.answerAt(page); step++) page = await lax.continueSignIn(ben, page)
    const answer = lax.answerAt(page)
    expect(answer?.get('state')).to.equal('kept')
    const tokens = await lax.tokens({ request, code: answer?.get('code') ?? '' })
    expect(decodeJwt(tokens.id_token).sub).to.equal(ben.id)
  })

  it('at the consent page asks the other person for consent, and the first has given none', async () => {
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    const { visitor } = await fixture.enter(ana)
    const request = fixture.ask('shop', { scope: 'openid email' })
    const consent = await fixture.begin(request, visitor)
    expect([consent.h1, consent.text.includes(ana.email)]).to.deep.equal(['Allow access', true])
    const clean = await follow(consent)
    expect(clean.h1).to.equal('Sign in')
    let page = await fixture.enterPassword(clean, ben)
    for (let step = 0; step < 8 && page.h1 !== 'Allow access'; step++) page = await fixture.continueSignIn(ben, page)
    expect(page.text).to.contain(ben.email).and.not.contain(ana.email)
  })
})
