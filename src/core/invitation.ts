/** An invitation: a mailed link that completes an account for the first time. Only the newest one works. */
import type { Account } from './account.ts'
import { refused, done, type Decision } from './decision.ts'
import { linkEmailEffect, newLink, tooManyLinks, withNewest } from './links.ts'
import { audit, withdrawDeadMail } from './outbox.ts'
import { INVITATION_SECONDS, type Rules } from './rules.ts'
import type { CommandOf } from './command.ts'

export function invite(account: Account, command: CommandOf<'invite'>, now: number, rules: Rules): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  // An account that has ever been set up is recovered by a reset, which ends sessions and notifies.
  if (account.factor.is !== 'none') return refused({ is: 'already-enrolled' })
  const tooMany = tooManyLinks(account, 'invitation', now, rules)
  if (tooMany) return refused(tooMany)
  const link = newLink({ ...command, purpose: 'invitation', lifetimeSeconds: INVITATION_SECONDS }, now)
  const links = withNewest(link, account.links, now)
  return done(withdrawDeadMail({ ...account, links }), { is: 'invited', id: command.id }, now, [
    audit('account.invited', command.by),
    linkEmailEffect(link, command.link),
  ])
}
