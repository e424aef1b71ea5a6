/**
 * Deletes an account. The record remains as a tombstone with a new epoch: whatever was proven before is void, and the id cannot be given to
 * another person, who would receive what applications keep under it.
 */
import type { Account } from './account.ts'
import { nextEpoch } from './authenticator.ts'
import type { CommandOf } from './command.ts'
import { type Decision, done } from './decision.ts'
import { audit } from './outbox.ts'
import { newAccount } from './newAccount.ts'
import { isDeleted } from './questions.ts'

export function deleteAccount(account: Account, { by }: CommandOf<'delete-account'>, now: number): Decision {
  if (isDeleted(account)) return { is: 'repeated', event: { is: 'account-deleted' } }
  const { epoch, endedAt } = nextEpoch(account, now)
  const tombstone: Account = {
    ...newAccount(account.id, now),
    epoch,
    endedAt,
    factor: { is: 'deleted', at: now },
    // Emails, passwords and states that wait concern no person any more. What happened stays in the audit.
    outbox: account.outbox.filter(({ is }) => is === 'audit'),
    outboxCount: account.outboxCount,
  }
  return done(tombstone, { is: 'account-deleted' }, now, [
    audit('account.deleted', by),
    { is: 'purge', epoch, resetId: null, because: 'deleted' },
    { is: 'remove-person' },
    { is: 'redact-audit' },
  ])
}
