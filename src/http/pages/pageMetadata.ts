/** What is decided of a page before its template runs: its heading, which is its title too, and the fault it reports. */
import type { Key, Value } from '../../i18n/messages.ts'

/** A form of ours. An `action` or `href` that begins with "/" starts at the issuer; others are used as they are. */
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
  /** The values of the placeholders in the heading. */
  readonly values?: Readonly<Record<string, Value>>
  /** What is wrong, and the id of the field to correct. */
  readonly fault?: { readonly says: Key; readonly field: string } | null
  readonly step?: Step | null
  /** Where the page leads by itself. */
  readonly goesTo?: string
  readonly wide?: boolean
  /** Whether it names the person and the application of the sign-in. */
  readonly names?: 'all' | 'person'
  /** The part of the console it belongs to. */
  readonly section?: 'settings' | 'users' | 'audit'
  /** A page within that part, not its first page. */
  readonly isPart?: boolean
  /** One card with one task. */
  readonly isNarrow?: boolean
  /** A question that must be answered first; where declining leads. */
  readonly dialog?: string
  /** A symbol above the heading: the outcome. */
  readonly mark?: 'ok' | 'wait' | 'stop'
}

export const fault = (says: Key | null, field: string) => (says ? { says, field } : null)
