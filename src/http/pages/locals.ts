/** Locals of each page. A template sees nothing else: the handler decides what may be shown. */
import type { DemoPages } from './demoLocals.ts'
import type { Purpose } from '../../core/link.ts'
import type { PasswordFault } from '../../core/passwordPolicy.ts'
import type { App } from '../../ports.ts'
import type { OwnAuthenticator } from './accountLocals.ts'
import type { AccountPages } from './accountLocals.ts'
import type { ConsolePages } from './consoleLocals.ts'
import type { Form, PasskeyForm, Step } from './pageMetadata.ts'

interface Client {
  readonly name: string
  readonly host: string
}

/** All times are epoch seconds. */
export interface Pages extends AccountPages, ConsolePages, DemoPages {
  /** Posts `email`, `password`. */
  'sign-in': Form & {
    /** The page to request another password; null: there is none. */
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
  /** Posts `assertion`. */
  passkey: Form & {
    readonly passkey: PasskeyForm
    /** null: the account has no authenticator app. */
    readonly codeHref: string | null
    readonly backupHref: string
    readonly notYouHref: string | null
  }
  /** Posts `registration` and `assertion`; each form of the list `name`. */
  authenticators: Form & {
    readonly list: readonly (OwnAuthenticator & { readonly rename: Form | null; readonly removeHref: string | null })[]
    /** null: no passkey is offered. */
    readonly passkey: PasskeyForm | null
    /** The new name that was typed for one of them. `isRefused`: it is none, or too long. */
    readonly naming: null | { readonly id: string; readonly name: string; readonly isRefused: boolean }
    readonly done: Form
    readonly said: null | 'added' | 'removed' | 'renamed'
  }
  /** `name`: null: the app. */
  'remove-authenticator': Form & { readonly name: string | null; readonly cancelHref: string }
  /** Posts `code`. */
  'backup-code': Form & {
    readonly error: null | 'empty' | 'incorrect'
    readonly challengeHref: string
    readonly notYouHref: string | null
  }
  /** After the password, where the mailed link is required too. The form continues with the opened link. */
  'check-email': Form & {
    readonly account: string
    /** The state of the email. `revoked`: only a new reset sends another. */
    readonly email: 'sent' | 'expired' | 'cancelled' | 'revoked'
    readonly error: null | 'not-here' | 'expired' | 'replaced' | 'cancelled'
    readonly said: null | 'sent'
    /** Sends the email again; null: only an administrator can. */
    readonly again: Form | null
    readonly notYouHref: string | null
  }
  /** After the mailed link, where the password is required too. Posts `password`. */
  'enter-password': Form & { readonly email: string; readonly error: null | 'empty' | 'mismatch' | 'paused' }
  /** Before a set-up in a session whose password is proven. */
  'begin-set-up': Form & { readonly forced: { readonly at: number } | null; readonly notYouHref: string | null }
  /** Posts `code`, or `registration` and `assertion`. `forced`: after a reset. `until`: when this secret is dropped. */
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
    /** null: no passkey is offered. */
    readonly passkey: PasskeyForm | null
    readonly error: null | 'empty' | 'malformed' | 'incorrect'
    readonly ourTime: number | null
    /** How far the clock of the app is from ours, negative: behind; null: not known. Seconds. */
    readonly clockAway: number | null
    readonly until: number
    /** The remaining time. Seconds. */
    readonly left: number
    /** Extends the time; null: it cannot be extended. */
    readonly moreTime: Form | null
    /** The sign-in with another account; null: there is none. */
    readonly anotherHref: string | null
    /** Replaces an authenticator, which works until then. Default false. */
    readonly replacing?: boolean
    /** Cancels without a change. Default: not possible. */
    readonly cancel?: Form | null
  }
  /**
   * Before a change of the own account. Posts `code` or `assertion` when it is required. `codesLeft`: unused backup codes. `isWeak`: the authenticator was
   * made elsewhere and must be replaced.
   */
  change: Form & {
    readonly what: 'replace' | 'renew' | 'manage' | 'password'
    readonly isWeak: boolean
    readonly codesLeft: number
    readonly asksCode: boolean
    /** null: no passkey of the account works here, or no proof is needed. */
    readonly passkey: PasskeyForm | null
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
    /** The end of the time in which they are shown. */
    readonly until: number
    readonly step: Step | null
    readonly reason: 'set-up' | 'renewed'
    readonly error: null | 'unticked'
  }
  done: {
    readonly continueTo: { readonly href: string; readonly name: string } | null
    readonly signInHref: string
    /** What the account signs in with from now on. */
    readonly kind: 'app' | 'passkey'
  }
  link: Form & {
    readonly purpose: Purpose
    readonly maskedEmail: string
    readonly expiresAt: number
    /** Whether the password is required too. */
    readonly asksPassword: boolean
    /** Another person who is signed in in this browser. */
    readonly other: { readonly email: string; readonly signOutHref: string } | null
  }
  /** Posts `password`. `isFirst`: the account has none yet. */
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
  forgotten: Form & { readonly email: string; readonly error: null | 'empty' | 'too-many'; readonly signInHref: string }
  'link-sent': {
    readonly againHref: string
    readonly signInHref: string
    /** Lifetime of the link. */
    readonly valid: { readonly unit: 'hours' | 'minutes'; readonly count: number }
  }
  /** `at`: when it expired, was used, replaced or cancelled. */
  'dead-link': {
    readonly why: 'expired' | 'used' | 'replaced' | 'cancelled' | 'unknown'
    readonly purpose: Purpose
    readonly at: number | null
    /** Not used itself: the set-up was done at a sign-in. Default false. */
    readonly viaSignIn?: boolean
    readonly signInHref: string
    /** Requests another link to the address on file; null: only an administrator can. */
    readonly renew: Form | null
    /** The page to request another link; null: only an administrator can. */
    readonly againHref: string | null
  }
  /** The same whether an email was sent or not, so that only the owner of the mailbox learns it. */
  'link-renewed': { readonly purpose: Purpose; readonly maskedEmail: string; readonly signInHref: string }
  /** Posts `decision=allow|deny`. */
  consent: Form & {
    readonly client: Client
    readonly email: string
    readonly scopes: readonly { readonly name: string; readonly words: string }[]
    readonly notYouHref: string | null
    /** The page to revoke the grant; null: the host has its own. */
    readonly accountHref: string | null
  }
  /** `until` null: locked until an administrator resets it. */
  paused: {
    readonly until: number | null
    readonly startAgainHref?: string | null
    /** The page to request another password. Default: there is none. */
    readonly forgottenHref?: string | null
  }
  interrupted: {
    readonly startAgainHref: string | null
    /** `over`: one of the reasons, which is not known. */
    readonly reason: 'reset' | 'over' | 'expired' | 'elsewhere' | 'saved' | 'disabled'
    /** In place of **Start again**. Default: there is none. */
    readonly signInHref?: string | null
    /** The purpose of the mailed link that can be opened again. Default: there is none. */
    readonly byLink?: Purpose
    /** The useless entry that an authenticator app may have by now. Default: none. */
    readonly entry?: { readonly issuer: string; readonly account: string } | null
  }
  'set-up-elsewhere': { readonly signInHref: string }
  /** `from`: when the password is accepted beside the link. */
  'set-up-closed': { readonly signInHref: string } & (
    { readonly why: 'frozen' | 'expired' } | { readonly why: 'password-too-new'; readonly from: number }
  )
  /** `isHost`: after the host's own sign-in page. `signInHref`: null: that page has its own way back. */
  unavailable: { readonly reference: string; readonly isHost: boolean; readonly signInHref: string | null }
  error: {
    readonly kind:
      | 'not-found'
      | 'forbidden'
      | 'unauthorised'
      | 'bad-request'
      | 'form-expired'
      | 'too-large'
      | 'method'
      | 'too-many'
      | 'unavailable'
      | 'server'
      | 'sign-in-request'
      | 'sign-in-refused'
    readonly detail: string | null
    readonly reference: string
    readonly at: number
    /** `app`: one of ours, in place of a name. */
    readonly wayBack:
      { readonly href: string; readonly name: string } | { readonly href: string; readonly app: App } | null
    /** For another account. Default: no sign-out helps. */
    readonly signOutHref?: string | null
    /** The same address. Default: a retry does not help. */
    readonly retryHref?: string | null
  }
  /** Status 200 and continues by itself: `form-action 'self'` forbids to redirect a POST to another origin. */
  continue: {
    readonly href: string
    readonly client: string | null
    readonly kind: 'sign-in' | 'back' | 'log-out' | 'link'
  }
  /** `form`: the provider's own, markup, with the id `op.logoutForm`. */
  'log-out': { readonly form: string; readonly client: string | null }
  /** `signInHref`: of a first-party app; null: another application. */
  'logged-out': { readonly client: string | null; readonly signInHref: string | null }
}
