/** Pages that end a flow say what is true for their reader, and lead on. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Page } from '../support/client.ts'

/** The address of a link by its text. */
const linkOn = ({ text, h1 }: Page, label: string): string => {
  const href = new RegExp(`<a (?:class="[^"]*" )?href="([^"]+)"[^>]*>${label}</a>`).exec(text)?.[1]
  if (!href) throw new Error(`no link “${label}” on “${h1}”`)
  return href.replaceAll('&amp;', '&')
}

describe('The way on from a page', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('of the console without a role: sign out, then sign in again as another person', async () => {
    const ana = await fixture.person()
    const refused = await fixture.enterApp(ana, '/admin', 'You may not do this')
    expect(refused.status).to.equal(403)
    expect(linkOn(refused, 'Back to Your security')).to.equal('/account')
    const { visitor } = refused
    const { pathname, search } = new URL(linkOn(refused, 'Sign out'))
    const question = await visitor.go(pathname + search)
    expect(question.h1).to.equal('Sign out?')
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(question.text) ?? []
    await visitor.post('/session/end/confirm', { xsrf, logout: 'yes' })
    expect((await visitor.go('/account')).h1).to.equal('Sign in')
  })

  it('of a forgotten password: back to the sign-in that it was opened from', async () => {
    const signIn = await fixture.begin()
    const { visitor } = signIn
    const forgotten = await visitor.go(linkOn(signIn, 'Forgot your password\\?'))
    expect(linkOn(forgotten, 'Back to the sign-in')).to.equal(signIn.path)
    const sent = await visitor.submit(forgotten, { email: 'unknown@example.com' })
    expect([sent.h1, linkOn(sent, 'Back to the sign-in')]).to.deep.equal(['Check your email', signIn.path])
    expect((await visitor.go(signIn.path)).h1).to.equal('Sign in')
  })

  it('of a forgotten password names no address of another site', async () => {
    for (const given of ['//evil.example', 'https://evil.example/', 'a/../../admin', '']) {
      const page = await fixture.visitor().get(`/password?sign-in=${encodeURIComponent(given)}`)
      expect(linkOn(page, 'Back to the sign-in')).to.equal('/sample')
    }
  })

  it('of a link that a set-up at a sign-in has ended: it is not needed, and nobody has used it', async () => {
    const ana = await fixture.person()
    await fixture.enter(ana)
    const admin = await fixture.admin()
    await admin.reset(ana, { code: await admin.person.code() })
    const opened = await fixture.openLink(ana, fixture.visitor())
    await fixture.enter(ana)
    // The page of the link was open meanwhile.
    const dead = await opened.visitor.submit(opened, { code: '000000' })
    expect([dead.status, dead.h1]).to.deep.equal([410, 'This link was already used'])
    expect(dead.text).to.contain('You no longer need this link.').and.contain('while signing in')
  })
})

describe('A set-up', () => {
  async function setUp(): Promise<Page> {
    const fixture = await sharedFixture()
    const [ana, admin] = [await fixture.person(), await fixture.admin()]
    await admin.reset(ana, { code: await admin.person.code() })
    return fixture.challenge(ana)
  }

  it('names the newest entry after a wrong code, and the clock from the second on', async () => {
    const page = await setUp()
    const first = await page.visitor.submit(page, { code: '000000' })
    expect(first.alert).to.contain('That code is wrong or was already used.')
    expect(first.text)
      .to.match(/Use the newest entry named [^.<]+ in the app/)
      .and.not.contain('clock')
    const second = await page.visitor.submit(first, { code: '000000', again: 'yes' })
    expect(second.text).to.contain('clock may be wrong')
  })

  it('offers the sign-in with another account, in place of a Cancel that cancels nothing', async () => {
    const page = await setUp()
    expect(page.text).not.to.contain('>Cancel<')
    const other = await page.visitor.go(linkOn(page, 'Use another account'))
    expect(other.h1).to.equal('Sign in')
  })
})
