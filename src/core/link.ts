/** A mailed link as the record stores it: digest, purpose and state. */

/** Where a set-up is confirmed: after a mailed link or at the sign-in. */
export type Flow = 'link' | 'sign-in'

/** What a mailed link is for: set-up after a reset, first completion of an account, a new password. */
export type Purpose = 'reset' | 'invitation' | 'password'

export interface Link {
  readonly digest: string
  /** Id of its reset; for another purpose, its own id. */
  readonly resetId: string
  /** Default `reset`. */
  readonly purpose?: Purpose
  readonly issuedAt: number
  readonly expiresAt: number
  /** The form that requested it: sending the same form again sends nothing. Absent: not requested by the account's owner. */
  readonly form?: string
  /** When Continue was first pressed; only for the purpose `password`. */
  readonly openedAt?: number
  readonly state: { readonly is: 'live' } | { readonly is: 'used' | 'replaced' | 'cancelled'; readonly at: number }
}

export const purposeOf = (link: Link): Purpose => link.purpose ?? 'reset'
