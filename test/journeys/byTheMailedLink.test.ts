/** An administrator resets, an email arrives by SMTP, its link leads to a new authenticator. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { says, BACK, eventually, field, follow, press, sees } from '../support/browser.ts'
import { linkIn } from '../support/mailboxEmails.ts'
import { managementOf } from '../support/management.ts'
import { claimsAtSample } from '../support/person.ts'
import { createMailServer, type MailServer, type Received } from '../support/smtp.ts'
import { MANAGEMENT, setStage } from '../support/journeyFixture.ts'

describe('a reset, by the mailed link', () => {
  let post: MailServer
  before(async () => {
    post = await createMailServer()
    await post.open()
  })
  after(async () => post.close())
  const fixture = setStage(async () => ({ SMTP_URL: post.url, MAIL_FROM: 'Rekey <no-reply@id.example.com>' }))

  const lettersTo = (email: string): Received[] => post.received.filter(({ to }) => to.includes(email))
  const resetLetterTo = async (email: string): Promise<Received & { link: string }> =>
    eventually(async () => {
      const found = lettersTo(email).flatMap((letter) => {
        const link = linkIn(letter.mail.text ?? '')
        return link ? [{ ...letter, link }] : []
      })
      if (!found[0]) throw new Error(`no link was mailed to ${email}`)
      return found[0]
    })

  it('leads from the code of the administrator to a new authenticator, and the old one is refused', async () => {
    const { server, relyingParty } = fixture
    const [admin, ana] = [await fixture.person('admin'), await fixture.person('user01')]
    const old = { authenticator: ana.authenticator!, codes: ana.codes }

    // The administrator signs in at a first-party client, which gets a token for the management API.
    const office = await fixture.device()
    const resource = `${server.issuer}/management/v1`
    const request = await relyingParty.at(server, 'management').ask({ resource, scope: MANAGEMENT })
    await office.goto(request.url)
    await admin.signsIn(office)
    await sees(office, BACK)
    const answer = await request.answer
    if (answer.is === 'refused') return expect.fail(answer.error)
    const services = managementOf(server, admin, answer.tokens.access_token)
    const called = await services.call('POST', `/users/${ana.id}/two-factor/resets`, { code: await admin.code() })
    expect(called.status, called.text).to.equal(201)
    const reset = await services.get(ana)
    expect(called.headers.get('location')).to.equal(`${resource}/users/${ana.id}/two-factor/resets/${reset.id}`)
    expect(called.text).to.not.match(/two-factor\/reset\/|otpauth|secret/)
    expect(reset).to.include({ status: 'sent', opened_at: null })
    expect(reset.ended.backup_codes).to.equal(10)

    // The email, on the phone.
    const { link } = await resetLetterTo(ana.email)
    await eventually(async () => expect((await services.get(ana)).mail).to.include({ status: 'accepted', attempts: 1 }))
    const phone = await fixture.device()
    await phone.goto(link)
    await sees(phone, 'Reset your two-factor authentication', 200)
    await press(phone, 'Continue')
    await sees(phone, 'Set up your authenticator')
    expect(phone.url(), 'no address holds the token any more').to.not.contain(link.split('.').at(-1))
    expect((await services.get(ana)).status).to.equal('opened')
    await field(phone, '6-digit code').fill(await ana.code(old.authenticator))
    await press(phone, 'Continue')
    await says(phone, 'That code is wrong or was already used.')
    await ana.confirms(phone)
    expect(ana.codes).to.have.length(10)
    expect(ana.codes.filter((code) => old.codes.includes(code))).to.deep.equal([])
    await ana.savesCodes(phone)
    await phone.getByText('Your account has been successfully updated.', { exact: true }).waitFor()
    expect(await services.get(ana)).to.include({ status: 'completed', completed_via: 'link' })

    // The link created no session; the new authenticator signs in, the old one and its codes do not.
    await follow(phone, 'Sign in')
    await sees(phone, 'Sample application')
    await follow(phone, 'Sign in')
    await ana.entersPassword(phone)
    await ana.entersCode(phone, await ana.code(old.authenticator))
    await says(phone, 'That code is wrong or was already used.')
    await follow(phone, 'Use a backup code')
    await field(phone, 'Backup code').fill(old.codes[0]!)
    await press(phone, 'Continue')
    await says(phone, 'wrong or was already used')
    await follow(phone, 'Use your authenticator app instead')
    await ana.entersCode(phone)
    await sees(phone, 'Sample application')
    expect(await claimsAtSample(phone)).to.include({
      sub: ana.id,
      acr: 'urn:oidc-rekey:acr:2fa',
      amr: '["pwd","otp","mfa"]',
    })

    await phone.goto(link)
    await sees(phone, 'This link was already used', 410)
    await eventually(async () =>
      expect(lettersTo(ana.email).map(({ mail }) => mail.subject)).to.deep.equal([
        'Two-factor authentication is on for your oidc-rekey account', // the first set-up
        'Two-factor authentication was reset on your oidc-rekey account',
        'Two-factor authentication is on for your oidc-rekey account',
        'Wrong codes were entered for your oidc-rekey account', // the old one, in an unknown browser
      ]),
    )
  })

  it('sends an email that is complete in both parts and marked as automatic', async () => {
    const { server } = fixture
    const [services, ben] = [await fixture.services(), await fixture.person('user02')]
    await services.reset(ben)
    const { mail, from, to, raw, link } = await resetLetterTo(ben.email)
    expect({ from, to }).to.deep.equal({ from: 'no-reply@id.example.com', to: [ben.email] })
    expect(mail.from?.text).to.equal('"Rekey" <no-reply@id.example.com>')
    expect(mail.messageId).to.match(/^<[\w.%-]+@localhost>$/)
    expect(mail.headers.get('auto-submitted')).to.equal('auto-generated')
    expect(mail.headers.get('content-language')).to.equal('en')
    expect(raw).to.match(/^Content-Type: multipart\/alternative;/m)
    expect(mail.attachments).to.deep.equal([])
    expect(link).to.have.length.below(121)
    expect(new URL(link).origin).to.equal(server.issuer)
    for (const part of [mail.text, String(mail.html)]) {
      expect(part).to.contain(link).and.contain(ben.email)
      expect(part).to.contain('Your old authenticator and backup codes no longer work')
      expect(part)
        .to.match(/valid for 8 hours \(until/)
        .and.match(/If this wasn(’|'|&#39;)t you/)
    }
  })

  it('is not used up by mail scanners that open it before the person', async () => {
    const [services, chloe] = [await fixture.services(), await fixture.person('user03')]
    await services.reset(chloe)
    const { link } = await resetLetterTo(chloe.email)
    for (let times = 0; times < 10; times++) {
      expect((await fetch(link)).status).to.equal(200)
      expect((await fetch(link, { method: 'HEAD' })).status).to.equal(200)
    }
    expect(await services.get(chloe)).to.include({ status: 'sent', opened_at: null })
    await goesThrough(await fixture.device(), link)
    expect(await services.get(chloe)).to.include({ status: 'completed', completed_via: 'link' })

    async function goesThrough(phone: Page, address: string): Promise<void> {
      await phone.goto(address)
      await press(phone, 'Continue')
      await chloe.setsUp(phone)
    }
  })
})
