/** Locals of the audit log, and of events on other pages. All times are epoch seconds. */
import type { Device } from '../../core/device.ts'
import type { Key } from '../../i18n/messages.ts'

export interface EventSentence {
  /** The message; null: a host's own type, which has none. */
  readonly says: Key | null
  /** The name, else the id; null: the command line, or the service itself. */
  readonly actor: string | null
  readonly target: string | null
  /** `own`: the page is about the target, whose name is left out. */
  readonly whose: 'own' | 'none' | 'other'
  readonly by: 'self' | 'other'
}

/** `date`: a value of the message. `text`: of a person or another computer. */
export type EventReason = { readonly says: Key; readonly date?: number } | { readonly text: string }

export interface EventFacts extends EventSentence {
  readonly id: string
  readonly at: number
  readonly type: string
  /** Their pages; null: there is none. */
  readonly actorHref: string | null
  readonly targetHref: string | null
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly reasons: readonly EventReason[]
  /** The name of the application. */
  readonly application: string | null
  /** A shortened network address. */
  readonly address: string | null
  readonly device: Device | null
  /** The whole event, as in the API. */
  readonly whole: string
}

export interface AuditPages {
  audit: {
    readonly user: string
    readonly actor: string
    readonly type: string
    readonly isFirst: boolean
    readonly events: readonly EventFacts[]
    readonly nextHref: string | null
    /** All events that match the filter, as a file. */
    readonly fileHref: string
  }
}
