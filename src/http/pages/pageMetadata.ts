/** What is decided of a page before its template is asked: its heading, which is its title too, and the fault it reports. */
import type { Key, Value } from '../../i18n/messages.ts'

/** A form of ours. An `action` or `href` that begins with "/" is counted from the issuer; others stand as they are. */
export interface Form {
  readonly action: string
  /** Posted as `form_token`. */
  readonly formToken: string
}

export interface Step {
  readonly now: number
  readonly of: number
}

export interface PageMetadata {
  readonly heading: Key
  /** What stands in the gaps of the heading. */
  readonly values?: Readonly<Record<string, Value>>
  /** What is wrong, and the id of the field that mends it. */
  readonly fault?: { readonly says: Key; readonly field: string } | null
  readonly step?: Step | null
  /** Where the page goes by itself. */
  readonly goesTo?: string
  readonly wide?: boolean
  /** Whether it names who is signing in, and to where. */
  readonly names?: 'all' | 'person'
  /** The part of the console it belongs to. */
  readonly section?: 'settings' | 'users' | 'audit'
  /** A page within that part, not its front. */
  readonly isPart?: boolean
  /** One card, for one thing to do. */
  readonly isNarrow?: boolean
  /** A question to be answered before anything else; where saying no leads. */
  readonly dialog?: string
  /** A sign above the heading: how it ended. */
  readonly mark?: 'ok' | 'wait' | 'stop'
}

export const fault = (says: Key | null, field: string) => (says ? { says, field } : null)
