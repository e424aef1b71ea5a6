/** A mailed link, opened in a browser where another person is signed in. */
import { expect } from 'chai'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, type Page, setupKeyIn, type Visitor, wayOn } from '../support/client.ts'
import { clock, type Host, password, signInRequest, startHost } from '../support/host.ts'

const notice =
  /You are signed in here as <strong><bdi>([^<]+)<\/bdi><\/strong>, and this link is for <strong><bdi>([^<]+)</

describe('A link that is opened where another person is signed in', () => {
  let host: Host
  const browsers: Record<string, Visitor> = {}

  async function signIn(id: string): Promise<void> {
    const visitor = createVisitor(host.issuer)
    const first = await visitor.go(signInRequest())
    const setUp = await visitor.submit(first, { email: `${id}@example.com`, password })
    const app = new Authenticator(setupKeyIn(setUp.text)[0] ?? '')
    const codes = await visitor.submit(setUp, { code: app.next(clock.now()) })
    const done = await visitor.submit(codes, { saved: 'yes' })
    await visitor.get(new URL(wayOn(done) ?? '', host.issuer).pathname)
    browsers[id] = visitor
  }
  const silently = async (visitor: Visitor): Promise<string> =>
    (await visitor.get(signInRequest({ prompt: 'none' }))).location ?? ''
  const browserOf = (id: string): Visitor => {
    const found = browsers[id]
    if (!found) throw new Error(`${id} has not signed in`)
    return found
  }

  let link = ''
  before(async () => {
    host = await startHost()
    await signIn('ana')
    await signIn('ben')
    await host.rekey.reset({ accountId: 'ana', by: null })
    await host.rekey.idle()
    const letter = host.letters.find(({ text }) => text.includes('/two-factor/reset/'))
    link = /(\/two-factor\/reset\/\S+)/.exec(letter?.text ?? '')?.[1] ?? ''
  })
  after(() => host.close())

  it('names both people and offers to sign out, without ending the session', async () => {
    const page = await browserOf('ben').get(link)
    expect(page.status).to.equal(200)
    expect(notice.exec(page.text)?.slice(1)).to.deep.equal(['ben@example.com', 'a…@example.com'])
    expect(page.text).to.contain(`href="${host.issuer}/session/end"`)
    expect(await silently(browserOf('ben'))).to.contain('code=')
  })

  it('sets up the account of the link, without a sign-in or a sign-out', async () => {
    const visitor = browserOf('ben')
    const setUp = await visitor.submit(await visitor.get(link), {})
    expect(setUp.h1).to.equal('Set up your authenticator')
    expect(setUp.text).to.contain('ana@example.com').and.not.contain('ben@example.com')
    expect(await silently(visitor)).to.contain('code=')
  })

  it('shows no other person without such a session', async () => {
    const others: Page[] = [
      await createVisitor(host.issuer).get(link),
      // Her own session, which ended with the reset.
      await browserOf('ana').get(link),
      await browserOf('ben').get('/two-factor/reset/garbage'),
    ]
    for (const page of others) expect(page.text).not.to.match(notice).and.not.contain('ben@example.com')
  })

  it('opens in a browser with an invalid cookie', async () => {
    const visitor = createVisitor(host.issuer)
    visitor.jar.put({ name: '_session', value: 'x'.repeat(500), path: '/' })
    expect((await visitor.get(link)).status).to.equal(200)
  })
})
