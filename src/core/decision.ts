/** The core's answer to a command: the event, the record to save, and the effects it enqueues. */
import type { Account } from './account.ts'
import type { Effect, OutboxEntry } from './effect.ts'
import type { Refusal } from './refusal.ts'
import { OUTBOX_LIMIT } from './rules.ts'

export type Event =
  | { readonly is: 'code-accepted'; readonly at: number }
  | { readonly is: 'backup-code-accepted'; readonly at: number; readonly remaining: number }
  | PasskeyAccepted
  | { readonly is: 'authenticator-added' }
  | { readonly is: 'authenticator-removed' }
  | { readonly is: 'authenticator-renamed' }
  /** The holder of a set-up confirmed a newer passkey in place of its first one. */
  | { readonly is: 'set-up-corrected'; readonly at: number }
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
  | { readonly is: 'account-deleted' }
  | { readonly is: 'effects-recorded' }
  | { readonly is: 'resealed' }
  | { readonly is: 'restored' }

/** `isSynced`: it may be copied to other devices. */
export interface PasskeyAccepted {
  readonly is: 'passkey-accepted'
  readonly at: number
  readonly authenticatorId: string
  readonly isSuspect: boolean
  readonly isSynced: boolean
}

export type Decision =
  /** `account` is saved. `repeated`: it happened before, for the same requester, and nothing is saved. */
  | { readonly is: 'done'; readonly account: Account; readonly event: Event }
  | { readonly is: 'repeated'; readonly event: Event }
  /** A refusal can change the record too (a wrong code is counted): then `account` is present and is saved first. */
  | { readonly is: 'refused'; readonly refusal: Refusal; readonly account?: Account }

export const refused = (refusal: Refusal): Decision => ({ is: 'refused', refusal })

/** The change with its effects; refused as a whole if the outbox has no room for them. */
export function done(account: Account, event: Event, now: number, effects: readonly Effect[]): Decision {
  const next = enqueue(account, now, effects)
  return next ? { is: 'done', account: next, event } : { is: 'refused', refusal: { is: 'outbox-full' } }
}

/** The account with more outbox entries; null: there is no room for them. */
export function enqueue(account: Account, now: number, effects: readonly Effect[]): Account | null {
  if (account.outbox.length + effects.length > OUTBOX_LIMIT) return null
  const outbox = effects.map((effect, index): OutboxEntry => ({
    ...effect,
    // The epoch is never used twice, so neither is the id, even after a lost record was created again.
    id: `${account.epoch}.${account.outboxCount + index}`,
    at: now,
    nextAt: now,
    tries: 0,
  }))
  return { ...account, outbox: [...account.outbox, ...outbox], outboxCount: account.outboxCount + effects.length }
}
