/** Effects of a change outside of the record: emails, audit lines, logouts, calls to the directory. */
import type { Device } from './device.ts'
import type { Flow, Purpose } from './link.ts'

/** An effect as the record stores it: written by the swap that causes it, dispatched until it succeeds or fails permanently. */
export type OutboxEntry = {
  readonly id: string
  readonly at: number
  readonly nextAt: number
  readonly tries: number
} & Effect

export type Effect =
  | { readonly is: LinkMail; readonly resetId: string; readonly sealedLink: string; readonly expiresAt: number }
  /** `device`: the browser of the act, if the recipient may have done it. */
  | { readonly is: 'notice'; readonly notice: Notice; readonly device?: Device }
  /** `lineId`: of the line, where it must be the same in every attempt at another entry. Absent: the entry's. */
  | { readonly is: 'audit'; readonly line: AuditLine; readonly lineId?: string }
  /** Ends the host's sessions, logs out and deletes artefacts of older epochs; the store's rows are the queue. */
  | { readonly is: 'purge'; readonly epoch: number; readonly resetId: string | null; readonly because: EndedBecause }
  /** The state of the second factor for the directory. `enrolledAt`: of a set-up; null: the state alone. */
  | { readonly is: 'tell-directory'; readonly enrolledAt: number | null }
  /** A link that was mailed to this address was used. */
  | { readonly is: 'verify-email'; readonly email: string }
  /** The person is deleted from the directory. */
  | { readonly is: 'remove-person' }
  /** Audit lines about the person lose what describes them. */
  | { readonly is: 'redact-audit' }
  /** `epoch`: raised by the change; of two passwords the directory keeps the one with the newer epoch. */
  | { readonly is: 'set-password'; readonly sealedPassword: string; readonly epoch: number }

/** Why everything that was proven before has ended. */
export type EndedBecause =
  | 'reset'
  | 'set-up'
  | 'replaced'
  | 'authenticator-removed'
  | 'adopted'
  | 'email-changed'
  | 'password-changed'
  | 'disabled'
  | 'asked'
  | 'deleted'

/** An email that contains a link. */
export type LinkMail = `${Purpose}-mail`

export type Notice =
  /** `isFirst`: there was no factor before. Absent: there was one, or it is not known. `isPasskey` absent: an app. */
  | { readonly is: 'enrolled'; readonly via: Flow | 'import'; readonly isFirst?: true; readonly isPasskey?: true }
  | { readonly is: 'backup-code-used'; readonly remaining: number }
  | { readonly is: 'codes-renewed' }
  | { readonly is: 'replaced' }
  /** `name`: null, the app. */
  | { readonly is: 'authenticator-added' | 'authenticator-removed' | 'passkey-suspect'; readonly name: string | null }
  | { readonly is: 'password-changed' }
  /** After the right password: the first in an unknown browser, or several in a row. */
  | { readonly is: 'wrong-codes'; readonly where: 'unknown-browser' | 'any' }
  /** Sent to the former address. */
  | { readonly is: 'email-changed'; readonly from: string }

export interface AuditLine {
  readonly type: AuditType
  readonly actor: string | null
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly reason: string | null
  readonly requestId: string | null
  readonly address: string | null
  readonly device?: Device
  /** Account id of the person acted on; null: the account of the record. */
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
  | 'two_factor.authenticator_added'
  | 'two_factor.authenticator_removed'
  | 'two_factor.authenticator_renamed'
  | 'two_factor.passkey_refused'
  | 'two_factor.passkey_suspect'
  | 'two_factor.code_refused'
  | 'two_factor.backup_code_used'
  | 'two_factor.backup_codes_renewed'
  | 'step_up.refused'
  | 'session.ended'
  | 'session.end.refused'
  | 'session.logout_failed'
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
  | 'account.deleted'
  | 'account.deletion_refused'
  | 'sign_in.done'
  | 'sign_in.refused'
  | 'password.refused'
  | 'link.refused'
  | 'signed_out'
  | 'refresh.refused'
  | 'audit.removed'
  | 'account.restored'
  | 'service.restored'
  | NotedType

/** Changes of data that only the directory stores; `account.noted`: text about the person, which the audit alone stores. */
export type NotedType = 'account.created' | 'account.changed' | 'account.enabled' | 'account.noted'

/** The result of one attempt at an outbox entry. */
export interface EffectOutcome {
  readonly id: string
  /** Its own audit lines (`outcomeLines`) are in the log already. Absent: recording it enqueues them. */
  readonly isAudited?: true
  readonly result:
    | { readonly is: 'done'; readonly clients?: readonly EndedClient[] }
    /** `clients`: what became of their logout so far. */
    | { readonly is: 'again'; readonly at: number; readonly error: string; readonly clients?: readonly EndedClient[] }
    | { readonly is: 'failed'; readonly error: string }
}

export interface EndedClient {
  readonly clientId: string
  readonly backchannelLogout: 'none' | 'queued' | 'delivered' | 'failed'
  /** Of the last attempt, while `queued` or `failed`: one word or a status. Absent: no attempt failed. */
  readonly lastError?: string
}
