/** A process that sends one email by the mail server in its argument, and has nothing else to do then. */
import { smtpMailer } from '../../src/mail/smtp.ts'

const [url = ''] = process.argv.slice(2)
const mailer = smtpMailer({ url, from: 'no-reply@example.com' })
await mailer.send({
  id: '1',
  to: 'ana@example.com',
  subject: 'Subject',
  text: 'Text',
  html: '<p>Text</p>',
  locale: 'en',
})
process.send?.('sent')
