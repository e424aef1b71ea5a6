/** The mail server is down, defers emails, or the process crashes: the reset remains, and its email arrives once. */
import { expect } from 'chai'
import { eventually, press, sees } from '../support/browser.ts'
import { linkIn } from '../support/mailboxEmails.ts'
import type { Person } from '../support/person.ts'
import { createMailServer, type MailServer, type Received } from '../support/smtp.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('a reset while the mail server is down', () => {
  let post: MailServer
  before(async () => {
    post = await createMailServer()
  })
  after(async () => post.close())
  const fixture = setStage(async () => ({ SMTP_URL: post.url }))

  it('is kept, and its one email arrives when mail works again, with the same link', async () => {
    const { server } = fixture
    const ana = await fixture.person('user01')
    const services = await fixture.services()
    expect(await services.reset(ana), 'mail is nobody’s reason to refuse a reset').to.include({ status: 'sent' })
    const waiting = await eventually(async () => {
      const { mail } = await services.get(ana)
      expect(mail).to.include({ status: 'queued', attempts: 1 })
      return mail
    })
    expect(waiting.last_error).to.be.a('string').and.not.contain(ana.email)
    const laptop = await fixture.device()
    await laptop.goto(`${server.sample}/sign-in`)
    await ana.entersPassword(laptop)
    await sees(laptop, 'Set up your authenticator')

    // The server is up again, reads the email and answers with a temporary code.
    post.putsOff = true
    await post.open()
    await server.advance(60)
    const draft = await eventually(async () => {
      expect((await services.get(ana)).mail).to.include({ status: 'queued', attempts: 2 })
      return resetLetters(ana)[0]!
    })
    const link = linkIn(draft.mail.text ?? '')
    expect(link).to.be.a('string')

    await server.kill()
    post.putsOff = false
    await server.restart()
    await server.advance(60)
    await eventually(async () => expect((await services.get(ana)).mail).to.include({ status: 'accepted', attempts: 3 }))
    const arrived = resetLetters(ana).filter(({ accepted }) => accepted)
    expect(arrived.map(({ to }) => to)).to.deep.equal([[ana.email]])
    expect(linkIn(arrived[0]!.mail.text ?? '')).to.equal(link)
    expect(arrived[0]!.mail.messageId).to.equal(draft.mail.messageId)

    // The outbox is empty, so no second email can follow.
    await server.advance(600)
    await eventually(async () => expect(await backlog()).to.equal(0))
    expect(resetLetters(ana).map(({ accepted }) => accepted)).to.deep.equal([false, true])
    const phone = await fixture.device()
    await phone.goto(link!)
    await press(phone, 'Continue')
    await ana.setsUp(phone)
  })

  it('withdraws the email of a link that ends before mail works again', async () => {
    const { server } = fixture
    const ben = await fixture.person('user02')
    const services = await fixture.services()
    await post.close()
    const reset = await services.reset(ben)
    await eventually(async () => expect((await services.get(ben)).mail).to.include({ status: 'queued', attempts: 1 }))
    await services.revoke(ben, reset)
    expect((await services.get(ben)).mail.status).to.equal('withdrawn')
    await post.open()
    await server.advance(600)
    await eventually(async () => expect(await backlog()).to.equal(0))
    expect(resetLetters(ben)).to.deep.equal([])
  })

  const resetLetters = ({ email }: Person): Received[] =>
    post.received.filter(({ to, mail }) => to.includes(email) && linkIn(mail.text ?? ''))

  async function backlog(): Promise<number> {
    const answer = await fetch(`${fixture.server.issuer}/health/ready`)
    return ((await answer.json()) as { checks: { mail_backlog: number } }).checks.mail_backlog
  }
})
