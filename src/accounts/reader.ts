/** Reads account records. A missing record means "never enrolled" only if the directory confirms it. */
import type { Account } from '../core/account.ts'
import { readAccount } from '../core/storedAccount.ts'
import { lostAccount, missingAccount, newAccount } from '../core/newAccount.ts'
import type { Clock, Directory } from '../ports.ts'
import { StoreUnavailable } from '../errors.ts'
import type { Records } from '../store/store.ts'

export interface Found {
  readonly account: Account
  /** 0: nothing is stored yet. */
  readonly version: number
}

export interface Reader {
  /** The record, or a substitute; null: the directory knows no person of this id. `newcomer`: the directory may not know the id yet. */
  read(id: string, newcomer?: boolean): Promise<Found | null>
  /** One read of the store; a damaged record reads as a lost one. */
  readStored(id: string): Promise<Found | null>
}

export interface ReaderOptions {
  readonly records: Pick<Records, 'read'>
  readonly directory: Pick<Directory, 'find'>
  readonly clock: Clock
  /** The record that an account without one gets, with a factor that the host knows of. */
  readonly firstRecord: (id: string) => Promise<Account>
}

export function createReader({ records, directory, clock, firstRecord }: ReaderOptions): Reader {
  async function readStored(id: string): Promise<Found | null> {
    const stored = await records.read(id)
    if (!stored) return null
    const reading = readAccount(id, stored.text)
    if (reading.is === 'newer') throw new StoreUnavailable(`record of a newer format (${reading.format})`)
    return { account: reading.is === 'account' ? reading.account : lostAccount(id), version: stored.version }
  }

  return {
    readStored,

    async read(id, newcomer = false) {
      const stored = await readStored(id)
      if (stored && stored.account.factor.is !== 'none') return stored
      const person = await directory.find(id)
      if (!person && !newcomer) return stored
      if (!person) return stored ?? { account: newAccount(id, clock.now()), version: 0 }
      // Absent is no answer, so it does not count as never.
      if (person.secondFactorSince === null) return stored ?? { account: await firstRecord(id), version: 0 }
      // The directory knows of a factor that the record lacks: damage, or a restored backup that is too old.
      const again = await readStored(id)
      if (again !== null && again.account.factor.is !== 'none') return again
      return { account: missingAccount(id, clock.now(), again?.account.epoch), version: again?.version ?? 0 }
    },
  }
}
