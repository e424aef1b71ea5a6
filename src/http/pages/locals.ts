/** What each page shows. A page knows nothing else: its handler decided what may be shown. */
import type { Purpose } from '../../core/link.ts'
import type { PasswordFault } from '../../core/passwordPolicy.ts'
import type { AccountPages } from './accountLocals.ts'
import type { ConsolePages } from './consoleLocals.ts'
import type { Form, Step } from './pageMetadata.ts'

interface Client {
  readonly name: string
  readonly host: string
}

/** All times are epoch seconds. */
export interface Pages extends AccountPages, ConsolePages {
  /** Posts `email`, `password`. */
  'sign-in': Form & {
    /** Where another password can be requested; null: not here. */
    readonly forgottenHref: string | null
    readonly email: string
    readonly error: null | 'mismatch' | 'empty' | 'paused'
  }
  /** Posts `code`. `ourTime`: hint at a wrong clock. */
  challenge: Form & {
    readonly error: null | 'empty' | 'malformed' | 'incorrect' | 'looks-like-backup-code'
    readonly ourTime: number | null
    readonly backupHref: string
    readonly notYouHref: string | null
  }
  /** Posts `code`. */
  'backup-code': Form & {
    readonly error: null | 'empty' | 'incorrect'
    readonly challengeHref: string
    readonly notYouHref: string | null
  }
  /** After the password, where the mailed link is needed too. Its own form goes on with the link that was opened. */
  'check-email': Form & {
    readonly account: string
    /** What became of the letter. `revoked`: only a new reset sends another. */
    readonly email: 'sent' | 'expired' | 'cancelled' | 'revoked'
    readonly error: null | 'not-here' | 'expired' | 'replaced' | 'cancelled'
    readonly said: null | 'sent'
    /** Sends it again; null: only an administrator can. */
    readonly again: Form | null
    readonly notYouHref: string | null
  }
  /** After the mailed link, where the password is needed too. Posts `password`. */
  'enter-password': Form & { readonly email: string; readonly error: null | 'empty' | 'mismatch' | 'paused' }
  /** Before a set-up on a session that has its password already. */
  'begin-set-up': Form & { readonly forced: { readonly at: number } | null; readonly notYouHref: string | null }
  /** Posts `code`. `forced`: after a reset. `until`: when this secret is dropped. */
  'set-up': Form & {
    /** Markup, from qr.ts. */
    readonly qrSvg: string
    /** Base32. */
    readonly secret: string
    readonly otpauthUri: string
    readonly account: string
    readonly issuerName: string
    readonly forced: { readonly at: number; readonly byAdministrator: boolean } | null
    readonly step: Step | null
    readonly error: null | 'empty' | 'malformed' | 'incorrect'
    readonly ourTime: number | null
    /** How far the clock of the app is from ours, negative: behind; null: not known. Seconds. */
    readonly clockAway: number | null
    readonly until: number
    /** The same from now on. Seconds. */
    readonly left: number
    /** Extends it; null: it cannot be extended. */
    readonly moreTime: Form | null
    readonly cancelHref: string | null
    /** In place of an authenticator that works until then. Default false. */
    readonly replacing?: boolean
    /** Goes back and changes nothing. Default: there is no way back. */
    readonly cancel?: Form | null
  }
  /** Before a change of one's own account. Posts `code` when it is needed. `codesLeft`: current backup codes. */
  change: Form & {
    readonly what: 'replace' | 'renew' | 'password'
    readonly codesLeft: number
    readonly asksCode: boolean
    readonly error: null | 'empty' | 'malformed' | 'incorrect' | 'looks-like-backup-code'
    readonly ourTime: number | null
    readonly backupHref: string | null
    readonly cancel: Form | null
  }
  /** Posts `saved=yes`. `at`: when they were made. */
  'backup-codes': Form & {
    readonly codes: readonly string[]
    readonly downloadHref: string
    readonly account: string
    readonly at: number
    /** Until when they are shown. */
    readonly until: number
    readonly step: Step | null
    readonly reason: 'set-up' | 'renewed'
    readonly error: null | 'unticked'
  }
  done: { readonly continueTo: { readonly href: string; readonly name: string } | null; readonly signInHref: string }
  link: Form & {
    readonly purpose: Purpose
    readonly maskedEmail: string
    readonly expiresAt: number
    /** The password will be asked for too. */
    readonly asksPassword: boolean
    /** Another person who is signed in in this browser. */
    readonly other: { readonly email: string; readonly signOutHref: string } | null
  }
  /** Posts `password`. `isFirst`: there was none before. */
  'choose-password': Form & {
    readonly email: string
    readonly step: Step | null
    readonly isFirst: boolean
    readonly error: null | PasswordFault
  }
  /** Posts `current_password` and `password`. */
  'change-password': Form & {
    readonly email: string
    readonly error: null | PasswordFault | 'mismatch' | 'paused'
    readonly cancel: Form | null
  }
  /** Posts `email`. */
  forgotten: Form & { readonly error: null | 'empty' | 'too-many' }
  'link-sent': { readonly againHref: string; readonly signInHref: string }
  /** `at`: when it expired, was used, replaced or cancelled. */
  'dead-link': {
    readonly why: 'expired' | 'used' | 'replaced' | 'cancelled' | 'unknown'
    readonly purpose: Purpose
    readonly at: number | null
    readonly signInHref: string
    /** Requests another link to the address on file; null: only an administrator can. */
    readonly renew: Form | null
    /** Where another one can be requested; null: an administrator sends it. */
    readonly againHref: string | null
  }
  /** The same whether an email was sent or not: only the owner of the mailbox sees that. */
  'link-renewed': { readonly maskedEmail: string }
  /** Posts `decision=allow|deny`. */
  consent: Form & {
    readonly client: Client
    readonly email: string
    readonly scopes: readonly { readonly name: string; readonly words: string }[]
    readonly notYouHref: string | null
    /** Where it can be withdrawn; null: at the host's own pages. */
    readonly accountHref: string | null
  }
  /** `until` null: locked until an administrator resets it, so there is nothing to start again. */
  paused: { readonly until: number | null; readonly startAgainHref?: string | null }
  interrupted: {
    readonly startAgainHref: string | null
    /** `over`: one of the reasons, not known which. */
    readonly reason: 'reset' | 'over' | 'expired' | 'elsewhere' | 'saved' | 'disabled'
    /** The purpose of the mailed link, which is the way back. Default: there is none. */
    readonly byLink?: Purpose
    /** The entry that an authenticator app may have by now, without use. Default: none. */
    readonly entry?: { readonly issuer: string; readonly account: string } | null
  }
  'set-up-elsewhere': { readonly signInHref: string }
  /** `from`: when the password counts beside the link. */
  'set-up-closed': { readonly why: 'frozen' | 'expired' } | { readonly why: 'password-too-new'; readonly from: number }
  unavailable: { readonly reference: string }
  error: {
    readonly kind:
      | 'not-found'
      | 'forbidden'
      | 'unauthorised'
      | 'bad-request'
      | 'too-large'
      | 'method'
      | 'too-many'
      | 'unavailable'
      | 'server'
      | 'sign-in-request'
    readonly detail: string | null
    readonly reference: string
    readonly at: number
    readonly wayBack: { readonly href: string; readonly name: string } | null
    /** The same address again. Default: it would not help. */
    readonly retryHref?: string | null
  }
  /** Status 200, and leads on by itself: `form-action 'self'` forbids to redirect a POST to another origin. */
  continue: {
    readonly href: string
    readonly client: string | null
    readonly kind: 'sign-in' | 'back' | 'log-out' | 'link'
  }
  /** `form`: the provider's own, markup, with the id `op.logoutForm`. */
  'log-out': { readonly form: string; readonly client: string | null }
  /** `signInHref`: of a first-party app; null: the application knows its own. */
  'logged-out': { readonly client: string | null; readonly signInHref: string | null }
  mailbox: {
    readonly emails: readonly {
      readonly id: string
      readonly to: string
      readonly subject: string
      readonly text: string
      readonly at: number
    }[]
  }
  start: {
    readonly sampleHref: string
    readonly mailboxHref: string
    readonly consoleHref: string | null
    readonly accountHref: string | null
    readonly password: string
    readonly people: readonly {
      readonly email: string
      readonly is: 'admin' | 'helpdesk' | 'user' | 'pending' | 'disabled'
    }[]
    /** In words: `Redis at …`. */
    readonly store: string
  }
}
