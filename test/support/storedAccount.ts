/** The account record, which no public method returns. */
import type { Account } from '../../src/core/account.ts'
import { readAccount } from '../../src/core/storedAccount.ts'
import type { Store } from '../../src/index.ts'

export async function storedAccount({ store }: { readonly store: Store }, id: string): Promise<Account | null> {
  const stored = await store.records.read(id)
  const reading = stored && readAccount(id, stored.text)
  return reading?.is === 'account' ? reading.account : null
}
