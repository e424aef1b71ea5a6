/** A certified client library meets every endpoint as discovery describes it. */
import { expect } from 'chai'
import * as openid from 'openid-client'
import type { Visitor } from '../support/client.ts'
import { clients } from '../support/relyingParties.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const redirect_uri = 'http://127.0.0.1:9/callback'
const BACK = 'http://127.0.0.1:9/signed-out'
const secret = clients.find(({ client_id }) => client_id === 'app')?.client_secret ?? ''

describe('openid-client', () => {
  let server: Standalone
  before(async () => {
    server = await openStandalone({ clients: clients.map((item) => ({ ...item, post_logout_redirect_uris: [BACK] })) })
  })
  after(() => server.close())

  // oxlint-disable-next-line typescript/no-deprecated -- marked so to stand out; the server is on this machine
  const execute = [openid.allowInsecureRequests]
  const discover = (algorithm: 'oidc' | 'oauth2'): Promise<openid.Configuration> =>
    openid.discovery(new URL(server.issuer), 'app', secret, undefined, { algorithm, execute })
  const pathOf = (url: URL): string => url.pathname + url.search

  async function begin(config: openid.Configuration, parameters: Record<string, string> = {}) {
    const [pkceCodeVerifier, expectedState] = [openid.randomPKCECodeVerifier(), openid.randomState()]
    const expectedNonce = openid.randomNonce()
    const url = await openid.buildAuthorizationUrlWithPAR(config, {
      redirect_uri,
      scope: 'openid offline_access',
      prompt: 'consent',
      state: expectedState,
      nonce: expectedNonce,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...parameters,
    })
    return { url, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } }
  }

  async function signIn(visitor: Visitor, url: URL) {
    const person = await server.person()
    let page = await visitor.go(pathOf(url))
    for (let step = 0; step < 8 && !server.answerAt(page) && page.h1; step++)
      page = await server.continueSignIn(person, page)
    return { person, page }
  }

  /** What a browser sends for a form of the provider. */
  function submitted(markup: string): Request {
    const fields = [...markup.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
    const body = new URLSearchParams(fields.map(([, name = '', value = '']): [string, string] => [name, value]))
    return new Request(redirect_uri, { method: 'POST', body })
  }

  for (const algorithm of ['oidc', 'oauth2'] as const)
    it(`signs in by a pushed request, refreshes, introspects, revokes and signs out (${algorithm})`, async () => {
      const config = await discover(algorithm)
      const visitor = server.visitor()
      const { url, checks } = await begin(config)
      const { person, page } = await signIn(visitor, url)
      const tokens = await openid.authorizationCodeGrant(config, new URL(page.location ?? ''), checks)
      expect(tokens.claims()).to.include({ sub: person.id, acr: 'urn:oidc-rekey:acr:2fa' })
      expect((await openid.fetchUserInfo(config, tokens.access_token, person.id)).sub).to.equal(person.id)
      const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
      const introspected = await openid.tokenIntrospection(config, refreshed.access_token)
      expect(introspected).to.deep.include({ active: true, sub: person.id, amr: ['pwd', 'otp', 'mfa'] })
      await openid.tokenRevocation(config, refreshed.access_token)
      expect(await openid.tokenIntrospection(config, refreshed.access_token)).to.deep.equal({ active: false })
      const end = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: BACK, state: 's' }
      const signedOut = await visitor.get(pathOf(openid.buildEndSessionUrl(config, end)))
      expect(signedOut.location).to.equal(`${BACK}?state=s`)
    })

  it('takes the code and the error of form_post', async () => {
    const config = await discover('oidc')
    const visitor = server.visitor()
    const { url, checks } = await begin(config, { response_mode: 'form_post' })
    const { page } = await signIn(visitor, url)
    const done = page.text.includes('name="code"') ? page : await server.resume(page)
    const tokens = await openid.authorizationCodeGrant(config, submitted(done.text), checks)
    expect(tokens.claims()).to.have.property('sub')

    const silent = await begin(config, { response_mode: 'form_post', prompt: 'none' })
    const refused = await server.visitor().get(pathOf(silent.url))
    const caught: unknown = await openid
      .authorizationCodeGrant(config, submitted(refused.text), silent.checks)
      .catch((error: unknown) => error)
    expect(caught).to.be.instanceOf(openid.AuthorizationResponseError)
    expect(caught).to.include({ error: 'login_required' })
  })

  it('binds tokens to a key (RFC 9449)', async () => {
    const config = await discover('oidc')
    const visitor = server.visitor()
    const { url, checks } = await begin(config)
    const { person, page } = await signIn(visitor, url)
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const back = new URL(page.location ?? '')
    const tokens = await openid.authorizationCodeGrant(config, back, checks, {}, { DPoP })
    expect(tokens.token_type).to.equal('dpop')
    const claims = await openid.fetchUserInfo(config, tokens.access_token, person.id, { DPoP })
    expect(claims.sub).to.equal(person.id)
    const asBearer = await server.userinfo(tokens.access_token)
    expect([asBearer.status, asBearer.body.error]).to.deep.equal([401, 'invalid_token'])
  })
})
