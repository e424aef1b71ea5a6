/** Changes of what the directory keeps of a person, as far as they concern the record: what they end, and what the audit is told. */
import type { Account } from './account.ts'
import { refused, risen } from './authenticator.ts'
import { withoutLinks } from './lives.ts'
import { audit, done } from './outbox.ts'
import type { Command, Decision } from './vocabulary.ts'

type Asked<K extends Command['is']> = Extract<Command, { is: K }>

/**
 * The old address is told, and nothing that was sent there opens anything any more. Sign-ins end as well: a letter may have led to one,
 * and a reader of the old mailbox must not stay signed in.
 */
export function changeEmail(account: Account, asked: Asked<'change-email'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  const { epoch, endedAt } = risen(account, now)
  return done({ ...withoutLinks(account, now), epoch, endedAt }, { is: 'email-changed' }, now, [
    audit('account.email_changed', asked.by),
    { is: 'notice', notice: { is: 'email-changed', from: asked.from } },
    { is: 'purge', epoch, resetId: null },
  ])
}

/** Told before it is done: a change that nobody wrote down would be worse than a line about one that failed. */
export function noteChange(account: Account, { type, reason, by }: Asked<'note-change'>, now: number): Decision {
  if (account.factor.is === 'lost') return refused({ is: 'record-lost' })
  return done(account, { is: 'change-noted' }, now, [audit(type, by, { reason })])
}
