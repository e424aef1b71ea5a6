/** Locals of the own account. All times are epoch seconds. */
import type { Device } from '../../core/device.ts'
import type { FactorState } from '../../core/questions.ts'
import type { Key } from '../../i18n/messages.ts'
import type { Form } from './pageMetadata.ts'

/** What followed from an act, for example that its email was sent. */
export interface ActivityStep {
  readonly at: number
  readonly says: Key
  /** Shortened. Only of the owner's own acts, and of acts without a session. */
  readonly network: string | null
  /** As `network`. */
  readonly device: Device | null
}

/** An audit event, for the owner of the account. */
export interface Activity extends ActivityStep {
  readonly id: string
  readonly by: 'self' | 'administrator' | 'service'
  readonly isRefused: boolean
  /** Oldest first. */
  readonly steps: readonly ActivityStep[]
}

/** One of a person's own authenticators. */
export interface OwnAuthenticator {
  readonly id: string
  readonly kind: 'totp' | 'passkey'
  /** null: the app has none. */
  readonly name: string | null
  readonly addedAt: number
  readonly lastUsedAt: number | null
  readonly isSynced: boolean
  readonly isSuspect: boolean
  /** The domain at which it works, if that is another one. */
  readonly elsewhere: string | null
}

export interface AccountPages {
  /** `manage`, `replace`, `renew`: into an interaction. `codesLeft`: backup codes. */
  account: {
    readonly factor: {
      readonly state: FactorState
      readonly since: number | null
      readonly lastUsedAt: number | null
      readonly codesLeft: number
    }
    readonly authenticators: readonly OwnAuthenticator[]
    readonly manage: Form
    readonly replace: Form
    readonly renew: Form
    /** null: passwords are kept elsewhere. */
    readonly changePassword: Form | null
    readonly sessions: readonly {
      readonly id: string
      readonly signedInAt: number
      readonly device: Device
      readonly applications: readonly string[]
      readonly isThis: boolean
      readonly end: Form | null
    }[]
    /** The number of sessions that are not listed. */
    readonly moreSessions: number
    /** No other session is listed. Sign-ins in progress may still be ended. */
    readonly isOnlySession: boolean
    readonly endOthers: Form
    /** Applications with access to the account. */
    readonly applications: readonly {
      readonly name: string
      readonly since: number
      readonly scopes: readonly string[]
      readonly end: Form
    }[]
    /** Newest first. */
    readonly activity: readonly Activity[]
    /** This page with older entries too; null: there are none. */
    readonly olderHref: string | null
    /** The act that led to this page. */
    readonly said: 'one' | 'others' | 'access' | null
  }
}
