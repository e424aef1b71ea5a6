/** Every request to the core. Commands contain facts, never secrets: the matched time step of a code, the digest of a link. */
import type { Act, Ended } from './account.ts'
import type { Flow } from './link.ts'
import type { EffectOutcome, NotedType } from './effect.ts'
import type {
  AppSetUp,
  AuthenticatorCommand,
  ByCode,
  ByPasskey,
  PasskeySetUp,
  ProvenBy,
} from './authenticatorCommand.ts'
import type { Caller, InSignIn } from './caller.ts'

export type { Caller, InSignIn } from './caller.ts'

export type Command =
  /**
   * A code of the authenticator at sign-in. `step`: the matching time step, null: none. `knownBrowser`: this account has completed a
   * sign-in there before.
   */
  | {
      readonly is: 'prove-code'
      readonly epoch: number
      readonly since?: number | null
      readonly step: number | null
      readonly form: string
      readonly knownBrowser: boolean
      readonly by: Caller
    }
  /** A backup code at sign-in. `index`: its index in the set, null: not in the set. */
  | {
      readonly is: 'use-backup-code'
      readonly epoch: number
      readonly since?: number | null
      readonly index: number | null
      readonly form: string
      readonly knownBrowser: boolean
      readonly by: Caller
    }
  | AuthenticatorCommand
  /** Consumes a code or an assertion of the acting person for one act on one target. */
  | ({
      readonly is: 'step-up'
      readonly act: ActRequest
      /** Current roles of the acting person. */
      readonly roles: readonly string[]
      readonly knownBrowser: boolean
      readonly by: Caller
    } & (ByCode | ByPasskey))
  /** Uses the proof of the acting person's sign-in for one act on one target. */
  | {
      readonly is: 'spend-proof'
      readonly act: ActRequest
      readonly roles: readonly string[]
      readonly proof: SignInProof
      readonly by: Caller
    }
  | ({
      readonly is: 'enrol'
      readonly flow: Flow
      readonly epoch: number
      readonly since?: number | null
      readonly binding: string
      /** The digest of the link. At the sign-in: of the link that this browser opened; null: none. */
      readonly link: string | null
      /** Whether this browser gave the password, under this epoch. */
      readonly password: boolean
      readonly status: Status
      /** Current roles. A role removed since the reset relaxes nothing; a role added tightens it. */
      readonly roles: readonly string[]
      readonly sealedCodes: string
      /** Sealed hash of the password chosen with an invitation; null: none. */
      readonly sealedPassword: string | null
      readonly by: Caller
    } & MailedTo &
      (AppSetUp | PasskeySetUp))
  /**
   * Replaces a working app, or adds the first one beside passkeys. `provenAt`: when this browser proved an authenticator or used a backup
   * code.
   */
  | {
      readonly is: 'replace'
      readonly epoch: number
      readonly since?: number | null
      readonly binding: string
      readonly provenAt: number
      /** Absent: not by a passkey. */
      readonly provenBy?: ProvenBy
      /** Current roles. Absent: unknown, so that any may be among them. */
      readonly roles?: readonly string[]
      readonly authenticatorId: string
      readonly sealedSecret: string
      readonly sealedCodes: string
      readonly step: number | null
      readonly by: Caller
    }
  | {
      readonly is: 'save-codes'
      readonly epoch: number
      readonly since?: number | null
      /** The browser that was shown the saved set; undefined: not checked. */
      readonly binding?: string
    }
  | {
      readonly is: 'renew-codes'
      readonly epoch: number
      readonly since?: number | null
      readonly binding: string
      readonly sealedCodes: string
      readonly by: Caller
    }
  | {
      readonly is: 'start-reset'
      readonly id: string
      readonly reason: string | null
      readonly status: Status
      /** Roles of the account, which decide on the required proofs. */
      readonly roles: readonly string[]
      readonly link: NewLink
      /** The newest reset that the actor has seen; undefined: not stated. */
      readonly seen: string | null | undefined
      readonly ended: Omit<Ended, 'backupCodes'>
      readonly by: Caller
    }
  /** Sends an invitation to complete the account, or sends it again. */
  | { readonly is: 'invite'; readonly id: string; readonly link: NewLink; readonly by: Caller }
  | { readonly is: 'open-link'; readonly digest: string; readonly by: Caller }
  /** Exchanges an expired link for another one, mailed to the address on file. */
  | { readonly is: 'renew-link'; readonly digest: string; readonly link: NewLink; readonly by: Caller }
  | { readonly is: 'resend'; readonly resetId: string; readonly link: NewLink; readonly by: Caller }
  /** At a sign-in that requires the mailed link as well: sends another link. */
  | {
      readonly is: 'send-again'
      readonly status: Status
      readonly epoch: number
      readonly since?: number | null
      readonly link: NewLink
      readonly form: string
      readonly by: Caller
    }
  | { readonly is: 'revoke'; readonly resetId: string; readonly freeze: boolean; readonly by: Caller }
  /** Sends a link to set a new password. */
  | {
      readonly is: 'send-password-link'
      readonly id: string
      readonly status: Status
      readonly link: NewLink
      readonly by: Caller
    }
  /** Sets a new password; the second factor does not change. */
  | ({
      readonly is: 'change-password'
      readonly right: PasswordRight
      /** Sealed hash, for the directory. */
      readonly sealedPassword: string
      readonly form: string
      readonly by: Caller
    } & MailedTo)
  /** The email address changed: links sent to the old address must not work any more. */
  | { readonly is: 'change-email'; readonly from: string; readonly by: Caller }
  /** Data that only the directory stores is about to change. */
  | {
      readonly is: 'note-change'
      readonly type: NotedType
      readonly reason: string | null
      /** The same for every request of one form, whose line is written once. Absent: each request has its own. */
      readonly lineId?: string
      readonly by: Caller
    }
  /** Ends everything proven before. */
  | { readonly is: 'end-sessions'; readonly because: 'disabled' | 'password-changed' | 'asked'; readonly by: Caller }
  /** Single sessions were ended: sign-ins without a session end with them. */
  | { readonly is: 'end-sign-ins'; readonly by: Caller }
  /** Ends the account for ever; its id is never used again. */
  | { readonly is: 'delete-account'; readonly by: Caller }
  /** Maps each sealed text of the record to the same text sealed under the newest key. */
  | { readonly is: 'reseal'; readonly seals: ReadonlyMap<string, string> }
  /** Imports an authenticator that was enrolled elsewhere. */
  | {
      readonly is: 'adopt'
      /** What it may replace. `refresh`: an import that was never used; `replace`: any factor, as one audited reset. */
      readonly mode: 'new' | 'refresh' | 'replace'
      /** The present authenticator has the same secret. */
      readonly isSame: boolean
      /** The directory does not have the account yet, so that a first import is not reported to it. */
      readonly isUnlisted?: boolean
      /** Its secret is shorter than RFC 4226 requires. */
      /** Why it is to be replaced at a next sign-in; null: it is not. */
      readonly weakness: 'short secret' | 'unusual profile' | null
      /** When it was enrolled there. */
      readonly enrolledAt: number
      /** The newest time step that was accepted there; 0: unknown. */
      readonly lastStep: number
      readonly authenticatorId: string
      readonly sealedSecret: string
      readonly sealedCodes: string
      readonly by: Caller
    }
  /** The store was restored from a backup. `factor`, `codes`: they were ended or replaced after it. */
  | {
      readonly is: 'restore'
      /** Of this restore of the store: repeated commands change nothing. */
      readonly id: string
      readonly factor: boolean
      readonly codes: boolean
      readonly roles: readonly string[]
      readonly by: Caller
    }
  | { readonly is: 'record-effects'; readonly results: readonly EffectOutcome[] }

/** Status in the directory, read before the command. */
export type Status = 'pending' | 'active' | 'disabled'

export type CommandOf<K extends Command['is']> = Extract<Command, { is: K }>

/** The address on file, read before the command, if it is not verified yet. Null or absent: nothing to verify. */
export interface MailedTo {
  readonly mailedTo?: string | null
}

export type ActRequest = Omit<Act, 'at' | 'with'>

/** How and when the second factor of a sign-in was proven. Shared by all sessions and tokens of that sign-in. */
export interface SignInProof {
  readonly epoch: number
  readonly at: number
  readonly by: ProvenBy
}

export interface NewLink {
  readonly digest: string
  /** The link, sealed, for the email in the outbox. */
  readonly sealed: string
}

/**
 * What authorises a new password: the digest of a mailed link, a sign-in with the old password, or a restore of the store from a backup
 * with a password that was changed since: then no person knows the new one.
 */
export type PasswordRight =
  | { readonly is: 'link'; readonly digest: string }
  | ({ readonly is: 'sign-in' } & InSignIn)
  | { readonly is: 'restore' }
