/** Data of a page that its frame needs: the heading, which is the title too, and the fault. */
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

/** The pages of one act, above the heading. */
export interface ActSteps {
  readonly names: readonly Key[]
  readonly now: number
}

export interface PageMetadata {
  readonly heading: Key
  /** Values of the placeholders in the heading. */
  readonly values?: Readonly<Record<string, Value>>
  /** What is wrong, and the id of the field to correct. */
  readonly fault?: { readonly says: Key; readonly field: string } | null
  /** What else is wrong. Default: nothing. */
  readonly moreFaults?: readonly { readonly says: Key; readonly field: string }[]
  readonly step?: Step | null
  /** The address to which the page continues by itself. */
  readonly goesTo?: string
  readonly wide?: boolean
  /** It has a form for a passkey, and its script. */
  readonly usesPasskey?: boolean
  /** Of a demonstration only, with a stylesheet of its own. */
  readonly isDemo?: boolean
  /** Which of person and application of the sign-in are shown. */
  readonly names?: 'all' | 'person'
  /** The section of the console. */
  readonly section?: 'settings' | 'users' | 'audit'
  /** Not the first page of that section. */
  readonly isPart?: boolean
  /** One card with one task. */
  readonly isNarrow?: boolean
  readonly steps?: ActSteps | null
  /** The symbol above the heading. */
  readonly mark?: 'ok' | 'wait' | 'stop'
}

/** A form whose script calls the browser with the options of a ceremony. */
export interface PasskeyForm {
  /** JSON, for a new passkey; null: for those that exist. */
  readonly creation: string | null
  /** JSON. */
  readonly request: string
  /** JSON: which passkeys of the person the browser may keep; null: it learns nothing. */
  readonly accepted: string | null
  /** Posted as `ceremony`, sealed. */
  readonly ceremony: string
  /** What was wrong with the answer. `stale`: another one was accepted meanwhile, or the page was too old. `known`: it is there already. */
  readonly error: null | 'incorrect' | 'unverified' | 'stale' | 'known' | 'too-many' | 'suspect'
}

export const fault = (says: Key | null, field: string) => (says ? { says, field } : null)

export const passkeyFault = (passkey: PasskeyForm | null) =>
  fault(passkey?.error ? sentenceOf(passkey.error) : null, 'use-passkey')

const sentenceOf = (error: NonNullable<PasskeyForm['error']>): Key =>
  error === 'suspect' ? 'authenticators.suspect' : `passkey.error.${error}`
