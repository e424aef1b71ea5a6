/** A library that judges each answer by the specification of its own, endpoint by endpoint. */
import { expect } from 'chai'
import * as oauth from 'oauth4webapi'
import type { Page } from '../support/client.ts'
import { clients } from '../support/relyingParties.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const redirect_uri = 'http://127.0.0.1:9/callback'
const secret = clients.find(({ client_id }) => client_id === 'app')?.client_secret ?? ''
const client: oauth.Client = { client_id: 'app' }
const authentication = oauth.ClientSecretBasic(secret)
// oxlint-disable-next-line typescript/no-deprecated -- marked so to stand out; the server is on this machine
const insecure = { [oauth.allowInsecureRequests]: true }

describe('oauth4webapi', () => {
  let server: Standalone
  let as: oauth.AuthorizationServer
  before(async () => {
    server = await openStandalone()
    const issuer = new URL(server.issuer)
    as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
  })
  after(() => server.close())

  async function pushed(parameters: Record<string, string> = {}) {
    const [verifier, state, nonce] = [
      oauth.generateRandomCodeVerifier(),
      oauth.generateRandomState(),
      oauth.generateRandomNonce(),
    ]
    const challenge = await oauth.calculatePKCECodeChallenge(verifier)
    const request = new URLSearchParams({
      redirect_uri,
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      response_type: 'code',
      scope: 'openid offline_access',
      prompt: 'consent',
      ...parameters,
    })
    const answer = await oauth.pushedAuthorizationRequest(as, client, authentication, request, insecure)
    const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, answer)
    return {
      path: `/auth?${new URLSearchParams({ client_id: 'app', request_uri }).toString()}`,
      verifier,
      state,
      nonce,
    }
  }

  async function back(path: string) {
    const [person, visitor] = [await server.person(), server.visitor()]
    let page: Page = await visitor.go(path)
    for (let step = 0; step < 12 && !server.answerAt(page); step++) page = await server.continueSignIn(person, page)
    return { person, url: new URL(page.location ?? '') }
  }

  for (const bound of [false, true])
    it(`takes every answer of a sign-in, ${bound ? 'with tokens bound to a key' : 'with bearer tokens'}`, async () => {
      const DPoP = bound ? { DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) } : {}
      const options = { ...insecure, ...DPoP }
      const begun = await pushed({ max_age: '3600' })
      const { person, url } = await back(begun.path)
      const given = oauth.validateAuthResponse(as, client, url, begun.state)
      const granted = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        authentication,
        given,
        redirect_uri,
        begun.verifier,
        options,
      )
      const tokens = await oauth.processAuthorizationCodeResponse(as, client, granted, {
        expectedNonce: begun.nonce,
        maxAge: 3600,
        requireIdToken: true,
      })
      const claims = oauth.getValidatedIdTokenClaims(tokens)
      expect(claims).to.deep.include({ sub: person.id, acr: 'urn:oidc-rekey:acr:2fa', amr: ['pwd', 'otp', 'mfa'] })
      await oauth.validateApplicationLevelSignature(as, granted, insecure)

      const answer = await oauth.userInfoRequest(as, client, tokens.access_token, options)
      expect((await oauth.processUserInfoResponse(as, client, person.id, answer)).sub).to.equal(person.id)
      const refresh = await oauth.refreshTokenGrantRequest(
        as,
        client,
        authentication,
        tokens.refresh_token ?? '',
        options,
      )
      const refreshed = await oauth.processRefreshTokenResponse(as, client, refresh)
      expect(oauth.getValidatedIdTokenClaims(refreshed)).to.deep.include({ auth_time: claims?.auth_time })

      const introspect = async (): Promise<oauth.IntrospectionResponse> =>
        oauth.processIntrospectionResponse(
          as,
          client,
          await oauth.introspectionRequest(as, client, authentication, refreshed.access_token, insecure),
        )
      expect(await introspect()).to.include({ active: true, sub: person.id, token_type: bound ? 'DPoP' : 'Bearer' })
      const revoked = await oauth.revocationRequest(as, client, authentication, refreshed.access_token, insecure)
      await oauth.processRevocationResponse(revoked)
      expect((await introspect()).active).to.equal(false)
    })

  it('takes the errors of a silent request and of a wrong verifier', async () => {
    const silent = await pushed({ prompt: 'none' })
    const page = await server.visitor().get(silent.path)
    expect(() => oauth.validateAuthResponse(as, client, new URL(page.location ?? ''), silent.state))
      .to.throw(oauth.AuthorizationResponseError)
      .with.property('error', 'login_required')

    const begun = await pushed()
    const { url } = await back(begun.path)
    const given = oauth.validateAuthResponse(as, client, url, begun.state)
    const other = oauth.generateRandomCodeVerifier()
    const refused = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      given,
      redirect_uri,
      other,
      insecure,
    )
    const caught: unknown = await oauth
      .processAuthorizationCodeResponse(as, client, refused)
      .catch((error: unknown) => error)
    expect(caught).to.be.instanceOf(oauth.ResponseBodyError).with.property('error', 'invalid_grant')
  })
})
