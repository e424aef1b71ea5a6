/** A reset during a sign-in: earlier proofs are not accepted, and every page leads to a new sign-in. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { BACK, field, follow, press, sees } from '../support/browser.ts'
import type { Person } from '../support/person.ts'
import type { AuthorizationRequest } from '../support/relyingParty.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('a sign-in that a reset ends meanwhile', () => {
  const fixture = setStage()

  /** Start again: password, new authenticator, and the answer to the original request. */
  async function startsAgain(page: Page, person: Person): Promise<void> {
    const began = new URL(page.url()).pathname
    await follow(page, 'Start again')
    await sees(page, 'Sign in')
    expect(new URL(page.url()).pathname).to.not.equal(began)
    await person.entersPassword(page)
    await page.getByText('An administrator reset your two-factor authentication on').waitFor()
    await person.setsUp(page)
    await follow(page, 'Continue to Helpdesk tool')
  }

  async function ends(page: Page, person: Person, request: AuthorizationRequest): Promise<void> {
    await sees(page, BACK)
    const answer = await request.answer
    if (answer.is === 'refused') return expect.fail(answer.error)
    expect(answer.claims).to.include({ sub: person.id, acr: 'urn:oidc-rekey:acr:2fa' })
  }

  it('at the challenge: the old code is too late, and Start again leads to a sign-in that works', async () => {
    const ana = await fixture.person('user01')
    const page = await fixture.device()
    const request = await fixture.goes(page, 'management')
    await ana.entersPassword(page)
    await sees(page, 'Enter your code')
    await (await fixture.services()).reset(ana)
    await ana.entersCode(page)
    await sees(page, 'Your sign-in was interrupted', 409)
    await startsAgain(page, ana)
    await ends(page, ana, request)
  })

  it('at the QR code: the scanned secret sets up nothing', async () => {
    const ben = await fixture.person('user02')
    const services = await fixture.services()
    await services.reset(ben)
    const page = await fixture.device()
    const request = await fixture.goes(page, 'management')
    await ben.entersPassword(page)
    const scanned = await ben.scans(page)
    await services.reset(ben)
    await field(page, '6-digit code').fill(await ben.code(scanned))
    await press(page, 'Continue')
    await sees(page, 'Your sign-in was interrupted', 409)
    expect((await services.get(ben)).status).to.equal('sent')
    await startsAgain(page, ben)
    expect(ben.authenticator!.secret).to.not.equal(scanned.secret)
    await ends(page, ben, request)
  })

  it('with a result that was withheld: continuing with it asks for the password again', async () => {
    const chloe = await fixture.person('user03')
    const page = await fixture.device()
    const request = await fixture.goes(page, 'management')
    await chloe.entersPassword(page)
    const resume = (url: URL): boolean => /^\/auth\/[\w-]+$/.test(url.pathname)
    const { promise: kept, resolve: keep } = Promise.withResolvers<string>()
    await page.route(resume, async (route) => {
      await route.fulfill({ status: 204 })
      keep(route.request().url())
    })
    await chloe.entersCode(page)
    const address = await kept
    await page.unroute(resume)
    await (await fixture.services()).reset(chloe)
    await page.goto(address)
    await chloe.entersPassword(page)
    await chloe.setsUp(page)
    await follow(page, 'Continue to Helpdesk tool')
    await ends(page, chloe, request)
  })

  it('begun on a live session: the page says so at every stage of the sign-in', async () => {
    const dmitri = await fixture.person('user04')
    const page = await fixture.device()
    await dmitri.signsInAtSample(page)
    const request = await fixture.goes(page, 'management', { prompt: 'login' })
    await sees(page, 'Sign in')
    await (await fixture.services()).reset(dmitri)
    await field(page, 'Email').fill(dmitri.email)
    await field(page, 'Password').fill(fixture.server.password)
    await press(page, 'Sign in')
    await sees(page, 'Your sign-in was interrupted', 400)
    await startsAgain(page, dmitri)
    await ends(page, dmitri, request)
  })

  it('finished in another tab: this one only offers to continue', async () => {
    const emma = await fixture.person('user05')
    const page = await fixture.device()
    await fixture.goes(page, 'management')
    const address = page.url()
    await emma.signsIn(page)
    await sees(page, BACK)
    await page.goto(address)
    await sees(page, 'Your sign-in was interrupted', 400)
    await page.getByText('it may have been finished in another tab').waitFor()
    await follow(page, 'Start again')
    await sees(page, BACK)
  })
})
