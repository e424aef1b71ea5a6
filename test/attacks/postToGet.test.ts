/** A cross-site POST of an application has no session cookie; the redirect to a GET has it. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import { clients } from '../support/relyingParties.ts'
import type { Page, Visitor } from '../support/client.ts'

const BACK = 'http://127.0.0.1:9/signed-out'
const FROM_ELSEWHERE = { origin: 'https://rp.example', 'sec-fetch-site': 'cross-site' }

describe('A request that an application sends by POST', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await openFixture({
      clients: clients.map((client) =>
        client.client_id === 'app' ? { ...client, post_logout_redirect_uris: [BACK] } : client,
      ),
    })
  })

  /** As with SameSite=Lax: no cookie with the POST, all cookies with the GET that follows. */
  async function posts(visitor: Visitor, path: string, fields: Record<string, string>): Promise<[Page, Page]> {
    const sent = await fixture.visitor().post(path, fields, FROM_ELSEWHERE)
    return [sent, await visitor.get(sent.location ?? '/nowhere')]
  }
  const fieldsOf = (path: string): Record<string, string> =>
    Object.fromEntries(new URLSearchParams(path.split('?')[1] ?? ''))

  it('uses the session: it gets a code without a page', async () => {
    const { visitor } = await fixture.enter(await fixture.person())
    const request = fixture.ask()
    const [sent, answer] = await posts(visitor, '/auth', {
      ...fieldsOf(request.path),
      client_secret: 'not for an address',
    })
    expect(sent.status).to.equal(303)
    expect(sent.location).to.match(/^\/auth\?/)
    expect(sent.location).not.to.contain('secret')
    expect(sent.headers.getSetCookie()).to.deep.equal([])
    const tokens = await fixture.tokens({ request, code: fixture.codeAt(answer) })
    expect(tokens.id_token).to.be.a('string')
  })

  it('to sign out ends the session and returns to the application', async () => {
    const { visitor, request, code } = await fixture.enter(await fixture.person())
    const { id_token } = await fixture.tokens({ request, code })
    const fields = { id_token_hint: id_token, post_logout_redirect_uri: BACK, state: 'of the application' }
    const [sent, page] = await posts(visitor, '/session/end', fields)
    expect(sent.location).not.to.contain(id_token.split('.')[1] ?? '')
    expect(new URL(sent.location ?? '', fixture.issuer).searchParams.get('client_id')).to.equal('app')
    expect([page.status, page.location]).to.deep.equal([303, `${BACK}?state=of+the+application`])
    expect(await fixture.silently(visitor)).to.equal('login_required')
  })

  it('to sign out asks without the redirect when its hint is not valid or of another client', async () => {
    const { visitor, request, code } = await fixture.enter(await fixture.person())
    const { id_token } = await fixture.tokens({ request, code })
    const forged = `${id_token.slice(0, -6)}AAAAAA`
    for (const fields of [
      { id_token_hint: forged },
      { id_token_hint: 'x' },
      { id_token_hint: id_token, client_id: 'spa' },
    ]) {
      const [sent, page] = await posts(visitor, '/session/end', { ...fields, post_logout_redirect_uri: BACK })
      expect([sent.status, sent.location]).to.deep.equal([303, '/session/end?'])
      expect(page.h1).to.equal('Sign out?')
    }
    expect(await fixture.silently(visitor)).to.equal('code')
  })

  for (const path of ['/auth', '/session/end'])
    it(`gets a page that names pushed requests when it is too long for a redirect, at ${path}`, async () => {
      for (const length of [5000, 60_000]) {
        const answer = await fixture.visitor().post(path, { state: 'x'.repeat(length) }, FROM_ELSEWHERE)
        expect(answer.status).to.equal(413)
        expect(answer.text).to.contain('RFC 9126')
      }
    })
})
