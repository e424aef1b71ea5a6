/** Changes of data that the directory stores, as far as the record is concerned: what they end, and their audit lines. */
import type { Account } from './account.ts'
import { refused, done, type Decision } from './decision.ts'
import { nextEpoch } from './authenticator.ts'
import { audit } from './outbox.ts'
import type { CommandOf } from './command.ts'
import { withoutLinks } from './links.ts'

/**
 * Notifies the old address and cancels every link that was sent there. Sign-ins end as well: one of those emails may have led to a
 * sign-in, and a reader of the old mailbox must not stay signed in.
 */
export function changeEmail(account: Account, command: CommandOf<'change-email'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  const { epoch, endedAt } = nextEpoch(account, now)
  return done({ ...withoutLinks(account, now), epoch, endedAt }, { is: 'email-changed' }, now, [
    audit('account.email_changed', command.by),
    { is: 'notice', notice: { is: 'email-changed', from: command.from } },
    { is: 'purge', epoch, resetId: null, because: 'email-changed' },
  ])
}

/** Enqueued before the change: a line about a change that failed is better than a change without a line. */
export function noteChange(account: Account, command: CommandOf<'note-change'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  const { type, reason, by, lineId } = command
  const line = audit(type, by, { reason })
  return done(account, { is: 'change-noted' }, now, [lineId === undefined ? line : { ...line, lineId }])
}
