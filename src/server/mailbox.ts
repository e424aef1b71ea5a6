/** The development mailbox: emails are stored in a journal instead of being sent, and shown at `/mailbox`. */
import type { Clock, Mailer } from '../ports.ts'
import type { Journal } from '../store/store.ts'

export interface KeptEmail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly at: number
}

export interface DevelopmentMailbox {
  readonly mailer: Mailer
  /** Newest first. */
  list(limit: number): Promise<KeptEmail[]>
}

export function developmentMailbox(journal: Journal, clock: Clock): DevelopmentMailbox {
  return {
    mailer: {
      async send({ id, ...email }) {
        await journal.append({ id, at: clock.now(), text: JSON.stringify(email), tags: [`to:${email.to}`] })
      },
    },
    async list(limit) {
      const entries = await journal.list({ limit })
      return entries.map(({ text, at }) => {
        const { to, subject, text: body, html } = JSON.parse(text) as Omit<KeptEmail, 'at'>
        return { to, subject, text: body, html, at }
      })
    },
  }
}
