/**
 * Every request to the core. Commands carry facts, never secrets: a matched time step instead of a code, a digest instead of a link.
 */
import type { Act, Ended } from './account.ts'
import type { Flow } from './link.ts'
import type { EffectOutcome, NotedType } from './effect.ts'
import type { Device } from './device.ts'

export type Command =
  /**
   * A code of the authenticator at sign-in. `step`: the time step it matches, null: none. `knownBrowser`: whether it was given where
   * this account has completed a sign-in before.
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
  /** A backup code at sign-in. `index`: which one it is, null: none of them. */
  | {
      readonly is: 'use-backup-code'
      readonly epoch: number
      readonly since?: number | null
      readonly index: number | null
      readonly form: string
      readonly knownBrowser: boolean
      readonly by: Caller
    }
  /** The acting person's own code, burnt for one act on one target. */
  | {
      readonly is: 'step-up'
      readonly act: ActRequest
      readonly step: number | null
      readonly knownBrowser: boolean
      readonly by: Caller
    }
  /** The proof that the acting person's sign-in rests on, spent for one act on one target. */
  | { readonly is: 'spend-proof'; readonly act: ActRequest; readonly proof: SignInProof; readonly by: Caller }
  | ({
      readonly is: 'enrol'
      readonly flow: Flow
      readonly epoch: number
      readonly since?: number | null
      readonly binding: string
      /** The link's digest. At the sign-in door: of the one that this very browser opened; null: it opened none. */
      readonly link: string | null
      /** Whether this holder gave the password, under this epoch. */
      readonly password: boolean
      readonly status: Status
      /** Of the person now: taking one away since the reset loosens nothing, giving one tightens it. */
      readonly roles: readonly string[]
      readonly authenticatorId: string
      readonly sealedSecret: string
      readonly sealedCodes: string
      /** What the directory is to keep of the password this holder chose behind an invitation, sealed; null: they chose none. */
      readonly sealedPassword: string | null
      readonly step: number | null
      readonly by: Caller
    } & MailedTo)
  /** Another authenticator in place of the one that works. `provenAt`: when the holder proved the old one, or had a backup code. */
  | {
      readonly is: 'replace'
      readonly epoch: number
      readonly since?: number | null
      readonly binding: string
      readonly provenAt: number
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
      /** Who was shown the set that is saved; undefined: whoever was shown the newest. */
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
      /** Of the person: they say how much proof the way back takes. */
      readonly roles: readonly string[]
      readonly link: NewLink
      /** The newest reset the actor has seen; undefined: they did not say. */
      readonly seen: string | null | undefined
      readonly ended: Omit<Ended, 'backupCodes'>
      readonly by: Caller
    }
  /** Completing the account is asked of whoever it is for, once more if need be. */
  | { readonly is: 'invite'; readonly id: string; readonly link: NewLink; readonly by: Caller }
  | { readonly is: 'open-link'; readonly digest: string; readonly by: Caller }
  /** Whoever bears an expired link asks for another one, to the address on file. */
  | { readonly is: 'renew-link'; readonly digest: string; readonly link: NewLink; readonly by: Caller }
  | { readonly is: 'resend'; readonly resetId: string; readonly link: NewLink; readonly by: Caller }
  /** Whoever has the password and must open the mailed link as well misses the letter, and asks for another one. */
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
  /** Somebody who has forgotten it asks for a link to another password. */
  | {
      readonly is: 'send-password-link'
      readonly id: string
      readonly status: Status
      readonly link: NewLink
      readonly by: Caller
    }
  /** Another password; the second factor stays as it is. */
  | ({
      readonly is: 'change-password'
      readonly right: PasswordRight
      /** What the directory is to keep of it, sealed. */
      readonly sealedPassword: string
      readonly form: string
      readonly by: Caller
    } & MailedTo)
  /** Letters go to another address from now on: whoever reads the old one holds no link any more. */
  | { readonly is: 'change-email'; readonly from: string; readonly by: Caller }
  /** Something that only the directory keeps is about to change. `reason`: what. */
  | { readonly is: 'note-change'; readonly type: NotedType; readonly reason: string | null; readonly by: Caller }
  /** Ends whatever was proven before: the account was disabled, its password changed, or it asked to. */
  | { readonly is: 'end-sessions'; readonly because: 'disabled' | 'password-changed' | 'asked'; readonly by: Caller }
  /** Sessions are ended one by one, and with them every sign-in that is no session yet. */
  | { readonly is: 'end-sign-ins'; readonly by: Caller }
  /** By each sealed text of the record, the same sealed under the newest key; what is not named stays. */
  | { readonly is: 'reseal'; readonly seals: ReadonlyMap<string, string> }
  /** An authenticator that was enrolled elsewhere comes with its account (an import). */
  | {
      readonly is: 'adopt'
      /** In place of whatever there is: one audited reset. */
      readonly replace: boolean
      readonly authenticatorId: string
      readonly sealedSecret: string
      readonly sealedCodes: string
      readonly by: Caller
    }
  | { readonly is: 'record-effects'; readonly results: readonly EffectOutcome[] }

/** Of the person in the directory, read before the command. */
export type Status = 'pending' | 'active' | 'disabled'

/** The command of one kind. */
export type CommandOf<K extends Command['is']> = Extract<Command, { is: K }>

/** The address on file, read before the command, while it is not verified yet. Null or absent: nothing is to be verified. */
export interface MailedTo {
  readonly mailedTo?: string | null
}

export type ActRequest = Omit<Act, 'at'>

/** How and when the second factor of a sign-in was proven. All sessions and tokens that rest on it share it. */
export interface SignInProof {
  readonly epoch: number
  readonly at: number
  /** By a code of the authenticator; false: by a backup code. */
  readonly byCode: boolean
}

export interface NewLink {
  readonly digest: string
  /** The link itself, sealed, for the email in the outbox. */
  readonly sealed: string
}

/** On the strength of what somebody sets another password: the digest of a mailed link, or a sign-in that had the old one. */
export type PasswordRight = { readonly is: 'link'; readonly digest: string } | ({ readonly is: 'sign-in' } & InSignIn)

/** The sign-in that something is asked in. */
export interface InSignIn {
  readonly epoch: number
  /** When its password was accepted, while it is no session yet. Absent or null: asked in a live session, or by a mailed link. */
  readonly since?: number | null
}

/** Who asks, for the audit. */
export interface Caller {
  /** Account id; null: nobody signed in, or the command line. */
  readonly actor: string | null
  readonly requestId: string | null
  readonly address: string | null
  /** The browser it was asked in. Absent: none that we know. */
  readonly device?: Device
}
