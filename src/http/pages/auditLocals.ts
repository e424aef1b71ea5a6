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

/** `date`, `text`: values of the message. Without `says`: a text of a person or another computer. */
export type EventReason =
  | { readonly says: Key; readonly date?: number; readonly text?: string }
  | { readonly says?: null; readonly text: string }

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

/** Kinds of events to choose from. */
export type EventGroup =
  | 'resets'
  | 'set-ups'
  | 'backup-codes'
  | 'sign-ins'
  | 'failed-sign-ins'
  | 'sessions'
  | 'accounts'
  | 'invitations'
  | 'passwords'
  | 'emails'
  | 'staff'
  | 'service'

/** Days up to today; `week`: seven days. */
export type Span = 'today' | 'yesterday' | 'week'

export interface AuditFault {
  readonly is: 'date' | 'order'
  readonly field: 'from' | 'to'
}

/** The filter, as it was given; empty: any. */
export interface AuditForm {
  /** The name of the person, or what was typed. */
  readonly who: string
  /** The id; null: anybody, or not known. */
  readonly person: string | null
  /** No user matches what was typed. */
  readonly isUnknown: boolean
  /** Several users match. */
  readonly choices: readonly { readonly href: string; readonly name: string; readonly email: string }[]
  readonly hasMoreChoices: boolean
  /** A group; or a type, or its beginning. */
  readonly event: string
  readonly groups: readonly EventGroup[]
  /** `2026-11-28` */
  readonly from: string
  readonly to: string
  /** The time zone of the days, an IANA name; empty: UTC, until the script of the page says the reader's. */
  readonly zone: string
  readonly spans: readonly { readonly span: Span; readonly isChosen: boolean; readonly href: string }[]
  readonly isFiltered: boolean
  /** Without a filter. */
  readonly clearHref: string
}

export interface AuditPages {
  audit: AuditForm & {
    readonly error: AuditFault | null
    readonly events: readonly EventFacts[]
    readonly newerHref: string | null
    readonly olderHref: string | null
    /** The number of events after which no page follows, although there are more; null: this is not that page. */
    readonly cutAt: number | null
    /** All events that match the filter, as a file; null: the filter is not complete. */
    readonly fileHref: string | null
  }
}
