/**
 * An expired link of a reset or an invitation can be exchanged once for its successor, mailed to the address on file. A password link has
 * none: its form is open to all.
 */
import type { Account } from './account.ts'
import { refused, type Decision } from './decision.ts'
import type { CommandOf } from './command.ts'
import { invitationRefusal, invited } from './invitation.ts'
import { type Link, purposeOf } from './link.ts'
import { flowClosed, isUnfinished, linkOf, linkRefusal } from './questions.ts'
import type { Refusal } from './refusal.ts'
import { sentAgain } from './reset.ts'
import { INVITATION_RENEWAL_SECONDS, type Rules } from './rules.ts'

export function renewLink(account: Account, command: CommandOf<'renew-link'>, now: number, rules: Rules): Decision {
  const link = renewable(account, command.digest)
  const refusal = renewalRefusal(account, command.digest, now)
  if (refusal || !link) return refused(refusal ?? { is: 'link-unknown' })
  if (purposeOf(link) === 'invitation') return invited(account, { ...command, id: link.resetId }, now, rules)
  const reset = account.resets.find((item) => item.id === link.resetId)
  return reset ? sentAgain({ account, reset }, command, now, rules) : refused({ is: 'reset-finished' })
}

/** Why this link has no successor; null: it has. An old email stays useless, and no time for a set-up is extended. */
export function renewalRefusal(account: Account, digest: string, now: number): Refusal | null {
  const link = renewable(account, digest)
  const refusal = linkRefusal(link, account, now) ?? ({ is: 'link-unknown' } as const)
  if (!link || refusal.is !== 'link-expired') return refusal
  if (purposeOf(link) === 'invitation') {
    const isOld = now >= link.expiresAt + INVITATION_RENEWAL_SECONDS
    return invitationRefusal(account) ?? (isOld ? refusal : null)
  }
  const reset = account.resets.find((item) => item.id === link.resetId)
  return flowClosed(account, now) ?? (reset && isUnfinished(reset) ? null : { is: 'reset-finished' })
}

const renewable = (account: Account, digest: string): Link | undefined => linkOf(account, digest, 'reset', 'invitation')
