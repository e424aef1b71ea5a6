/** A mailer that keeps what it is given. */
import type { Email, Mailer } from '../ports.ts'

export interface TestMailbox extends Mailer {
  /** Oldest first. */
  readonly emails: readonly Email[]
  /** The link in the newest email to this address that has one; null: there is none. */
  linkTo(address: string): string | null
}

export function testMailbox(): TestMailbox {
  const emails: Email[] = []
  const linkIn = ({ text }: Email): string | null => /^https?:\/\/\S+$/m.exec(text)?.[0] ?? null
  return {
    emails,
    async send(email) {
      // The same email may be sent again after a crash.
      if (!emails.some(({ id }) => id === email.id)) emails.push(email)
    },
    linkTo: (address) =>
      emails
        .filter(({ to }) => to === address)
        .map(linkIn)
        .findLast((link) => link !== null) ?? null,
  }
}
