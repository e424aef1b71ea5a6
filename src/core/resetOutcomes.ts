/** What a change of an account means for its resets, for metrics: no id, no person. */
import type { Account, Reset } from './account.ts'
import type { Flow } from './link.ts'
import { isUnfinished } from './questions.ts'

export type ResetOutcome =
  /** `seconds`: from the reset to the completed set-up. */
  | { readonly is: 'completed'; readonly via: Flow; readonly seconds: number }
  /** Its link had expired unused before this followed. */
  | { readonly is: 'expired'; readonly followedBy: 'completed' | 'resent' | 'superseded' | 'revoked' }

/** An expiry writes nothing, so it is found at the next change of the reset. */
export function resetOutcomes(before: Account, after: Account, now: number): ResetOutcome[] {
  if (before.resets === after.resets) return []
  return before.resets.filter(isUnfinished).flatMap((reset) => {
    const next = after.resets.find(({ id }) => id === reset.id)
    return next ? outcomesOf(reset, next, now) : []
  })
}

function outcomesOf(reset: Reset, next: Reset, now: number): ResetOutcome[] {
  const { state } = next
  const followedBy = now >= reset.expiresAt ? following(reset, next) : null
  return [
    ...(followedBy ? [{ is: 'expired', followedBy } as const] : []),
    // A clock that was set back must not make it negative.
    ...(state.is === 'completed'
      ? [{ is: 'completed', via: state.via, seconds: Math.max(0, state.at - reset.requestedAt) } as const]
      : []),
  ]
}

function following(reset: Reset, { state, expiresAt }: Reset) {
  switch (state.is) {
    case 'sent':
    case 'opened':
      return expiresAt > reset.expiresAt ? 'resent' : null
    case 'completed':
    case 'superseded':
    case 'revoked':
      return state.is
  }
}
