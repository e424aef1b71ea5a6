/** What the pages of a demonstration get. */
import type { FactorState } from '../../core/questions.ts'

interface DemoPerson {
  readonly name: string
  readonly email: string
}

export interface DemoPages {
  mailbox: {
    readonly startHref: string
    readonly mailboxHref: string
    /** The same list again. */
    readonly refreshHref: string
    /** Addresses to choose from, and the chosen one; null: all. */
    readonly recipients: readonly string[]
    readonly to: string | null
    readonly emails: readonly {
      readonly href: string
      readonly subject: string
      readonly to: string
      readonly at: number
      readonly isShown: boolean
    }[]
    /** null: there is no email. */
    readonly shown: {
      readonly subject: string
      readonly to: string
      readonly at: number
      readonly text: string
      readonly htmlHref: string
      readonly textHref: string
      /** The document of the email; null: its text is shown. */
      readonly frameHref: string | null
    } | null
  }
  start: {
    readonly hrefs: Readonly<Record<'sample' | 'mailbox' | 'console' | 'account', string>>
    /** Who is reset by whom. */
    readonly user: DemoPerson
    readonly admin: DemoPerson
    readonly password: string
    readonly people: readonly (DemoPerson & {
      readonly is: 'admin' | 'helpdesk' | 'user' | 'pending' | 'disabled'
      readonly factor: FactorState
    })[]
    /** For example `Redis at …`. */
    readonly store: string
  }
}
