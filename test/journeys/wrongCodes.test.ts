/** At the challenge: another person, or wrong codes. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { says, BACK, field, follow, press, sees } from '../support/browser.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('at the challenge', () => {
  const fixture = setStage()

  it('“Not you?” leads back to a clean sign-in, for another person', async () => {
    const [ana, ben] = [await fixture.person('user01'), await fixture.person('user02')]
    const page = await fixture.device()
    const request = await fixture.goes(page, 'management')
    await ana.entersPassword(page)
    await sees(page, 'Enter your code')
    await page.getByText(ana.email).waitFor()
    await follow(page, 'Not you?')
    await sees(page, 'Sign in', 200)
    expect(await field(page, 'Email').inputValue()).to.equal('')
    await ben.signsIn(page)
    await sees(page, BACK)
    const answer = await request.answer
    expect(answer.is === 'signed-in' && answer.claims.sub).to.equal(ben.id)
  })

  it('wrong codes are answered with one sentence, then with a pause, after which the right one is accepted', async () => {
    const { server } = fixture
    const chloe = await fixture.person('user03')
    const page = await fixture.device()
    const request = await fixture.goes(page, 'management')
    await chloe.entersPassword(page)
    await sees(page, 'Enter your code')
    await press(page, 'Continue')
    await says(page, 'Enter the 6-digit code from your authenticator app.')
    await tries(page, '12345')
    await says(page, 'The code must be 6 digits.')
    await tries(page, chloe.codes[0]!)
    await says(page, 'That looks like a backup code. Use it on the page for backup codes.')
    for (let times = 0; times < 6; times++) {
      await tries(page, await wrong())
      await says(page, 'That code is wrong or was already used. Wait for the next one (up to 30 seconds).')
    }
    await tries(page, await chloe.code())
    await sees(page, 'Too many wrong codes', 429)
    const words = await page.getByRole('main').innerText()
    // With seconds: a pause of 30 seconds often ends within the same minute.
    expect(words).to.match(/Try again in 1 minute, after \d\d:\d\d:\d\d UTC\./)
    await server.advance(31)
    await follow(page, 'Start again')
    await chloe.signsIn(page)
    await sees(page, BACK)
    expect((await request.answer).is).to.equal('signed-in')

    async function tries(at: Page, typed: string): Promise<void> {
      await field(at, '6-digit code').fill(typed)
      await Promise.all([at.waitForEvent('load'), press(at, 'Continue')])
    }
    /** Six digits that are no code accepted now. */
    async function wrong(): Promise<string> {
      const steps = [-60, -30, 0, 30, 60].map((seconds) => chloe.authenticator!.at(server.now() + seconds))
      return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !steps.includes(code))!
    }
  })
})
