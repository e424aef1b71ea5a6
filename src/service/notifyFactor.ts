/** Makes the directory read the state of a second factor and of its backup codes again. */
import type { Accounts } from '../accounts/accounts.ts'
import type { Account } from '../core/account.ts'
import { backupCodesState, factorState } from '../core/questions.ts'
import type { Rules } from '../core/rules.ts'
import type { Directory } from '../ports.ts'

interface NotifyOptions {
  readonly directory: Pick<Directory, 'factorChanged'>
  readonly accounts: Pick<Accounts, 'get'>
  readonly rules: Rules
}

export const createNotifyFactor =
  ({ directory, accounts, rules }: NotifyOptions) =>
  async (accountId: string): Promise<void> => {
    let account: Account | null = null
    const state = async () => {
      account = await accounts.get(accountId)
      return account ? factorState(account, rules) : 'none'
    }
    // Of the record that `state` has read, so that both values are of one moment.
    await directory.factorChanged?.(accountId, state, async () => (account ? backupCodesState(account) : 'enough'))
  }
