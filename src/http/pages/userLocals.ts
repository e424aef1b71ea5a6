/** Locals of the page of one user. All times are epoch seconds. */
import type { MailState, Profile } from '../../core/account.ts'
import type { Device } from '../../core/device.ts'
import type { EndedClient } from '../../core/effect.ts'
import type { FactorState, ResetStatus } from '../../core/questions.ts'
import type { AccountStatus, Role } from '../../ports.ts'
import type { EventFacts } from './auditLocals.ts'
import type { Form } from './pageMetadata.ts'

/** Why this person cannot reset that user now. */
export type NotNow = 'self' | 'authority' | 'pending' | 'never' | 'disabled' | 'password-too-new' | 'too-many'

export interface UserPages {
  user: {
    /** The list of users that led here. */
    readonly listHref: string
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
    readonly events: readonly EventFacts[]
    readonly eventsHref: string
    /** The time of the answer, for what is said as a duration. */
    readonly now: number
    /** The act that led to this page. */
    readonly said:
      'invited' | 'reset' | 'mail' | 'revoked' | 'frozen' | 'sessions' | 'changed' | 'disabled' | 'active' | null
  }
}
