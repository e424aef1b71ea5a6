/** The development mailbox: emails are stored in a journal instead of being sent, and shown at `/mailbox`. */
import type { Clock, Mailer } from '../ports.ts'
import type { Journal } from '../store/store.ts'

export interface KeptEmail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly at: number
  /** Of its entry in the journal. */
  readonly id: string
}

export interface DevelopmentMailbox {
  readonly mailer: Mailer
  /** Newest first. @param recipient of these emails; absent: any */
  list(limit: number, recipient?: string): Promise<KeptEmail[]>
}

export function developmentMailbox(journal: Journal, clock: Clock): DevelopmentMailbox {
  return {
    mailer: {
      async send({ id, ...email }) {
        await journal.append({ id, at: clock.now(), text: JSON.stringify(email), tags: [`to:${email.to}`] })
      },
    },
    async list(limit, recipient) {
      const entries = await journal.list({ limit, ...(recipient !== undefined && { tags: [`to:${recipient}`] }) })
      return entries.map(({ id, text, at }) => {
        const { to, subject, text: body, html } = JSON.parse(text) as Omit<KeptEmail, 'at' | 'id'>
        return { to, subject, text: body, html, at, id }
      })
    },
  }
}
