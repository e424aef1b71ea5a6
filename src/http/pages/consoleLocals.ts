/** What each page of the console is told, and what follows from it. All times are epoch seconds. */
import type { Device } from '../../core/device.ts'
import type { RequiredProofs } from '../../core/proofs.ts'
import type { FactorState, ResetStatus } from '../../core/questions.ts'
import type { EndedClient } from '../../core/effect.ts'
import type { MailState, Profile } from '../../core/account.ts'
import type { AccountStatus, Role } from '../../ports.ts'
import type { Key } from '../../i18n/messages.ts'
import type { Form } from './pageMetadata.ts'

/** Why somebody cannot be reset by this person. */
export type NotNow = 'self' | 'authority' | 'pending' | 'never' | 'disabled' | 'password-too-new' | 'too-many'

interface AuditFacts {
  readonly id: string
  readonly at: number
  readonly type: string
  /** The type in words; null: it is a host's own. */
  readonly says: Key | null
  /** All of it, as the API shows it. */
  readonly whole: string
  /** By name where there is one; null: the command line, or nobody signed in. */
  readonly actor: string | null
  readonly target: string | null
  readonly targetId: string | null
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly reason: string | null
  readonly address: string | null
}

export interface ConsolePages {
  /** The front of the console. */
  settings: object
  users: {
    readonly search: string
    readonly status: string
    readonly twoFactor: string
    readonly isFirst: boolean
    readonly nextHref: string | null
    /** null: accounts are made elsewhere. */
    readonly inviteHref: string | null
    readonly users: readonly {
      readonly href: string
      readonly name: string
      readonly email: string
      readonly roles: readonly Role[]
      readonly status: AccountStatus
      readonly factor: FactorState
    }[]
  }
  /** Posts `email`, `name`. */
  invite: Form & {
    readonly email: string
    readonly person: string
    /** To choose from, of the letter and of what follows; none: there is but one. */
    readonly languages: readonly { readonly value: string; readonly text: string; readonly is: boolean }[]
    readonly error: null | 'email' | 'name' | 'taken' | 'too-many-mails'
    readonly cancelHref: string
  }
  user: {
    readonly id: string
    readonly person: string
    readonly email: string
    readonly status: AccountStatus
    readonly roles: readonly Role[]
    readonly groups: readonly string[]
    /** By its own name; null: the one of the service. */
    readonly language: string | null
    readonly createdAt: number
    readonly factor: {
      readonly state: FactorState
      readonly since: number | null
      readonly lastUsedAt: number | null
      readonly codesLeft: number
      /** What setting up again takes; null: there is nothing to set up again. */
      readonly wayBack: Profile | null
    }
    readonly resetHref: string
    /** null: not for this person, or accounts are kept elsewhere. */
    readonly editHref: string | null
    /** Posts `status`, the other one; null: not for this person, or not of a pending account. */
    readonly setStatus: Form | null
    /** `at`: from when it is possible; null: waiting does not help, or nobody knows. */
    readonly notNow: { readonly why: NotNow; readonly at: number | null } | null
    readonly reset: {
      readonly status: ResetStatus
      /** Neither door opens until there is a new reset. */
      readonly frozen: boolean
      readonly at: number
      /** By name; null: the command line. */
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
        /** `own`: one of our own places, which looks at every visit whether its session lives. */
        readonly clients: readonly {
          readonly name: string
          readonly logout: EndedClient['backchannelLogout'] | 'own'
        }[]
      }
      /** null: there is nothing left to do with it, or not for this person. */
      readonly resend: Form | null
      readonly revoke: Form | null
    } | null
    readonly sessions: readonly {
      readonly signedInAt: number
      readonly device: Device
      readonly applications: readonly string[]
    }[]
    /** How many there are besides those shown. */
    readonly moreSessions: number
    readonly endSessions: Form | null
    /** The invitation once more, for somebody who has not completed their account. */
    readonly invite: Form | null
    readonly events: readonly AuditFacts[]
    readonly eventsHref: string
    /** What was just done here. */
    readonly said:
      'invited' | 'reset' | 'mail' | 'revoked' | 'frozen' | 'sessions' | 'changed' | 'disabled' | 'active' | null
  }
  /** Posts `name`, `email`, `roles`, and of each what it was. */
  edit: Form & {
    readonly person: string
    readonly given: { readonly name: string; readonly email: string; readonly roles: readonly Role[] }
    readonly was: { readonly name: string; readonly email: string; readonly roles: readonly Role[] }
    /** May change email and roles. */
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
    /** Why setting up again takes the password and the mailed link; empty: one of them. */
    readonly bothBecause: RequiredProofs['because']
    /** When a mailed link led to another password; null: not lately. */
    readonly passwordByEmailAt: number | null
    readonly seen: string
    readonly reason: string
    readonly isReasonRequired: boolean
    readonly error: null | 'no-reason' | 'long-reason'
    readonly cancelHref: string
  }
  /** Posts `code`, `act`. */
  'step-up': Form & {
    readonly what: 'reset' | 'change' | 'disable' | 'enable'
    /** What will be another; null in each: it stays. */
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
  /** Something of the console was refused, for a reason of its own. */
  'not-done': {
    readonly what: 'reset' | 'change'
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
    /** All that the filter finds, as a file. */
    readonly fileHref: string
  }
}
