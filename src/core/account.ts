/**
 * The stored shape: one versioned document per account. Derivable values (expired, locked, the state of a link) have no field.
 * No secret is stored in the clear: authenticators and backup codes are sealed, links are digests.
 */
import type { Authenticators } from './authenticators.ts'
import type { OutboxEntry, EndedClient } from './effect.ts'
import type { Flow, Link } from './link.ts'

/** Of this document. `storedAccount.ts` has the format of its text. */
export const FORMAT = 1

export interface Account {
  readonly format: typeof FORMAT
  readonly id: string
  /**
   * Sign-in generation: epoch seconds of the last change that ended everything proven before it. A proof of another epoch is void.
   * Compared with `===`, never reused. 0: nothing was ended yet, so what a host issued before the mount, without a stamp, counts.
   */
  readonly epoch: number
  /**
   * Wall time of the last rise of the epoch, which may run ahead of the clock. 0: it never rose.
   * Absent in a record written before this field existed: the epoch is used instead.
   */
  readonly endedAt?: number
  /**
   * When sessions were last ended without a rise of the epoch. A sign-in without a session whose password was accepted in or before that
   * second is over. It applies to its own epoch only.
   */
  readonly signInsEnded?: { readonly epoch: number; readonly at: number }
  readonly factor: Factor
  /** The id of this person for authenticators, random: it is the same after a reset. Absent: no passkey was ever set up. */
  readonly userHandle?: string
  /** Assertions of passkeys accepted so far: a challenge contains it and is used once. Absent: 0. */
  readonly passkeyNumber?: number
  readonly attempts: Attempts
  /** Newest first. */
  readonly resets: readonly Reset[]
  /** Newest first. The state of each mailed link is kept, so that the page of an ended link can name the reason. */
  readonly links: readonly Link[]
  /** The newest change of the password that this record has seen. */
  readonly password?: PasswordChange
  /** The newest restore of the store from a backup that was applied to this record. Absent: none was. */
  readonly restored?: string
  /** Acts of this person on others, newest first: a retry is recognised, not repeated. */
  readonly acts: readonly Act[]
  readonly outbox: readonly OutboxEntry[]
  /** Numbers the entries of the outbox. Together with the epoch it makes an id that is never used twice. */
  readonly outboxCount: number
}

export type Factor =
  /** Never enrolled. */
  | { readonly is: 'none' }
  | Active
  /** The old factor is void; a new one must be set up. */
  | {
      readonly is: 'reset'
      readonly resetId: string
      readonly at: number
      /** Until then, a sign-in with the password leads to the set-up. */
      readonly signInUntil: number
      /** No set-up is possible until a new reset. */
      readonly frozen: boolean
      /** By the person's roles when the reset started. Absent in an older record: treated as strict. */
      readonly profile?: Profile
      /** The record had a run of wrong codes when the reset started. */
      readonly afterWrongCodes?: true
    }
  /**
   * The directory knows of a factor, the record does not. Never stored; a reset or an import ends this state. `missing`: nothing
   * unreadable is stored, so the factor may never have been imported.
   */
  | { readonly is: 'lost'; readonly missing?: true }
  /** The account is deleted and its id is never used again. Final. */
  | { readonly is: 'deleted'; readonly at: number }

export interface Active {
  readonly is: 'active'
  readonly authenticators: Authenticators
  readonly backupCodes: BackupCodes
  readonly enrolledAt: number
  /** The epoch that its set-up raised. While it is the record's, nothing has ended what was proven there. */
  readonly epoch: number
  readonly lastUsedAt: number | null
  /** Time of the newest sign-in whose proof was used for an act; an older proof is refused. Absent: none was used. */
  readonly usedProofAt?: number
  /** Digest of the browser and flow that confirmed: a repeated submission from there gets the same result. */
  readonly binding: string | null
}

export interface BackupCodes {
  readonly sealed: string
  /** The id that the seal is bound to. Absent: the id of the first authenticator. */
  readonly of?: string
  readonly issuedAt: number
  /** Indexes of used codes, in the order of use. */
  readonly used: readonly number[]
  readonly lastForm: string | null
  /** When the person confirmed that they saved them; null: the next sign-in shows a fresh set. */
  readonly savedAt: number | null
  /** Digest of the browser that was shown this set, as `Active.binding`; null: none. */
  readonly binding: string | null
}

export interface Attempts {
  /** Wrong codes in a row, of the authenticator and of the backup codes together. */
  readonly failures: number
  readonly pausedUntil: number | null
  /** The part of them from browsers known for the account, with a separate pause. Absent: all of them. */
  readonly known?: { readonly failures: number; readonly pausedUntil: number | null }
  /** In this run, a notice about a wrong code in an unknown browser was sent. */
  readonly warned?: true
}

export interface Reset {
  readonly id: string
  /** Account id of the administrator; null: command line. */
  readonly requestedBy: string | null
  readonly requestedAt: number
  readonly reason: string | null
  /** Of the current link. */
  readonly expiresAt: number
  readonly state: ResetState
  readonly ended: Ended
  readonly mail: MailState
}

export type ResetState =
  | { readonly is: 'sent' }
  | { readonly is: 'opened'; readonly openedAt: number }
  | { readonly is: 'completed'; readonly openedAt: number | null; readonly at: number; readonly via: Flow }
  | { readonly is: 'superseded'; readonly openedAt: number | null; readonly at: number }
  | { readonly is: 'revoked'; readonly openedAt: number | null; readonly at: number }

/** The proofs that a set-up after a reset requires: `standard`, the password or the mailed link; `strict`, both. */
export type Profile = 'standard' | 'strict'

/** What a reset ended, counted in its swap. */
export interface Ended {
  /** Counting ends at 1,000. */
  readonly sessions: number
  /** Counting ends at 1,000. */
  readonly grants: number
  readonly backupCodes: number
  /** Absent: an app alone, or none. */
  readonly authenticators?: number
  readonly clients: readonly EndedClient[]
}

export interface MailState {
  readonly status: 'queued' | 'accepted' | 'failed' | 'withdrawn'
  readonly attempts: number
  readonly acceptedAt: number | null
  readonly lastError: string | null
}

export interface PasswordChange {
  readonly at: number
  /** The epoch that it raised. While it is the record's, nothing has ended what the change led to. */
  readonly epoch: number
  /** What authorised the change: a mailed link, an invitation, a sign-in, or the host's own page. */
  readonly via: 'link' | 'invitation' | 'sign-in' | 'host' | 'restore'
  /** The form it was chosen in: sending the same form again shows the same result. Null: the host's own page. */
  readonly form: string | null
}

/** Acts of one person on another that require a step-up. */
export const actKinds = ['reset', 'change', 'invite', 'delete'] as const
export type ActKind = (typeof actKinds)[number]

export interface Act {
  /** Derived from its kind, the actor and the idempotency key. For a reset it is the id of the reset. */
  readonly id: string
  /** May be absent in an older record: such an act matches no request. */
  readonly does: ActKind
  readonly target: string
  /** Digest of the request: the same key with another request is a conflict. */
  readonly what: string
  readonly at: number
  /** The passkey that signed it. Absent: it was a code, or the proof of a sign-in. */
  readonly with?: string
}
