/** Changes of what the directory keeps of a person, as far as they concern the record: what they end, and what the audit is told. */
import type { Account } from './account.ts'
import { refused, done, type Decision } from './decision.ts'
import { nextEpoch } from './authenticator.ts'
import { audit } from './outbox.ts'
import type { CommandOf } from './command.ts'
import { withoutLinks } from './links.ts'

/**
 * The old address is told, and nothing that was sent there opens anything any more. Sign-ins end as well: a letter may have led to one,
 * and a reader of the old mailbox must not stay signed in.
 */
export function changeEmail(account: Account, command: CommandOf<'change-email'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  const { epoch, endedAt } = nextEpoch(account, now)
  return done({ ...withoutLinks(account, now), epoch, endedAt }, { is: 'email-changed' }, now, [
    audit('account.email_changed', command.by),
    { is: 'notice', notice: { is: 'email-changed', from: command.from } },
    { is: 'purge', epoch, resetId: null },
  ])
}

/** Told before it is done: a change that nobody wrote down would be worse than a line about one that failed. */
export function noteChange(account: Account, { type, reason, by }: CommandOf<'note-change'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  return done(account, { is: 'change-noted' }, now, [audit(type, by, { reason })])
}
