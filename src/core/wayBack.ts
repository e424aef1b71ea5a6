/** What a person needs to set up again after a reset, as far as the record decides it. For display: the set-up itself judges the proofs. */
import type { Account } from './account.ts'
import { purposeOf } from './link.ts'
import { requiredProofs } from './proofs.ts'
import { isUnfinished } from './questions.ts'
import type { Rules } from './rules.ts'

/**
 * `either`, `both`: of the password and the mailed link. `password`, `link`: only that one is left. `new-link`: it has to be sent again.
 * `new-reset`: nothing is left. `blocked`: an administrator closed every way.
 */
export const waysBack = ['either', 'both', 'password', 'link', 'new-link', 'new-reset', 'blocked'] as const
export type WayBack = (typeof waysBack)[number]

/** null: no set-up is due. An expired link counts as long as its owner can renew it. */
export function wayBack(account: Account, roles: readonly string[], rules: Rules, now: number): WayBack | null {
  const { factor, links, resets } = account
  if (factor.is !== 'reset') return null
  if (factor.frozen) return 'blocked'
  const hasLink = links.some(
    (link) =>
      purposeOf(link) === 'reset' &&
      link.resetId === factor.resetId &&
      link.state.is === 'live' &&
      (now < link.expiresAt || now < factor.signInUntil),
  )
  const canResend = resets.some((reset) => reset.id === factor.resetId && isUnfinished(reset))
  const withoutLink = canResend ? 'new-link' : 'new-reset'
  if (requiredProofs(account, roles, rules, now).both) return hasLink ? 'both' : withoutLink
  if (now < factor.signInUntil) return hasLink ? 'either' : 'password'
  return hasLink ? 'link' : withoutLink
}
