/** Third-party applications need consent; first-party ones do not. */
import { expect } from 'chai'
import { BACK, press, sees } from '../support/browser.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('consent', () => {
  const fixture = setStage()

  it('is asked once for a third-party application: Deny returns access_denied, Allow a code', async () => {
    const { relyingParty } = fixture
    const ana = await fixture.person('user01')
    const page = await fixture.device()
    const first = await fixture.goes(page, 'shop')
    await ana.signsIn(page)
    await sees(page, 'Allow access')
    await page.getByText('Somebody else’s shop').waitFor()
    await page.getByText(new URL(relyingParty.origin).host).waitFor()
    await page.getByText(ana.email).waitFor()
    expect(await page.getByRole('main').getByRole('listitem').allInnerTexts()).to.deep.equal([
      'Know that it is you',
      'See your name and language',
      'See your email address',
    ])
    await press(page, 'Deny')
    await sees(page, BACK)
    expect(await first.answer).to.deep.equal({ is: 'refused', error: 'access_denied' })

    const second = await fixture.goes(page, 'shop')
    await sees(page, 'Allow access')
    await press(page, 'Allow')
    await sees(page, BACK)
    const answer = await second.answer
    if (answer.is === 'refused') return expect.fail(answer.error)
    expect(answer.claims).to.include({ sub: ana.id, acr: 'urn:oidc-rekey:acr:2fa' })

    const third = await fixture.goes(page, 'shop')
    await sees(page, BACK)
    expect((await third.answer).is, 'allowed is allowed').to.equal('signed-in')
    const more = await fixture.goes(page, 'shop', { scope: 'openid offline_access', prompt: 'consent' })
    await sees(page, 'Allow access')
    await page.getByText('Keep this access while you are away').waitFor()
    await press(page, 'Allow')
    await sees(page, BACK)
    expect((await more.answer).is).to.equal('signed-in')
  })

  it('is not asked for a first-party application, offline access included', async () => {
    const ben = await fixture.person('user02')
    const page = await fixture.device()
    const request = await fixture.goes(page, 'management', { scope: 'openid offline_access', prompt: 'consent' })
    await ben.signsIn(page)
    await sees(page, BACK)
    const answer = await request.answer
    if (answer.is === 'refused') return expect.fail(answer.error)
    expect(answer.tokens.refresh_token).to.be.a('string')
  })

  it('is asked again after a reset, which ended its grant', async () => {
    const chloe = await fixture.person('user03')
    const page = await fixture.device()
    await fixture.goes(page, 'shop')
    await chloe.signsIn(page)
    await press(page, 'Allow')
    await sees(page, BACK)
    await (await fixture.services()).reset(chloe)
    await fixture.goes(page, 'shop')
    await chloe.entersPassword(page)
    await chloe.setsUp(page)
    await page.getByRole('link', { name: 'Continue to Somebody else’s shop' }).click()
    await sees(page, 'Allow access')
  })
})
