/** What happened at a sign-in, for the audit. */
import type { Caller } from './command.ts'

export type SignInEvent = {
  /** The application that requested the sign-in; null: unknown. */
  readonly clientId: string | null
  readonly caller: Omit<Caller, 'actor'>
} & (
  | {
      readonly type: 'sign_in.done'
      readonly accountId: string
      readonly sessionId: string
      /** The same in every event of one sign-in. */
      readonly signInId: string
      readonly method: SignInMethod
      readonly acr: string | null
    }
  /** The password was right, but the sign-in was refused. */
  | {
      readonly type: 'sign_in.refused'
      readonly accountId: string
      readonly signInId: string
      readonly reason: string
    }
  /** At most one line per burst. The typed email of an unknown person is never kept. `reason`: why it was not looked at. */
  | {
      readonly type: 'password.refused'
      readonly of: { readonly accountId: string } | { readonly email: string }
      readonly reason: 'paused' | null
    }
  /** A mailed link that does not work (any more). At most one line per burst. `accountId` null: the link is not authentic. */
  | { readonly type: 'link.refused'; readonly accountId: string | null; readonly reason: string }
  /** A used refresh token came again; one line for each token and reason. `grant-ended`: all tokens of its grant ended. */
  | {
      readonly type: 'refresh.refused'
      readonly accountId: string
      readonly tokenId: string
      readonly reason: 'repeated' | 'grant-ended'
    }
  | {
      readonly type: 'signed_out'
      readonly accountId: string
      readonly sessionId: string
      readonly reason: string | null
    }
)

export type SignInMethod = 'password' | 'otp' | 'backup_code' | 'passkey'
