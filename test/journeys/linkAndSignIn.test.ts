/** Link and sign-in after one reset: two browsers set up at the same time, isolated from each other, and the first to confirm wins. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { BACK, field, follow, press, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import { codesOn, type Person } from '../support/person.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('link and sign-in after a reset', () => {
  const fixture = setStage()

  /** A laptop on the set-up page inside a sign-in, and a phone on the one behind the mailed link. */
  async function bothFlows(person: Person): Promise<{ laptop: Page; phone: Page; link: string }> {
    await (await fixture.services()).reset(person)
    const link = await newestLink(fixture.server, person)
    const [laptop, phone] = [await fixture.device(), await fixture.device()]
    await laptop.goto(`${fixture.server.sample}/sign-in`)
    await person.entersPassword(laptop)
    await phone.goto(link)
    await press(phone, 'Continue')
    return { laptop, phone, link }
  }

  it('each flow shows a separate secret and keeps it on reload', async () => {
    const ana = await fixture.person('user01')
    const { laptop, phone } = await bothFlows(ana)
    const [inside, mailed] = [await ana.scans(laptop), await ana.scans(phone)]
    expect(inside.secret).to.not.equal(mailed.secret)
    await laptop.reload()
    await phone.reload()
    expect((await ana.scans(laptop)).secret).to.equal(inside.secret)
    expect((await ana.scans(phone)).secret).to.equal(mailed.secret)
  })

  it('when the link is first, the sign-in says so, and the codes of the link remain valid', async () => {
    const ben = await fixture.person('user02')
    const { laptop, phone } = await bothFlows(ben)
    const late = await ben.scans(laptop)
    await ben.confirms(phone)
    await field(laptop, '6-digit code').fill(await ben.code(late))
    await press(laptop, 'Continue')
    await sees(laptop, 'Your authenticator was set up elsewhere', 409)
    await phone.reload()
    expect(await codesOn(phone), 'nobody disturbed the winner').to.deep.equal(ben.codes)
    await ben.savesCodes(phone)

    // Continue: the same request again, with the authenticator of the other device.
    await follow(laptop, 'Sign in')
    await ben.signsIn(laptop)
    await sees(laptop, 'Sample application')
  })

  it('when the sign-in is first, the page of the link says so, and the sign-in continues', async () => {
    const chloe = await fixture.person('user03')
    const { laptop, phone } = await bothFlows(chloe)
    const late = await chloe.scans(phone)
    await chloe.confirms(laptop)
    await field(phone, '6-digit code').fill(await chloe.code(late))
    await press(phone, 'Continue')
    await sees(phone, 'This link was already used', 410)
    await laptop.reload()
    expect(await codesOn(laptop)).to.deep.equal(chloe.codes)
    await chloe.savesCodes(laptop)
    await follow(laptop, 'Continue to Sample application')
    await sees(laptop, 'Sample application')
    await phone.goBack()
    await phone.reload()
    await sees(phone, 'This link was already used', 410)
  })

  it('two tabs of one browser at the link share a secret and show the same codes', async () => {
    const dmitri = await fixture.person('user04')
    await (await fixture.services()).reset(dmitri)
    const link = await newestLink(fixture.server, dmitri)
    const first = await fixture.device()
    const second = await first.context().newPage()
    for (const tab of [first, second]) {
      await tab.goto(link)
      await press(tab, 'Continue')
    }
    const [scanned, again] = [await dmitri.scans(first), await dmitri.scans(second)]
    expect(again.secret).to.equal(scanned.secret)
    await dmitri.confirms(first, scanned)
    await field(second, '6-digit code').fill(await dmitri.code())
    await press(second, 'Continue')
    await sees(second, 'Save your backup codes')
    expect(await codesOn(second)).to.deep.equal(dmitri.codes)
    await dmitri.savesCodes(second)
    const request = await fixture.goes(first, 'management')
    await dmitri.signsIn(first)
    await sees(first, BACK)
    expect((await request.answer).is).to.equal('signed-in')
  })
})
