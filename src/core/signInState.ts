/** Why a person cannot sign in now, whatever they enter, as far as the record and their status decide it. For display. */
import type { Account } from './account.ts'
import { isLocked } from './attempts.ts'
import type { Status } from './command.ts'
import type { Rules } from './rules.ts'
import { hasPasskey } from './questions.ts'
import { wayBack } from './wayBack.ts'

export type SignInClosed =
  | { readonly is: 'disabled' | 'pending' | 'damaged' | 'blocked' | 'new-link' | 'new-reset' | 'locked' }
  | { readonly is: 'paused'; readonly until: number }

interface Standing {
  readonly status: Status
  readonly roles: readonly string[]
  /** null: the person has no record yet. */
  readonly account: Account | null
}

/** null: a sign-in is possible. A browser that is known for the account may be free of a pause. */
export function signInClosed({ status, roles, account }: Standing, rules: Rules, now: number): SignInClosed | null {
  if (status !== 'active') return { is: status }
  if (!account) return null
  const { factor, attempts } = account
  if (factor.is === 'lost' || factor.is === 'deleted') return { is: 'damaged' }
  const need = wayBack(account, roles, rules, now)
  if (need === 'blocked' || need === 'new-link' || need === 'new-reset') return { is: need }
  if (factor.is !== 'active' || hasPasskey(account)) return null
  if (isLocked(attempts, rules)) return { is: 'locked' }
  const { pausedUntil: until } = attempts
  return until !== null && now < until ? { is: 'paused', until } : null
}
