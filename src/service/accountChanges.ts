/** Records changes in the directory, before they are made. */
import type { Accounts, Outcome } from '../accounts/accounts.ts'
import type { Caller } from '../core/command.ts'
import type { NotedType } from '../core/effect.ts'

export interface AccountChanges {
  /** Cancels links to the old address and sends a notice to it. */
  changeEmail(accountId: string, from: string, by: Caller): Promise<Outcome>
  /** Audits a change; `reason` describes it. */
  noteChange(accountId: string, type: NotedType, reason: string | null, by: Caller): Promise<Outcome>
}

export const createAccountChanges = (accounts: Accounts): AccountChanges => ({
  changeEmail: (accountId, from, by) =>
    accounts.execute(accountId, () => ({ is: 'change-email', from, by }), { durable: true }),

  noteChange: (accountId, type, reason, by) =>
    accounts.execute(accountId, () => ({ is: 'note-change', type, reason, by }), {
      durable: true,
      newcomer: type === 'account.created',
    }),
})
