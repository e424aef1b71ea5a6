/** Sign-out by an application, from the account page, and by the sign-in of another person. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import * as oidc from 'openid-client'
import { BACK, eventually, follow, press, sees } from '../support/browser.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('signing out', () => {
  const fixture = setStage()

  const silently = async (page: Page): Promise<string> => {
    const request = await fixture.goes(page, 'management', { prompt: 'none' })
    await sees(page, BACK)
    const answer = await request.answer
    return answer.is === 'refused' ? answer.error : answer.claims.sub
  }

  it('leads from a first-party application straight back to it, on another origin', async () => {
    const { server, relyingParty } = fixture
    const ana = await fixture.person('user01')
    const page = await fixture.device()
    await ana.signsInAtSample(page)
    expect(await silently(page)).to.equal(ana.id)
    await page.goto(server.sample)
    await press(page, 'Sign out')
    await page.getByText('You are not signed in here.').waitFor()
    expect(page.url()).to.equal(`${server.sample}/`)
    expect(await silently(page)).to.equal('login_required')
    const notified = relyingParty.logouts.filter(({ issuer, sub }) => issuer === server.issuer && sub === ana.id)
    expect(
      notified.map(({ clientId }) => clientId),
      'the other application of the session',
    ).to.deep.equal(['management'])
    await page.goto(`${server.sample}/sign-in`)
    await sees(page, 'Sign in')
  })

  it('leads from another application by a confirmation back to it', async () => {
    const { server, relyingParty } = fixture
    const emma = await fixture.person('user05')
    const page = await fixture.device()
    const request = await fixture.goes(page, 'shop')
    await emma.signsIn(page)
    await sees(page, 'Allow access')
    await press(page, 'Allow')
    await sees(page, BACK)
    const answer = await request.answer
    if (answer.is === 'refused') return expect.fail(answer.error)
    const signOut = await relyingParty.at(server, 'shop').endSessionUrl(answer.tokens.id_token ?? '')
    await page.goto(signOut)
    await sees(page, 'Sign out?')
    await page.getByText('Somebody else’s shop asks to sign you out.').waitFor()
    await press(page, 'Stay signed in')
    await sees(page, BACK)
    expect(await silently(page), 'still signed in').to.equal(emma.id)
    await page.goto(signOut)
    await press(page, 'Yes, sign out')
    await sees(page, BACK)
    expect(await silently(page)).to.equal('login_required')
  })

  it('at the account page ends at a page that confirms it and links back; staying keeps the session', async () => {
    const dora = await fixture.person('user04')
    const page = await fixture.device()
    await page.goto(`${fixture.server.issuer}/account`)
    await dora.signsIn(page)
    await sees(page, 'Your security')
    await press(page, 'Sign out')
    await sees(page, 'Sign out?')
    await press(page, 'Stay signed in')
    await sees(page, 'Your security')
    await press(page, 'Sign out')
    await press(page, 'Yes, sign out')
    await sees(page, 'You are signed out')
    await follow(page, 'Sign in')
    await sees(page, 'Sign in')
  })

  it('ends the session of the first person when a second one signs in', async () => {
    const { server, relyingParty } = fixture
    const [ben, chloe] = [await fixture.person('user02'), await fixture.person('user03')]
    const page = await fixture.device()
    const request = await fixture.goes(page, 'management')
    await ben.signsIn(page)
    await sees(page, BACK)
    const first = await request.answer
    if (first.is === 'refused') return expect.fail(first.error)
    const cookies = await page.context().storageState()

    const other = await fixture.goes(page, 'management', { prompt: 'login' })
    await chloe.signsIn(page)
    await sees(page, BACK)
    const second = await other.answer
    if (second.is === 'refused') return expect.fail(second.error)
    expect(second.claims.sub).to.equal(chloe.id)
    expect(await silently(page)).to.equal(chloe.id)

    const before = await fixture.device({ storageState: cookies })
    expect(await silently(before), 'the session of the first').to.equal('login_required')
    await eventually(async () =>
      expect(
        relyingParty.logouts.filter(({ issuer, sub }) => issuer === server.issuer && sub === ben.id),
      ).to.deep.equal([{ issuer: server.issuer, clientId: 'management', sid: first.claims['sid'], sub: ben.id }]),
    )
    const client = await relyingParty.at(server, 'management').configuration()
    expect((await oidc.fetchUserInfo(client, second.tokens.access_token, chloe.id)).sub).to.equal(chloe.id)
  })
})
