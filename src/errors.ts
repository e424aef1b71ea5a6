/**
 * Every error that a host may catch, each with a `code` that stays the same across versions. A wrong argument is a TypeError that names
 * it; an act that is not allowed is a refusal, which is returned and never thrown.
 */

/** `error instanceof RekeyError` distinguishes them from bugs. */
export abstract class RekeyError extends Error {
  abstract readonly code: string
}

/** The store did not answer in time or at all: the outcome of a write is unknown and the caller may retry. Becomes a 503. */
export class StoreUnavailable extends RekeyError {
  override readonly name = 'StoreUnavailable'
  override readonly code = 'ERR_STORE_UNAVAILABLE'
}

/** Too much costly work is waiting. Nothing was done or revealed; becomes a 503. @see ASVS 15.1.3, 15.2.2 */
export class Busy extends RekeyError {
  override readonly name = 'Busy'
  override readonly code = 'ERR_BUSY'

  constructor() {
    super('too much costly work is waiting')
  }
}

/**
 * A seal cannot be opened. malformed: not a seal · unknown-key: its key is not in `keys` (fail closed: this proves nothing about the
 * account) · tampered: changed, moved, or made for another purpose.
 */
export class Unsealable extends RekeyError {
  override readonly name = 'Unsealable'
  override readonly code = 'ERR_UNSEALABLE'
  readonly reason: 'malformed' | 'unknown-key' | 'tampered'

  constructor(reason: Unsealable['reason']) {
    super(`a seal cannot be opened: ${reason}`)
    this.reason = reason
  }
}

/** No such sign-in: it was finished, is too old, or ended with its session by a reset. */
export class SignInOver extends RekeyError {
  override readonly name = 'SignInOver'
  override readonly code = 'ERR_SIGN_IN_OVER'
}

/** A sign-in page of the host finished a sign-in without `loginResult()`, so its proof is unknown. */
export class UnstampedSignIn extends RekeyError {
  override readonly name = 'UnstampedSignIn'
  override readonly code = 'ERR_UNSTAMPED_SIGN_IN'
}

/** A call before `attach(provider)` that needs the provider. */
export class NotAttached extends RekeyError {
  override readonly name = 'NotAttached'
  override readonly code = 'ERR_NOT_ATTACHED'

  constructor() {
    super('attach(provider) first')
  }
}

/** Thrown by a host's `Mailer`: the mail server will never accept this email, so it is not sent again. */
export class MailRefused extends RekeyError {
  override readonly name = 'MailRefused'
  override readonly code = 'ERR_MAIL_REFUSED'
}

/** The directory knows no account of this id. */
export class UnknownAccount extends RekeyError {
  override readonly name = 'UnknownAccount'
  override readonly code = 'ERR_UNKNOWN_ACCOUNT'

  constructor(id: string) {
    super(`no account ${JSON.stringify(id)}`)
  }
}
