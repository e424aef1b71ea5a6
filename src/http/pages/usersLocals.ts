/** Locals of the list of users, and of the forms that create and change one. */
import type { BackupCodes, FactorState } from '../../core/questions.ts'
import type { Key } from '../../i18n/messages.ts'
import type { AccountStatus, Role } from '../../ports.ts'
import type { Form } from './pageMetadata.ts'

export interface UsersPages {
  users: {
    /** The filters, as they were given; empty: any. */
    readonly search: string
    readonly status: string
    readonly two_factor: string
    readonly group: string
    readonly role: string
    readonly backup_codes: string
    /** The act that led to this page. */
    readonly said: 'deleted' | null
    /** null: this is the first page. */
    readonly previousHref: string | null
    readonly nextHref: string | null
    /** Users that match; `isMore`: at least so many. null: not known. */
    readonly total: { readonly count: number; readonly isMore: boolean } | null
    readonly now: number
    /** The filtered list as CSV. */
    readonly fileHref: string
    /** null: the directory creates no accounts. */
    readonly inviteHref: string | null
    readonly users: readonly {
      readonly href: string
      readonly name: string
      readonly email: string
      readonly roles: readonly Role[]
      readonly status: AccountStatus
      readonly factor: FactorState
      /** The emailed link that this person has to use; null: none. */
      readonly link: {
        readonly is: 'sent' | 'queued' | 'failed' | 'opened' | 'expired' | 'cancelled' | 'blocked' | 'invitation'
        readonly until: number | null
      } | null
      /** null: no second factor, so no codes. */
      readonly codes: {
        readonly left: number
        readonly state: BackupCodes
      } | null
      readonly lastUsedAt: number | null
    }[]
  }
  /** Posts `email`, `name`, `locale`, `groups`, `roles`, `code`; `another` to come back to this page. */
  invite: Form & {
    readonly given: PersonFields
    /** Whether roles can be given, with the own code. */
    readonly isAdmin: boolean
    /** Groups of which the person has to be in one; null: any or none. */
    readonly ownGroups: readonly string[] | null
    /** Languages to choose from; empty: there is only one. */
    readonly languages: readonly LanguageOption[]
    readonly faults: readonly FieldFault[]
    /** How long the emailed link works. */
    readonly linkSeconds: number
    readonly severalHref: string
    /** Who was invited a moment ago. */
    readonly said: { readonly href: string; readonly name: string; readonly email: string } | null
    readonly cancelHref: string
  }
  /** Posts `lines`; from the preview `send` and `code`, or `change` to come back to the lines. */
  'invite-several': Form & {
    readonly lines: string
    readonly isAdmin: boolean
    /** As `invite`. */
    readonly ownGroups: readonly string[] | null
    /** The languages of the service, as lines name them. */
    readonly languages: readonly string[]
    readonly faults: readonly FieldFault[]
    readonly lineFaults: readonly LineFault[]
    /** What would be sent, before it is; null: there is none. */
    readonly preview: readonly LinePreview[] | null
    /** What became of each line; null: nothing was sent. */
    readonly report: readonly LineReport[] | null
    readonly cancelHref: string
  }
  /** Posts `name`, `email`, `locale`, `groups`, `roles`, and the former value of each. */
  edit: Form & {
    readonly person: string
    readonly given: PersonFields
    readonly was: PersonFields
    /** Whether email and roles can be changed. */
    readonly isAdmin: boolean
    /** As `invite`. */
    readonly languages: readonly LanguageOption[]
    readonly faults: readonly FieldFault[]
    readonly cancelHref: string
  }
}

export interface PersonFields {
  readonly name: string
  readonly email: string
  /** '': the default of the service. */
  readonly locale: string
  readonly roles: readonly Role[]
  readonly groups: readonly string[]
}

export interface LanguageOption {
  readonly value: string
  readonly text: string
  readonly is: boolean
}

/** What is wrong with a field. */
export interface FieldFault {
  readonly says: Key
  /** The id of the field. */
  readonly field: string
}

/** Why a line cannot be sent. */
export interface LineFault {
  readonly line: number
  readonly text: string
  readonly says: Key
}

export interface LinePreview {
  readonly line: number
  readonly name: string
  readonly email: string
  /** Its name. */
  readonly language: string
  readonly roles: readonly Role[]
  readonly groups: readonly string[]
  readonly is: 'ready' | 'exists' | 'outside'
}

export interface LineReport {
  readonly line: number
  readonly name: string
  readonly email: string
  /** `later`: the limit of emails is reached until `until`. */
  readonly is: 'invited' | 'exists' | 'outside' | 'later' | 'failed'
  readonly href: string | null
  readonly until: number | null
}
