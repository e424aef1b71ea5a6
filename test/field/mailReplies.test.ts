/** Every stage of an SMTP conversation × the replies that servers give there, over a socket: final or again, and the word for it. */
import { expect } from 'chai'
import { MailDeferred, MailRefused } from '../../src/errors.ts'
import { smtpMailer } from '../../src/mail/smtp.ts'
import type { Email } from '../../src/ports.ts'
import { type MailScript, openScriptedMailServer, SILENT } from '../support/scriptedMailServer.ts'

const email: Email = { to: 'ana@example.com', subject: 's', text: 't', html: '<p>t</p>', id: '1', locale: 'en' }

/** Stage, reply, the word; a recipient's is final where marked. */
const table: readonly (readonly [keyof MailScript, string | null, string, 'final'?])[] = [
  ['greeting', '421 4.7.0 busy', 'later'],
  ['greeting', '450 4.3.2 later', 'later'],
  ['greeting', '554 5.7.1 no service for you', 'policy'],
  ['greeting', '521 no', 'policy'],
  ['greeting', 'HTTP/1.1 400 Bad Request', 'protocol'],
  ['greeting', null, 'disconnected'],
  ['ehlo', '421 4.7.0 busy', 'later'],
  ['ehlo', null, 'disconnected'],
  ['auth', '535 5.7.8 wrong', 'auth'],
  ['auth', '534 5.7.9 more is needed', 'auth'],
  ['auth', '454 4.7.0 later', 'later'],
  ['mail', '530 5.7.0 Must issue a STARTTLS command first', 'auth'],
  ['mail', '530 5.7.1 Authentication required', 'auth'],
  ['mail', '451 5.7.3 STARTTLS is required to send mail', 'auth'],
  ['mail', '550 5.7.11 encryption is required', 'auth'],
  ['mail', '550 5.7.1 sender refused', 'policy'],
  ['mail', '550 5.1.8 no such domain', 'sender'],
  ['mail', '553 sender', 'sender'],
  ['mail', '552 5.3.4 too big', 'size'],
  ['mail', '552 too big', 'size'],
  ['mail', '452 4.3.1 full', 'storage'],
  ['mail', '451 4.3.0 later', 'later'],
  ['rcpt', '550 5.1.1 no such user', 'recipient', 'final'],
  ['rcpt', '550 5.1.0 bad address', 'recipient', 'final'],
  ['rcpt', '553 5.1.3 bad address', 'recipient', 'final'],
  ['rcpt', '556 5.1.10 takes no mail', 'recipient', 'final'],
  ['rcpt', '550 5.0.0 no', 'recipient', 'final'],
  ['rcpt', '550 5.0.1 no', 'recipient', 'final'],
  ['rcpt', '550 no such user', 'recipient'],
  ['rcpt', '550 5.2.1 disabled', 'recipient'],
  ['rcpt', '550 5.4.1 no way', 'recipient'],
  ['rcpt', '550 5.1.8 sender has no domain', 'sender'],
  ['rcpt', '550 5.7.1 blocked', 'policy'],
  ['rcpt', '554 5.7.1 relay access denied', 'policy'],
  ['rcpt', '550 5.7.606 banned', 'policy'],
  ['rcpt', '504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname', 'name'],
  ['rcpt', '552 5.2.2 mailbox full', 'storage'],
  ['rcpt', '452 4.2.2 mailbox full', 'storage'],
  ['rcpt', '450 4.2.2 mailbox full', 'storage'],
  ['rcpt', '450 4.7.1 greylisted', 'later'],
  ['rcpt', '451 4.7.1 greylisted', 'later'],
  ['rcpt', '450 4.1.1 unverified', 'later'],
  ['rcpt', '421 4.7.0 busy', 'later'],
  ['rcpt', null, 'disconnected'],
  ['data', '554 5.5.1 no valid recipients', 'rejected'],
  ['data', '451 4.3.0 later', 'later'],
  ['text', '550 5.1.1 no such user', 'rejected'],
  ['text', '554 5.7.1 spam', 'policy'],
  ['text', '550 5.7.60 Client does not have permissions to send as this sender', 'sender'],
  ['text', '554 5.2.252 SendAsDenied', 'sender'],
  ['text', '552 5.3.4 too big', 'size'],
  ['text', '552 5.2.2 full', 'storage'],
  ['text', '550 5.6.1 line too long', 'rejected'],
  ['text', '554 no', 'rejected'],
  ['text', '451 4.7.1 greylisted', 'later'],
  ['text', '452 4.3.1 full', 'storage'],
  ['text', null, 'disconnected'],
]

describe('a reply of the mail server', () => {
  for (const [stage, reply, word, final] of table)
    it(`${reply ?? 'a closed connection'} at ${stage} is ${final ?? 'tried again'}: ${word}`, async () => {
      const quoting = reply === null ? null : `${reply} <ana@example.com> https://id.example.com/link`
      const server = await openScriptedMailServer({ [stage]: quoting })
      const url = `smtp://${stage === 'auth' ? 'user:pass%25word@' : ''}127.0.0.1:${server.port}`
      const mailer = smtpMailer({ url, from: 'no-reply@id.example.com', issuer: 'https://id.example.com' })
      const failure = await mailer.send(email).then(
        () => expect.fail('it was sent'),
        (error: unknown) => error,
      )
      await server.close()
      expect(failure).to.be.instanceOf(final ? MailRefused : MailDeferred)
      const { reason, message, cause } = failure as MailDeferred
      expect(reason?.split(':')[0]).to.equal(word)
      const [codes] = /^\d{3}( \d\.\d+\.\d+)?(?= )/.exec(reply ?? '') ?? []
      if (codes) expect(reason).to.contain(`(${codes} at `)
      expect(`${message} ${reason}`).not.to.match(/ana@|https:/)
      expect([cause, (reason ?? '').length <= 160]).to.deep.equal([undefined, true])
    })

  for (const stage of ['greeting', 'mail', 'rcpt', 'data', 'text'] as const)
    it(`that does not come at ${stage} is tried again: timeout`, async () => {
      const server = await openScriptedMailServer({ [stage]: SILENT })
      const url = `smtp://127.0.0.1:${server.port}`
      const mailer = smtpMailer({ url, from: 'no-reply@id.example.com', deadlineSeconds: 0.15 })
      const failure = await mailer.send(email).catch((error: unknown) => error)
      await server.close()
      expect(failure).to.be.instanceOf(MailDeferred)
      expect((failure as MailDeferred).reason).to.equal('timeout: the mail server did not answer in time')
    })
})
