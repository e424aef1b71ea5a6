/**
 * Every error that a host may catch, each with a `code` that stays the same across versions. An act that is not allowed is a refusal, which
 * is returned and never thrown.
 */

const mark = Symbol.for('oidc-rekey.error')

/**
 * `error instanceof RekeyError` distinguishes them from bugs. `instanceof` compares codes, so that an error of another copy of the package
 * (one for the host, one below a dependency) is recognised.
 */
export abstract class RekeyError extends Error {
  static readonly code: string = 'rekey_error'
  abstract readonly code: string
  readonly [mark] = true

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !(mark in value)) return false
    if (this === RekeyError) return true
    // A host's own subclass inherits the code and is recognised by its prototype.
    if (!Object.hasOwn(this, 'code')) return Function.prototype[Symbol.hasInstance].call(this, value)
    return 'code' in value && value.code === this.code
  }
}

export interface OptionFault {
  /** `keys`, `rules.lockAfter`. */
  readonly path: string
  readonly message: string
  /** Of an unknown name: the nearest known one. */
  readonly nearest: string | null
}

/** `createRekey` cannot work with these options; nothing was started. A message contains no secret. */
export class OptionsRefused extends RekeyError {
  static override readonly code = 'options_refused'
  override readonly name = 'OptionsRefused'
  override readonly code = OptionsRefused.code
  readonly faults: readonly OptionFault[]

  constructor(faults: readonly OptionFault[]) {
    super(faults.map(sentenceOf).join('\n'))
    this.faults = faults
  }
}

const sentenceOf = ({ path, message, nearest }: OptionFault): string =>
  `${path}: ${message}${nearest === null ? '' : `, the nearest known one is ${nearest}`}`

/** What is wrong with the way in which a host uses this package. */
export interface Finding {
  readonly id: string
  readonly severity: 'fatal' | 'warn' | 'info'
  readonly found: string
  /** What to do. */
  readonly mend: string
  readonly docs: string
}

/** `attach(provider)` found what makes the service unsafe or useless. */
export class MountRefused extends RekeyError {
  static override readonly code = 'mount_refused'
  override readonly name = 'MountRefused'
  override readonly code = MountRefused.code
  readonly findings: readonly Finding[]

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ id, found, mend }) => `${id}: ${found}. ${mend}`).join('\n'))
    this.findings = findings
  }
}

/** The store did not answer in time or at all: the outcome of a write is unknown and the caller may retry. Becomes a 503. */
export class StoreUnavailable extends RekeyError {
  static override readonly code = 'store_unavailable'
  override readonly name = 'StoreUnavailable'
  override readonly code = StoreUnavailable.code
}

/** The database is there and must not be used: its settings lose data, or what it contains is not ours or is newer. */
export class StoreUnfit extends RekeyError {
  static override readonly code = 'store_unfit'
  override readonly name = 'StoreUnfit'
  override readonly code = StoreUnfit.code
}

/** Too much costly work is waiting. Nothing was done or revealed; becomes a 503. @see ASVS 15.1.3, 15.2.2 */
export class Busy extends RekeyError {
  static override readonly code = 'busy'
  override readonly name = 'Busy'
  override readonly code = Busy.code

  constructor() {
    super('too much costly work is waiting')
  }
}

/**
 * A seal cannot be opened. malformed: not a seal · unknown-key: its key is not in `keys` (fail closed: this proves nothing about the
 * account) · tampered: changed, moved, or made for another purpose.
 */
export class Unsealable extends RekeyError {
  static override readonly code = 'key_missing'
  override readonly name = 'Unsealable'
  override readonly code = Unsealable.code
  readonly reason: 'malformed' | 'unknown-key' | 'tampered'

  constructor(reason: Unsealable['reason']) {
    super(`a seal cannot be opened: ${reason}`)
    this.reason = reason
  }
}

/** No such sign-in: it was finished, is too old, or ended with its session by a reset. */
export class SignInOver extends RekeyError {
  static override readonly code = 'sign_in_over'
  override readonly name = 'SignInOver'
  override readonly code = SignInOver.code
}

/** A sign-in page of the host finished a sign-in without `loginResult()`, so its proof is unknown. */
export class SignInNotStamped extends RekeyError {
  static override readonly code = 'sign_in_not_stamped'
  override readonly name = 'SignInNotStamped'
  override readonly code = SignInNotStamped.code
}

/** A call before `attach(provider)` that needs the provider. */
export class NotAttached extends RekeyError {
  static override readonly code = 'not_attached'
  override readonly name = 'NotAttached'
  override readonly code = NotAttached.code

  constructor() {
    super('attach(provider) first')
  }
}

/** Thrown by a `Mailer`: the mail server will never accept this email, so it is not sent again. */
export class MailRefused extends RekeyError {
  static override readonly code = 'mail_refused'
  override readonly name = 'MailRefused'
  override readonly code = MailRefused.code
  /** Shown to administrators, so without a text of the mail server, which may quote a link. null: none. */
  readonly reason: string | null

  constructor(message: string, reason: string | null = null) {
    super(message)
    this.reason = reason
  }
}

/** Thrown by a `Mailer`: the mail server does not accept this email now, so it is sent again later. */
export class MailDeferred extends RekeyError {
  static override readonly code = 'mail_deferred'
  override readonly name = 'MailDeferred'
  override readonly code = MailDeferred.code
  /** As `MailRefused.reason`. */
  readonly reason: string | null

  constructor(message: string, reason: string | null = null) {
    super(message)
    this.reason = reason
  }
}

/** The directory knows no account of this id. */
export class UnknownAccount extends RekeyError {
  static override readonly code = 'unknown_account'
  override readonly name = 'UnknownAccount'
  override readonly code = UnknownAccount.code

  constructor(id: string) {
    super(`no account ${JSON.stringify(id)}`)
  }
}
