/** Locals of the audit log. All times are epoch seconds. */
import type { Key } from '../../i18n/messages.ts'

export interface AuditFacts {
  readonly id: string
  readonly at: number
  readonly type: string
  /** The message of the type; null: a host's own type. */
  readonly says: Key | null
  /** The whole event, as in the API. */
  readonly whole: string
  /** The name, else the id; null: the command line, or a person who is not signed in. */
  readonly actor: string | null
  readonly target: string | null
  readonly targetId: string | null
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly reason: string | null
  readonly address: string | null
}

export interface AuditPages {
  audit: {
    readonly user: string
    readonly actor: string
    readonly type: string
    readonly isFirst: boolean
    readonly events: readonly AuditFacts[]
    readonly nextHref: string | null
    /** All events that match the filter, as a file. */
    readonly fileHref: string
  }
}
