/** Every refusal of the core. A refusal is a decision: it is returned, never thrown. */
export type Refusal =
  /** Something ended this sign-in: a reset, another enrolment. */
  | { readonly is: 'sign-in-over' }
  | { readonly is: 'not-enrolled' }
  | { readonly is: 'code-incorrect'; readonly failures: number }
  | { readonly is: 'code-replayed' }
  | { readonly is: 'passkey-incorrect'; readonly failures: number }
  /** Another assertion was accepted since the challenge was made. */
  | { readonly is: 'passkey-stale' }
  /** The role needs a passkey, and this was proven by something else. */
  | { readonly is: 'passkey-required' }
  /** Its counter did not rise: it may have been copied. */
  | { readonly is: 'passkey-suspect' }
  | { readonly is: 'too-many-authenticators' }
  | { readonly is: 'already-added' }
  /** No other one works. */
  | { readonly is: 'last-authenticator' }
  | { readonly is: 'authenticator-unknown' }
  /** The proof for this request is too old. */
  | { readonly is: 'proof-too-old' }
  /** The proof is an enrolment or a backup code. */
  | { readonly is: 'proof-too-weak' }
  /** This proof or a newer one was used for another act. */
  | { readonly is: 'proof-used' }
  /** The authenticator was set up too recently to act on others. */
  | { readonly is: 'factor-too-new'; readonly until: number }
  | { readonly is: 'paused'; readonly until: number }
  | { readonly is: 'locked' }
  | { readonly is: 'set-up-elsewhere'; readonly at: number }
  | { readonly is: 'set-up-frozen' }
  | { readonly is: 'set-up-expired'; readonly at: number }
  /** Both proofs are required, and this browser has not given the password. */
  | { readonly is: 'password-missing' }
  /** Both proofs are required, and this browser has opened no mailed link. */
  | { readonly is: 'link-missing' }
  | { readonly is: 'link-unknown' }
  | { readonly is: 'link-expired'; readonly at: number }
  /** `via`: the set-up was done at a sign-in instead. */
  | { readonly is: 'link-used'; readonly at: number; readonly via?: 'sign-in' }
  | { readonly is: 'link-replaced'; readonly at: number }
  | { readonly is: 'link-cancelled'; readonly at: number }
  /** A mailed link has set up the second factor again, or may do so: no mailed link changes the password as well. */
  | { readonly is: 'mailbox-used'; readonly until: number | null }
  /** Both proofs are required, and a mailed link has set the password: it counts from `until` on. */
  | { readonly is: 'password-too-new'; readonly until: number }
  | { readonly is: 'setup-incomplete' }
  | { readonly is: 'account-disabled' }
  | { readonly is: 'account-deleted' }
  | { readonly is: 'already-enrolled' }
  | { readonly is: 'reset-not-found' }
  | { readonly is: 'reset-finished' }
  | { readonly is: 'superseded-meanwhile'; readonly resetId: string; readonly by: string | null; readonly at: number }
  | { readonly is: 'idempotency-conflict' }
  | { readonly is: 'too-many-resets'; readonly retryAt: number }
  | { readonly is: 'record-lost' }
  /** The outbox is full; nothing was changed. */
  | { readonly is: 'outbox-full' }
