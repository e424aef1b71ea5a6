/** Locals of the page of one user. All times are epoch seconds. */
import type { MailState } from '../../core/account.ts'
import type { Device } from '../../core/device.ts'
import type { EndedClient } from '../../core/effect.ts'
import type { InvitationView } from '../../core/invitationView.ts'
import type { FactorState, ResetStatus } from '../../core/questions.ts'
import type { SignInClosed } from '../../core/signInState.ts'
import type { WayBack } from '../../core/wayBack.ts'
import type { AccountStatus, Role } from '../../ports.ts'
import type { EventFacts } from './auditLocals.ts'
import type { OwnAuthenticator } from './accountLocals.ts'
import type { Form } from './pageMetadata.ts'

/** What a reset waits for, or how it ended: its status, and what became of its email while the link was not opened. */
export type ResetStage = ResetStatus | 'frozen' | 'queued' | 'failed'

/** Why this person cannot reset that user now. */
export type NotNow = 'self' | 'authority' | 'pending' | 'never' | 'disabled' | 'password-too-new' | 'too-many'

/** Why a sign-in fails: nothing entered would help (`closed`), or the newest attempt was refused. null: neither. */
export type SignInTrouble =
  | { readonly is: 'closed'; readonly why: SignInClosed['is']; readonly until: number | null }
  | {
      readonly is: 'refused'
      readonly why: 'password' | 'too-many' | 'code' | 'too-many-codes' | 'console' | 'other'
      readonly at: number
    }
  | null

/** The steps of a reset, which the script of the page keeps up to date. */
export interface ResetStrip {
  readonly id: string
  readonly status: ResetStatus
  readonly stage: ResetStage
  /** The account waits for the set-up that this reset requires. */
  readonly isWaiting: boolean
  readonly at: number
  /** The name; null: the command line. */
  readonly by: string | null
  readonly expiresAt: number
  readonly openedAt: number | null
  readonly completed: { readonly at: number; readonly via: 'link' | 'sign-in' } | null
  /** `nextAt`: of the next attempt, while it is queued; null: none is planned. */
  readonly mail: MailState & { readonly nextAt: number | null }
  /** Another one when this would be shown differently. */
  readonly version: string
  /** Address of this part alone; null: the reset is finished. */
  readonly liveHref: string | null
  readonly now: number
}

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
      /** Empty: none, or an app alone. */
      readonly authenticators: readonly OwnAuthenticator[]
      /** What the person needs to set up again; null: no set-up is due. */
      readonly wayBack: WayBack | null
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
    /** **Your security**, for a person who looks at their own page; null: another person's, or that app is off. */
    readonly ownHref: string | null
    /** The time of the answer, for what is said as a duration. */
    readonly now: number
    readonly reset:
      | (ResetStrip & {
          /** Neither link nor sign-in leads to the set-up until a new reset. */
          readonly frozen: boolean
          readonly reason: string | null
          /** This page. */
          readonly pageHref: string
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
        })
      | null
    /** Before `reset`, newest first. */
    readonly earlierResets: readonly {
      readonly at: number
      readonly by: string | null
      readonly status: ResetStatus
      readonly via: 'link' | 'sign-in' | null
    }[]
    readonly sessions: readonly {
      readonly signedInAt: number
      readonly device: Device
      readonly applications: readonly string[]
      /** null: not permitted. */
      readonly end: Form | null
    }[]
    /** The number of sessions that are not listed. */
    readonly moreSessions: number
    readonly endSessions: Form | null
    /** The newest one of a pending account; null: none, or the account is not pending. */
    readonly invitation: InvitationView | null
    /** The invitation once more, for a pending account. */
    readonly invite: Form | null
    readonly signIn: SignInTrouble
    /** Posts `note`; null: not permitted. */
    readonly note: (Form & { readonly text: string; readonly error: null | 'empty' | 'long' | 'too-many' }) | null
    readonly events: readonly EventFacts[]
    readonly eventsHref: string
    /** The act that led to this page. */
    readonly said:
      | 'invited'
      | 'reset'
      | 'mail'
      | 'revoked'
      | 'frozen'
      | 'session'
      | 'sessions'
      | 'changed'
      | 'disabled'
      | 'active'
      | 'noted'
      | null
  }
}
