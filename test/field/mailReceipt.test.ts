/** What a receipt says of an email that is not accepted: in the API, the audit, the console and the state of a plugin host. */
import { expect } from 'chai'
import { schemas } from '../../src/http/api/schemas.ts'
import { smtpMailer, type SmtpMailer } from '../../src/mail/smtp.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { type MailScript, openScriptedMailServer, type ScriptedMailServer } from '../support/scriptedMailServer.ts'

describe('the receipt of an email', () => {
  let server: ScriptedMailServer
  let mailer: SmtpMailer
  let host: ApiHost
  const logged: string[] = []
  afterEach(async () => {
    mailer.close()
    await Promise.all([host.close(), server.close()])
  })

  async function resetWith(script: MailScript) {
    server = await openScriptedMailServer(script)
    mailer = smtpMailer({ url: `smtp://127.0.0.1:${server.port}`, from: 'no-reply@example.com' })
    host = await openApiHost({ mail: mailer, onError: (error, doing) => logged.push(`${doing}: ${String(error)}`) })
    const [admin, person] = await Promise.all([host.admin(), host.person()])
    expect((await admin.reset(person, { code: await admin.person.code() })).status).to.equal(201)
    await host.host.rekey.idle()
    const { body } = await admin.call('GET', `/users/${person.id}/two-factor/resets`)
    expect(schemas.Resets.safeParse(body).error).to.equal(undefined)
    const { name } = (await admin.call('GET', `/users/${person.id}`)).body
    const reader = await host.person({ roles: ['admin'], enrolled: false })
    const page = await host.enterApp(reader, `/admin/users/${person.id}`, name)
    const audit = await admin.call('GET', `/audit-events?user=${person.id}&type=two_factor.reset.mail_failed`)
    const state = await host.host.rekey.state(person.id)
    return { mail: body.items[0].mail, page: page.text, audit: audit.body.items, state, person }
  }

  it('says that the address is wrong, and is final', async () => {
    const reason = 'recipient: the mail server does not take this address (550 5.1.1 at RCPT)'
    const { mail, page, audit, state } = await resetWith({ rcpt: '550 5.1.1 no such user' })
    expect(mail).to.deep.equal({ status: 'failed', attempts: 1, accepted_at: null, last_error: reason })
    expect(page).to.contain(`<bdi lang="en">${reason}</bdi>`)
    expect(audit.map((event: { reason: string }) => event.reason)).to.deep.equal([reason])
    expect(state?.reset?.mail.lastError).to.equal(reason)
  })

  it('says why it is tried again', async () => {
    const reason = 'policy: the mail server refuses by a policy (554 5.7.1 at text)'
    const { mail, page, audit, person } = await resetWith({ text: '554 5.7.1 blocked https://id.example.com/link' })
    expect(mail).to.deep.equal({ status: 'queued', attempts: 1, accepted_at: null, last_error: reason })
    expect(page).to.contain(`<bdi lang="en">${reason}</bdi>`)
    expect(audit).to.deep.equal([])
    expect(logged.join('\n')).to.contain(reason).and.not.contain('https:').and.not.contain(person.email)
  })
})
