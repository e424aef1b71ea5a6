/** Every state of a dead link: an authentic token is answered with its state and the next step, a guessed one with neither. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { press, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('a mailed link that is dead', () => {
  const fixture = setStage()

  /** The next step that the page names, and a check that its link leads to a sign-in. */
  async function saysNext(page: Page, words: string): Promise<void> {
    await page.getByText(words).waitFor()
    await page.getByRole('link', { name: 'Sign in', exact: true }).click()
    await sees(page, 'Sample application')
  }

  it('because a newer email was sent, by a resend or by a second reset: only the newest opens', async () => {
    const { server } = fixture
    const ana = await fixture.person('user01')
    const services = await fixture.services()
    const reset = await services.reset(ana)
    const first = await newestLink(server, ana)
    const sent = await services.resend(ana, reset)
    expect(sent.id, 'still the same reset').to.equal(reset.id)
    const second = await newestLink(server, ana, [first])
    const again = await services.reset(ana)
    const third = await newestLink(server, ana, [first, second])
    const page = await fixture.device()
    for (const link of [first, second]) {
      await page.goto(link)
      await sees(page, 'This link was replaced by a newer email', 410)
      await saysNext(page, 'Open the newest email in your mailbox and use the link in it.')
    }
    expect((await services.get(ana)).id).to.equal(again.id)
    await page.goto(third)
    await sees(page, 'Reset your two-factor authentication', 200)
  })

  it('because it was replaced while its set-up page was open: the code there opens nothing', async () => {
    const { server } = fixture
    const ben = await fixture.person('user02')
    const services = await fixture.services()
    const reset = await services.reset(ben)
    const page = await fixture.device()
    await page.goto(await newestLink(server, ben))
    await press(page, 'Continue')
    const scanned = await ben.scans(page)
    await services.resend(ben, reset)
    await page.getByRole('textbox', { name: '6-digit code' }).fill(await ben.code(scanned))
    await press(page, 'Continue')
    await sees(page, 'This link was replaced by a newer email', 410)
  })

  it('because it was cancelled: signing in still leads to the set-up, unless the account was frozen too', async () => {
    const { server } = fixture
    const chloe = await fixture.person('user03')
    const services = await fixture.services()
    const reset = await services.reset(chloe)
    const link = await newestLink(server, chloe)
    await services.revoke(chloe, reset)
    const page = await fixture.device()
    await page.goto(link)
    await sees(page, 'This link was cancelled', 410)
    await saysNext(page, 'Sign in with your password to see what is left to do, or ask your administrator')
    await page.goto(`${server.sample}/sign-in`)
    await chloe.entersPassword(page)
    await sees(page, 'Set up your authenticator')

    const frozen = await services.reset(chloe)
    const newer = await newestLink(server, chloe, [link])
    await services.revoke(chloe, frozen, { freeze: true })
    await page.goto(newer)
    await sees(page, 'This link was cancelled', 410)
    await page.goto(`${server.sample}/sign-in`)
    await chloe.entersPassword(page)
    await sees(page, 'Set-up is closed', 403)
    await page.getByText('Ask your administrator to reset it again').waitFor()
    // A new reset allows both flows again.
    await services.reset(chloe)
    await page.goto(await newestLink(server, chloe, [link, newer]))
    await press(page, 'Continue')
    await chloe.setsUp(page)
  })

  it('because it never existed: garbage, half a link and the secret of another link look the same', async () => {
    const { server } = fixture
    const dmitri = await fixture.person('user04')
    await (await fixture.services()).reset(dmitri)
    const link = await newestLink(server, dmitri)
    const base = `${server.issuer}/two-factor/reset`
    const page = await fixture.device()
    const texts: string[] = []
    for (const address of [
      `${base}/garbage`,
      link.slice(0, -1),
      link.slice(0, link.lastIndexOf('.')),
      `${link}x`,
      `${base}/${'A'.repeat(22)}.${'A'.repeat(43)}`,
      `${base}/%00%f0%9f%94%91`,
    ]) {
      await page.goto(address)
      await sees(page, 'This link does not work', 404)
      texts.push(await page.getByRole('main').innerText())
    }
    expect([...new Set(texts)]).to.have.length(1)
    await saysNext(page, 'Check that the whole address was copied from the email')
    await page.goto(link)
    await sees(page, 'Reset your two-factor authentication', 200)
  })

  it('because it expired: signing in still sets up, and a new email revives it', async () => {
    const { server } = fixture
    const emma = await fixture.person('user05')
    const reset = await (await fixture.services()).reset(emma)
    const link = await newestLink(server, emma)
    const [phone, laptop] = [await fixture.device(), await fixture.device()]
    await phone.goto(link)
    await press(phone, 'Continue')
    await sees(phone, 'Set up your authenticator')
    // Valid a minute before the end of eight hours, and dead after it.
    await server.advance(Date.parse(reset.expires_at) / 1000 - server.now() - 60)
    await laptop.goto(link)
    await sees(laptop, 'Reset your two-factor authentication', 200)
    await server.advance(60)
    await laptop.reload()
    await sees(laptop, 'This link has expired', 410)
    await saysNext(laptop, 'Sign in with your password: if your authenticator still has to be set up')
    await phone.reload()
    await sees(phone, 'Your sign-in was interrupted', 410)
    await laptop.goto(`${server.sample}/sign-in`)
    await emma.entersPassword(laptop)
    await sees(laptop, 'Set up your authenticator')

    const services = await fixture.services()
    expect((await services.get(emma)).status).to.equal('expired')
    expect((await services.resend(emma, reset)).status).to.equal('sent')
    await phone.goto(await newestLink(server, emma, [link]))
    await press(phone, 'Continue')
    await emma.setsUp(phone)
    expect((await services.get(emma)).status).to.equal('completed')
  })
})
