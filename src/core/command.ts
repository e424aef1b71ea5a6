/**
 * Every word of the core on one page: what can be asked (Command), what happened (Event), what is owed because of it
 * (Owed), and every "no" (Refusal). Commands carry facts, never secrets: a matched time step, not a code; a digest, not a link.
 */
import type { Account, Act, Flow, Ended, EndedClient, Purpose } from './account.ts'
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
      readonly status: 'pending' | 'active' | 'disabled'
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
      readonly status: 'pending' | 'active' | 'disabled'
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
  | { readonly is: 'record-effects'; readonly results: readonly Settled[] }

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
  /** The link itself, sealed, for the letter that is owed. */
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

export type Event =
  | { readonly is: 'code-accepted'; readonly at: number }
  | { readonly is: 'backup-code-accepted'; readonly at: number; readonly remaining: number }
  | { readonly is: 'stepped-up' }
  | { readonly is: 'proof-accepted' }
  | { readonly is: 'enrolled'; readonly at: number }
  | { readonly is: 'replaced'; readonly at: number }
  | { readonly is: 'codes-saved' }
  | { readonly is: 'codes-renewed' }
  | { readonly is: 'reset-started'; readonly resetId: string }
  | { readonly is: 'invited'; readonly id: string }
  | { readonly is: 'link-opened'; readonly resetId: string }
  | { readonly is: 'link-resent'; readonly resetId: string }
  | { readonly is: 'reset-revoked'; readonly resetId: string }
  | { readonly is: 'password-link-sent'; readonly id: string }
  | { readonly is: 'password-changed'; readonly at: number }
  | { readonly is: 'email-changed' }
  | { readonly is: 'change-noted' }
  | { readonly is: 'sessions-ended' }
  | { readonly is: 'sign-ins-ended' }
  | { readonly is: 'adopted' }
  | { readonly is: 'effects-recorded' }
  | { readonly is: 'resealed' }

export type Refusal =
  /** Something ended the sign-in this was asked in: a reset, another enrolment. */
  | { readonly is: 'sign-in-over' }
  | { readonly is: 'not-enrolled' }
  | { readonly is: 'code-incorrect'; readonly failures: number }
  | { readonly is: 'code-replayed' }
  /** What it was asked on the strength of was proven too long ago. */
  | { readonly is: 'proof-too-old' }
  /** It was an enrolment or a backup code. */
  | { readonly is: 'proof-too-weak' }
  /** Another act was done on its strength, or on a newer one's. */
  | { readonly is: 'proof-used' }
  /** The authenticator was set up too short a time ago to act on others. */
  | { readonly is: 'factor-too-new'; readonly until: number }
  | { readonly is: 'paused'; readonly until: number }
  | { readonly is: 'locked' }
  | { readonly is: 'set-up-elsewhere'; readonly at: number }
  | { readonly is: 'set-up-frozen' }
  | { readonly is: 'set-up-expired'; readonly at: number }
  /** Both proofs are needed, and this holder has not given the password. */
  | { readonly is: 'password-missing' }
  /** Both proofs are needed, and this holder has opened no mailed link. */
  | { readonly is: 'link-missing' }
  | { readonly is: 'link-unknown' }
  | { readonly is: 'link-expired'; readonly at: number }
  | { readonly is: 'link-used'; readonly at: number }
  | { readonly is: 'link-replaced'; readonly at: number }
  | { readonly is: 'link-cancelled'; readonly at: number }
  /** The second factor was set up again by letter, or is to be: a letter does not lead to another password as well. */
  | { readonly is: 'mailbox-used'; readonly until: number | null }
  /** Both proofs are needed, and a mailed link has set the password: it counts from then on. */
  | { readonly is: 'password-too-new'; readonly until: number }
  | { readonly is: 'setup-incomplete' }
  | { readonly is: 'account-disabled' }
  | { readonly is: 'already-enrolled' }
  | { readonly is: 'reset-not-found' }
  | { readonly is: 'reset-finished' }
  | { readonly is: 'superseded-meanwhile'; readonly resetId: string; readonly by: string | null; readonly at: number }
  | { readonly is: 'idempotency-conflict' }
  | { readonly is: 'too-many-resets'; readonly retryAt: number }
  | { readonly is: 'record-lost' }
  /** More is owed than the record may hold; nothing was changed. */
  | { readonly is: 'outbox-full' }

export type Decision =
  /** `account` is what to save; `repeated`: it happened before, for the same asker, and nothing is to be saved. */
  | { readonly is: 'done'; readonly account: Account; readonly event: Event }
  | { readonly is: 'repeated'; readonly event: Event }
  /** A no can change the record too (a wrong code is counted): then `account` is there and is saved first. */
  | { readonly is: 'refused'; readonly refusal: Refusal; readonly account?: Account }

/** What has to happen because of a swap; written by that very swap, settled afterwards, as often as it takes. */
export type OutboxEntry = {
  readonly id: string
  readonly at: number
  readonly nextAt: number
  readonly tries: number
} & Effect

export type Effect =
  | { readonly is: LinkMail; readonly resetId: string; readonly sealedLink: string; readonly expiresAt: number }
  /** `device`: where it was done, when its reader may have done it themselves. */
  | { readonly is: 'notice'; readonly notice: Notice; readonly device?: Device }
  | { readonly is: 'audit'; readonly line: AuditLine }
  /** Log out and delete what an older epoch left behind; the store's rows are the queue. */
  | { readonly is: 'purge'; readonly epoch: number; readonly resetId: string | null }
  /** That the factor is another; `enrolledAt` of a set-up, null: what is told is the state alone. */
  | { readonly is: 'tell-directory'; readonly enrolledAt: number | null }
  /** A link that was mailed to this address was used. */
  | { readonly is: 'verify-email'; readonly email: string }
  /** `epoch`: the one its change raised, so that of two the newer one stays, in whatever order they arrive. */
  | { readonly is: 'set-password'; readonly sealedPassword: string; readonly epoch: number }

/** A letter with a link in it. */
export type LinkMail = `${Purpose}-mail`

export type Notice =
  | { readonly is: 'enrolled'; readonly via: Flow | 'import' }
  | { readonly is: 'backup-code-used'; readonly remaining: number }
  | { readonly is: 'codes-renewed' }
  | { readonly is: 'replaced' }
  | { readonly is: 'password-changed' }
  /** After the right password: the first in a browser that is not known, or so many in a row. */
  | { readonly is: 'wrong-codes'; readonly where: 'unknown-browser' | 'any' }
  /** Goes to the address that no longer counts. */
  | { readonly is: 'email-changed'; readonly from: string }

export interface AuditLine {
  readonly type: AuditType
  readonly actor: string | null
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly reason: string | null
  readonly requestId: string | null
  readonly address: string | null
  readonly device?: Device
  /** The person it was done to; null: the account the record belongs to. */
  readonly target: string | null
}

export type AuditType =
  | 'two_factor.reset.started'
  | 'two_factor.reset.mail_accepted'
  | 'two_factor.reset.mail_failed'
  | 'two_factor.reset.opened'
  | 'two_factor.reset.completed'
  | 'two_factor.reset.superseded'
  | 'two_factor.reset.revoked'
  | 'two_factor.reset.resent'
  | 'two_factor.reset.refused'
  | 'two_factor.enrolled'
  | 'two_factor.replaced'
  | 'two_factor.adopted'
  | 'two_factor.code_refused'
  | 'two_factor.backup_code_used'
  | 'two_factor.backup_codes_renewed'
  | 'step_up.refused'
  | 'session.ended'
  | 'session.end.refused'
  | 'access.ended'
  | 'account.invited'
  | 'account.invitation_mail_accepted'
  | 'account.invitation_mail_failed'
  | 'account.invitation_refused'
  | 'account.password_link_sent'
  | 'account.password_mail_accepted'
  | 'account.password_mail_failed'
  | 'account.password_changed'
  | 'account.email_changed'
  | 'account.disabled'
  | 'account.change_refused'
  | 'sign_in.done'
  | 'sign_in.refused'
  | 'password.refused'
  | 'signed_out'
  | NotedType

/** Of what only the directory keeps. */
export type NotedType = 'account.created' | 'account.changed' | 'account.enabled'

/** What became of one thing that was owed. */
export interface Settled {
  readonly id: string
  readonly result:
    | { readonly is: 'done'; readonly clients?: readonly EndedClient[] }
    | { readonly is: 'again'; readonly at: number; readonly error: string }
    | { readonly is: 'failed'; readonly error: string }
}
