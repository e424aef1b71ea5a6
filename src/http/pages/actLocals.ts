/** Locals of the questions before an act in the console, and of its refusal. All times are epoch seconds. */
import type { RequiredProofs } from '../../core/proofs.ts'
import type { Key } from '../../i18n/messages.ts'
import type { Form, PasskeyForm } from './pageMetadata.ts'

/** What an act ends at once, beside the second factor. */
interface Ends {
  readonly sessions: number
  readonly grants: number
  /** Names. */
  readonly applications: readonly string[]
}

/** A field before and after a change; empty: no value. */
export interface FieldChange {
  readonly field: 'name' | 'email' | 'roles' | 'language' | 'groups'
  readonly from: readonly string[]
  readonly to: readonly string[]
}

export interface ActPages {
  /** Posts `verified`, a quick answer in words, and `reason`, `seen`. */
  'confirm-reset': Form & {
    readonly person: string
    readonly email: string
    readonly ends: Ends & {
      readonly backupCodes: number
      /** An authenticator that works. */
      readonly authenticator: boolean
      /** The link of an earlier reset. */
      readonly link: boolean
    }
    readonly linkSeconds: number
    /** Why the set-up requires both the password and the mailed link; empty: one of them is enough. */
    readonly bothBecause: RequiredProofs['because']
    /** When the password was changed by a mailed link; null: not recently. */
    readonly passwordByEmailAt: number | null
    readonly seen: string
    /** A quick answer in words, or its name. */
    readonly verified: string
    readonly reason: string
    readonly isReasonRequired: boolean
    readonly error: null | 'no-reason' | 'long-reason'
    readonly cancelHref: string
  }
  'confirm-delete': Form & {
    readonly person: string
    readonly email: string
    readonly ends: Ends
    readonly exportHref: string
    readonly cancelHref: string
  }
  /** Posts `code`, `act`. */
  'step-up': Form & {
    readonly what: 'delete' | 'reset' | 'change' | 'disable' | 'enable'
    readonly changes: readonly FieldChange[]
    readonly person: string
    readonly email: string
    readonly self: string
    readonly act: string
    /** Why, as the confirmation says; null: it does not. */
    readonly reason: string | null
    /** Signs the act; null: no passkey of the acting person works here. */
    readonly passkey: PasskeyForm | null
    /** Whether they have an app, whose code is another way. */
    readonly asksCode: boolean
    /** `late`: the confirmation is too old, and is repeated by this page. */
    readonly error: null | 'empty' | 'malformed' | 'incorrect' | 'late'
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
    /** **Your security**, if the act belongs there; null: it does not. */
    readonly ownHref: string | null
    readonly backHref: string
  }
}
