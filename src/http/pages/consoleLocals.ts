/** Locals of the console. All times are epoch seconds. */
import type { Device } from '../../core/device.ts'
import type { RequiredProofs } from '../../core/proofs.ts'
import type { BackupCodes, FactorState, ResetStatus } from '../../core/questions.ts'
import type { EndedClient } from '../../core/effect.ts'
import type { MailState, Profile } from '../../core/account.ts'
import type { AccountStatus, Role } from '../../ports.ts'
import type { Key } from '../../i18n/messages.ts'
import type { Form } from './pageMetadata.ts'

/** Why this person cannot reset that user now. */
export type NotNow = 'self' | 'authority' | 'pending' | 'never' | 'disabled' | 'password-too-new' | 'too-many'

interface AuditFacts {
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

export interface ConsolePages {
  settings: object
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
    readonly firstHref: string | null
    readonly nextHref: string | null
    /** null: the directory creates no accounts. */
    readonly inviteHref: string | null
    readonly users: readonly {
      readonly href: string
      readonly name: string
      readonly email: string
      readonly roles: readonly Role[]
      readonly status: AccountStatus
      readonly factor: FactorState
      /** null: never had any. */
      readonly codes: BackupCodes | null
    }[]
  }
  /** Posts `email`, `name`. */
  invite: Form & {
    readonly email: string
    readonly person: string
    /** Languages to choose from; empty: there is only one. */
    readonly languages: readonly { readonly value: string; readonly text: string; readonly is: boolean }[]
    readonly error: null | 'email' | 'name' | 'taken' | 'too-many-mails'
    readonly cancelHref: string
  }
  user: {
    readonly id: string
    readonly person: string
    readonly email: string
    readonly status: AccountStatus
    /** `href`: the list of everybody with it. */
    readonly roles: readonly { readonly role: Role; readonly href: string }[]
    readonly groups: readonly { readonly group: string; readonly href: string }[]
    /** In its own name; null: the default of the service. */
    readonly language: string | null
    /** 0: not known. */
    readonly createdAt: number
    readonly factor: {
      readonly state: FactorState
      readonly since: number | null
      readonly lastUsedAt: number | null
      readonly codesLeft: number
      /** The profile of the next set-up; null: no set-up is required. */
      readonly wayBack: Profile | null
    }
    readonly resetHref: string
    /** null: not permitted, or the directory changes no accounts. */
    readonly editHref: string | null
    /** Posts the other `status`; null: not permitted, or the account is pending. */
    readonly setStatus: Form | null
    /** null: not permitted, or the directory deletes no accounts. */
    readonly deleteHref: string | null
    /** What is kept about the person, as a file. */
    readonly exportHref: string
    /** `at`: from when it is possible; null: waiting does not help, or the time is not known. */
    readonly notNow: { readonly why: NotNow; readonly at: number | null } | null
    readonly reset: {
      readonly status: ResetStatus
      /** Neither link nor sign-in leads to the set-up until a new reset. */
      readonly frozen: boolean
      readonly at: number
      /** The name; null: the command line. */
      readonly by: string | null
      readonly reason: string | null
      readonly expiresAt: number
      readonly openedAt: number | null
      readonly completed: { readonly at: number; readonly via: 'link' | 'sign-in' } | null
      readonly mail: MailState
      readonly ended: {
        readonly sessions: number
        readonly grants: number
        readonly backupCodes: number
        /** `own`: a first-party app, which checks its session at every request. */
        readonly clients: readonly {
          readonly name: string
          readonly logout: EndedClient['backchannelLogout'] | 'own'
          /** Of the last attempt; null: none failed. */
          readonly lastError: string | null
        }[]
      }
      /** null: the reset is finished, or not permitted. */
      readonly resend: Form | null
      readonly revoke: Form | null
    } | null
    readonly sessions: readonly {
      readonly signedInAt: number
      readonly device: Device
      readonly applications: readonly string[]
    }[]
    /** The number of sessions that are not listed. */
    readonly moreSessions: number
    readonly endSessions: Form | null
    /** The invitation once more, for a pending account. */
    readonly invite: Form | null
    readonly events: readonly AuditFacts[]
    readonly eventsHref: string
    /** The act that led to this page. */
    readonly said:
      'invited' | 'reset' | 'mail' | 'revoked' | 'frozen' | 'sessions' | 'changed' | 'disabled' | 'active' | null
  }
  /** Posts `name`, `email`, `roles`, and the former value of each. */
  edit: Form & {
    readonly person: string
    readonly given: { readonly name: string; readonly email: string; readonly roles: readonly Role[] }
    readonly was: { readonly name: string; readonly email: string; readonly roles: readonly Role[] }
    /** Whether email and roles can be changed. */
    readonly isAdmin: boolean
    readonly error: null | 'email' | 'name' | 'taken' | 'too-many-mails'
    readonly cancelHref: string
  }
  /** Posts `reason`, `seen`. */
  'confirm-reset': Form & {
    readonly person: string
    readonly email: string
    readonly ends: {
      readonly sessions: number
      readonly grants: number
      readonly backupCodes: number
      readonly applications: readonly string[]
    }
    readonly linkSeconds: number
    /** Why the set-up requires both the password and the mailed link; empty: one of them is enough. */
    readonly bothBecause: RequiredProofs['because']
    /** When the password was changed by a mailed link; null: not recently. */
    readonly passwordByEmailAt: number | null
    readonly seen: string
    readonly reason: string
    readonly isReasonRequired: boolean
    readonly error: null | 'no-reason' | 'long-reason'
    readonly cancelHref: string
  }
  'confirm-delete': Form & {
    readonly person: string
    readonly email: string
    readonly ends: { readonly sessions: number; readonly grants: number; readonly applications: readonly string[] }
    readonly exportHref: string
    readonly cancelHref: string
  }
  /** Posts `code`, `act`. */
  'step-up': Form & {
    readonly what: 'delete' | 'reset' | 'change' | 'disable' | 'enable'
    /** The new values; null: no change. */
    readonly change: {
      readonly name: string | null
      readonly email: string | null
      readonly roles: readonly Role[] | null
    } | null
    readonly person: string
    readonly email: string
    readonly self: string
    readonly act: string
    readonly error: null | 'empty' | 'malformed' | 'incorrect'
    readonly ourTime: null
    readonly cancelHref: string
  }
  /** A refused act, with the reason. */
  'not-done': {
    readonly what: 'reset' | 'change' | 'delete'
    readonly says: Key
    readonly person: string
    readonly email: string
    readonly at: number | null
    readonly by: string | null
    readonly backHref: string
  }
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
