/** A mailed link as the record stores it: digest, purpose and state. */

/** Where a set-up is confirmed: behind a mailed link or at the sign-in. */
export type Flow = 'link' | 'sign-in'

/** What a mailed link leads to: setting up again after a reset, completing an account for the first time, another password. */
export type Purpose = 'reset' | 'invitation' | 'password'

export interface Link {
  readonly digest: string
  /** The reset it is of; of another purpose: its own id. */
  readonly resetId: string
  /** Default `reset`. */
  readonly purpose?: Purpose
  readonly issuedAt: number
  readonly expiresAt: number
  /** The form in which the person asked for it: sending the same form again sends nothing. Absent: it was none of theirs. */
  readonly form?: string
  /** When its bearer first went on with it; of another purpose than `password`: absent. */
  readonly openedAt?: number
  readonly state: { readonly is: 'live' } | { readonly is: 'used' | 'replaced' | 'cancelled'; readonly at: number }
}

export const purposeOf = (link: Link): Purpose => link.purpose ?? 'reset'
