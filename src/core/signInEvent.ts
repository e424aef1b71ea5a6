/** What happened at a sign-in, for the audit. */
import type { Caller } from './command.ts'

export type SignInEvent = {
  /** The application the person was to be signed in at; null: none is known. */
  readonly clientId: string | null
  readonly caller: Omit<Caller, 'actor'>
} & (
  | {
      readonly type: 'sign_in.done'
      readonly accountId: string
      readonly sessionId: string
      /** The same for every report of one sign-in, and of no other. */
      readonly signInId: string
      readonly method: SignInMethod
      readonly acr: string | null
    }
  /** The password was right, and still the person was not let in. */
  | {
      readonly type: 'sign_in.refused'
      readonly accountId: string
      readonly signInId: string
      readonly reason: string
    }
  /** At most one line per burst. What was typed as the email of an unknown person is never kept. */
  | { readonly type: 'password.refused'; readonly of: { readonly accountId: string } | { readonly email: string } }
  | {
      readonly type: 'signed_out'
      readonly accountId: string
      readonly sessionId: string
      readonly reason: string | null
    }
)

export type SignInMethod = 'password' | 'otp' | 'backup_code'
