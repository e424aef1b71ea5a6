/** An invitation: a mailed link that completes an account for the first time. Only the newest one works. */
import type { Account } from './account.ts'
import { refused, done, type Decision } from './decision.ts'
import type { Caller, CommandOf, NewLink } from './command.ts'
import { linkEmailEffect, newLink, tooManyLinks, withNewest } from './links.ts'
import { audit } from './outbox.ts'
import type { Refusal } from './refusal.ts'
import type { Rules } from './rules.ts'

export function invite(account: Account, command: CommandOf<'invite'>, now: number, rules: Rules): Decision {
  const refusal = invitationRefusal(account)
  return refusal ? refused(refusal) : invited(account, command, now, rules)
}

/** An account that has ever been set up is recovered by a reset, which ends sessions and notifies. */
export function invitationRefusal({ factor }: Account): Refusal | null {
  if (factor.is === 'none') return null
  return factor.is === 'lost' ? { is: 'record-lost' } : { is: 'already-enrolled' }
}

interface Invitation {
  readonly id: string
  readonly link: NewLink
  readonly by: Caller
}

/** Replaces the former invitation and its email. */
export function invited(account: Account, { id, link: made, by }: Invitation, now: number, rules: Rules): Decision {
  const tooMany = tooManyLinks(account, 'invitation', now, rules)
  if (tooMany) return refused(tooMany)
  const lifetimeSeconds = rules.invitationLifetimeSeconds
  const link = newLink({ id, link: made, purpose: 'invitation', lifetimeSeconds }, now)
  const links = withNewest(link, account.links, now)
  const outbox = account.outbox.filter(({ is }) => is !== 'invitation-mail')
  return done({ ...account, links, outbox }, { is: 'invited', id }, now, [
    audit('account.invited', by),
    linkEmailEffect(link, made),
  ])
}
