/** The account record, which no public method returns. */
import type { Account } from '../../src/core/account.ts'
import type { Store } from '../../src/index.ts'

export async function storedAccount({ store }: { readonly store: Store }, id: string): Promise<Account | null> {
  const stored = await store.records.read(id)
  return stored && (JSON.parse(stored.text) as Account)
}
