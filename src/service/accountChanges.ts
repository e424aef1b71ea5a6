/** Records changes in the directory, before they are made, and deletions. */
import type { Accounts, Outcome } from '../accounts/accounts.ts'
import type { Caller } from '../core/command.ts'
import type { NotedType } from '../core/effect.ts'

export interface AccountChanges {
  /** Cancels links to the old address and sends a notice to it. */
  changeEmail(accountId: string, from: string, by: Caller): Promise<Outcome>
  /** Audits a change; `reason` describes it. */
  noteChange(accountId: string, type: NotedType, reason: string | null, by: Caller): Promise<Outcome>
  /** Writes a text about the person into the audit, once for each form. */
  addNote(accountId: string, note: { readonly text: string; readonly form: string }, by: Caller): Promise<Outcome>
  /** Deletes the account, one that has no record included. When it returns, the directory has deleted the person. */
  deleteAccount(accountId: string, by: Caller): Promise<Outcome>
}

export const createAccountChanges = (accounts: Accounts): AccountChanges => ({
  changeEmail: (accountId, from, by) =>
    accounts.execute(accountId, () => ({ is: 'change-email', from, by }), { durable: true }),

  noteChange: (accountId, type, reason, by) =>
    accounts.execute(accountId, () => ({ is: 'note-change', type, reason, by }), {
      durable: true,
      newcomer: type === 'account.created',
    }),

  addNote: (accountId, { text, form }, by) =>
    accounts.execute(
      accountId,
      () => ({ is: 'note-change', type: 'account.noted', reason: text, lineId: `note.${form}`, by }),
      { durable: true },
    ),

  async deleteAccount(accountId, by) {
    const outcome = await accounts.execute(accountId, () => ({ is: 'delete-account', by }), {
      durable: true,
      newcomer: true,
    })
    if (outcome.is !== 'refused') await accounts.flush(accountId, 'remove-person')
    return outcome
  },
})
