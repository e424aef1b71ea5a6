/** Locals of the questions before an act in the console, and of its refusal. All times are epoch seconds. */
import type { RequiredProofs } from '../../core/proofs.ts'
import type { Key } from '../../i18n/messages.ts'
import type { Role } from '../../ports.ts'
import type { Form } from './pageMetadata.ts'

export interface ActPages {
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
}
