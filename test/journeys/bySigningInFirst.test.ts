/** A sign-in before the mailed link is opened, and the sessions and tokens that a reset ends. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import * as oidc from 'openid-client'
import { BACK, eventually, follow, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import { claimsAtSample, type Person } from '../support/person.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('a reset, by signing in first', () => {
  const fixture = setStage()

  /** Signed in at the sample and, by the same session, at a client that keeps a refresh token. */
  async function atHome(person: Person) {
    const laptop = await fixture.device()
    await person.signsInAtSample(laptop)
    const request = await fixture.goes(laptop, 'management', {
      scope: 'openid profile offline_access',
      prompt: 'consent',
    })
    await sees(laptop, BACK)
    const answer = await request.answer
    if (answer.is === 'refused') throw new Error(answer.error)
    return { laptop, tokens: answer.tokens, claims: answer.claims }
  }

  async function silently(page: Page): Promise<string> {
    const request = await fixture.goes(page, 'management', { prompt: 'none' })
    await sees(page, BACK)
    const answer = await request.answer
    return answer.is === 'refused' ? answer.error : answer.claims.sub
  }

  it('asks the password in a browser with a session, then sets up, and the mailed link is dead', async () => {
    const ana = await fixture.person('user01')
    const { laptop } = await atHome(ana)
    const cookies = await laptop.context().storageState()
    const services = await fixture.services()
    await services.reset(ana)
    const link = await newestLink(fixture.server, ana)
    expect(await silently(laptop), 'the old session counts as absent').to.equal('login_required')

    await laptop.goto(`${fixture.server.sample}/sign-in`)
    const signIn = new URL(laptop.url()).pathname
    await ana.entersPassword(laptop)
    await sees(laptop, 'Set up your authenticator')
    expect(new URL(laptop.url()).pathname, 'one and the same sign-in').to.equal(`${signIn}/set-up`)
    await laptop.getByText('An administrator reset your two-factor authentication on').waitFor()
    await laptop.getByText('Your old authenticator and backup codes no longer work.').waitFor()
    await ana.setsUp(laptop)
    await laptop.getByText('Your account has been successfully updated.', { exact: true }).waitFor()
    await follow(laptop, 'Continue to Sample application')
    await sees(laptop, 'Sample application')
    expect(await claimsAtSample(laptop)).to.include({
      sub: ana.id,
      acr: 'urn:oidc-rekey:acr:2fa',
      amr: '["pwd","otp","mfa"]',
    })
    expect(await silently(laptop)).to.equal(ana.id)

    expect(await services.get(ana)).to.include({ status: 'completed', completed_via: 'sign-in' })
    await laptop.goto(link)
    await sees(laptop, 'This link was already used', 410)
    const thief = await fixture.device({ storageState: cookies })
    expect(await silently(thief), 'the cookie of before').to.equal('login_required')
    await laptop.goto(`${fixture.server.sample}/sign-in`)
    await sees(laptop, 'Sample application')
  })

  it('ends tokens and sessions at once, and notifies each relying party once', async () => {
    const { server, relyingParty } = fixture
    const ben = await fixture.person('user02')
    const { laptop, tokens, claims } = await atHome(ben)
    const client = await relyingParty.at(server, 'management').configuration()
    expect((await oidc.fetchUserInfo(client, tokens.access_token, ben.id)).sub).to.equal(ben.id)
    const fresh = await oidc.refreshTokenGrant(client, tokens.refresh_token ?? '')
    const introspected = await oidc.tokenIntrospection(client, fresh.access_token)
    expect(introspected).to.include({ active: true, acr: 'urn:oidc-rekey:acr:2fa' })

    const services = await fixture.services()
    const reset = await services.reset(ben)
    expect(reset.ended.sessions).to.equal(1)
    expect(reset.ended.clients.map((item) => item.client_id)).to.have.members(['sample', 'management'])

    for (const token of [tokens.refresh_token, fresh.refresh_token])
      expect(await refused(oidc.refreshTokenGrant(client, token ?? ''))).to.equal('invalid_grant')
    for (const token of [tokens.access_token, fresh.access_token]) {
      expect(await refused(oidc.fetchUserInfo(client, token, ben.id))).to.equal('invalid_token')
      expect((await oidc.tokenIntrospection(client, token)).active).to.equal(false)
    }
    expect((await oidc.tokenIntrospection(client, fresh.refresh_token ?? '')).active).to.equal(false)

    await eventually(async () =>
      expect((await services.get(ben)).ended.clients).to.have.deep.members([
        { client_id: 'sample', backchannel_logout: 'delivered' },
        { client_id: 'management', backchannel_logout: 'delivered' },
      ]),
    )
    await laptop.goto(server.sample)
    await laptop.getByRole('status').getByText('You were signed out by the provider.').waitFor()
    // A set-up raises the epoch again; the end of a session is notified once.
    await laptop.goto(`${server.sample}/sign-in`)
    await ben.entersPassword(laptop)
    await ben.setsUp(laptop)
    await eventually(async () => expect(await backlog()).to.equal(0))
    const notified = relyingParty.logouts.filter(({ issuer, sub }) => issuer === server.issuer && sub === ben.id)
    expect(notified).to.deep.equal([{ issuer: server.issuer, clientId: 'management', sid: claims['sid'], sub: ben.id }])
  })

  const refused = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'it worked',
      (error: unknown) => {
        if (error instanceof oidc.ResponseBodyError) return error.error
        if (error instanceof oidc.WWWAuthenticateChallengeError) return String(error.cause[0]?.parameters['error'])
        throw error
      },
    )

  async function backlog(): Promise<number> {
    const answer = await fetch(`${fixture.server.issuer}/health/ready`)
    return ((await answer.json()) as { checks: { mail_backlog: number } }).checks.mail_backlog
  }
})
