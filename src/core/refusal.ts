/** Every refusal of the core. A refusal is a decision: it is returned, never thrown. */
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
  /** The outbox holds as many entries as it may; nothing was changed. */
  | { readonly is: 'outbox-full' }
