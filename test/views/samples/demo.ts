/** The start page and the mailbox of a demonstration. */
import { at, EMAIL, type Samples, type Text } from './shared.ts'

export function demoSamples(text: Text): Pick<Samples, 'mailbox' | 'start'> {
  const subject = text('Two-factor authentication was reset on your Acme ID account')
  const email = { to: text(EMAIL), subject, at, href: '/mailbox?email=1.2', isShown: true }
  const other = { ...email, to: text('a.very.long.name.of.a.person@a-long-name-of-a-company.example'), isShown: false }
  const list = { startHref: '/', mailboxHref: '/mailbox', refreshHref: '/mailbox', to: null }
  const shown = {
    to: email.to,
    subject,
    at,
    text: text(
      'Hello Ana,\n\nTo get back in, set up an authenticator:\n\nhttps://id.example.com/two-factor/reset/0123456789012345678901_0123456789012345678901234567890123456789012\n\nThe link is valid until 3 May 2026.',
    ),
    htmlHref: '/mailbox?email=1.2',
    textHref: '/mailbox?email=1.2&as=text',
    frameHref: null,
  }
  const some = { ...list, recipients: [email.to, other.to], emails: [email, other], shown }
  return {
    mailbox: {
      some,
      html: { ...some, to: email.to, shown: { ...shown, frameHref: '/email.html' } },
      empty: { ...list, recipients: [], emails: [], shown: null },
    },
    start: {
      all: {
        hrefs: { sample: 'http://localhost:3001/', mailbox: '/mailbox', console: '/admin', account: '/account' },
        user: { name: text('Ana Silva'), email: text('user01@example.com') },
        admin: { name: text('Ada Admin'), email: text('admin@example.com') },
        password: text('correct-horse-battery'),
        people: [
          { name: text('Ada Admin'), email: text('admin@example.com'), is: 'admin', factor: 'active' },
          { name: 'Henry Helpdesk', email: 'helpdesk@example.com', is: 'helpdesk', factor: 'none' },
          { name: 'Ana Silva', email: 'user01@example.com', is: 'user', factor: 'reset' },
          { name: 'Ben Okafor', email: 'user02@example.com', is: 'user', factor: 'locked' },
          { name: 'Petra Pending', email: 'pending@example.com', is: 'pending', factor: 'unavailable' },
          { name: 'David Disabled', email: 'disabled@example.com', is: 'disabled', factor: 'none' },
        ],
        store: text('SQLite (data/)'),
      },
    },
  }
}
