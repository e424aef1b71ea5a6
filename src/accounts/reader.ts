/** Reads account records. A missing record means "never enrolled" only if the directory confirms it. */
import type { Account } from '../core/account.ts'
import { readAccount } from '../core/storedAccount.ts'
import { lostAccount, missingAccount, newAccount } from '../core/newAccount.ts'
import type { Clock, Directory } from '../ports.ts'
import { StoreUnavailable } from '../errors.ts'
import type { Records, Versioned } from '../store/store.ts'

export interface Found {
  readonly account: Account
  /** 0: nothing is stored yet. */
  readonly version: number
}

/** A stored record that is being read. */
export interface Prefetched {
  readonly id: string
  readonly stored: Promise<Versioned | null>
  /** When the reading began, of `performance.now()`. Milliseconds. */
  readonly at: number
}

export interface Reader {
  /** Begins to read a record. */
  begin(id: string): Prefetched
  /**
   * The record, or a substitute; null: the directory knows no person of this id. `newcomer`: the directory may not know the id yet.
   * @param begun the reading of the stored record, where it has begun
   */
  read(id: string, newcomer?: boolean, begun?: Prefetched): Promise<Found | null>
  /** One read of the store, which may have begun; a damaged record reads as a lost one. */
  readStored(id: string, begun?: Prefetched): Promise<Found | null>
  /** Notes the version of a record that was read or saved in full. */
  note(found: Found): void
  /** The version of a record that was noted a moment ago; null: read it again. */
  recent(account: Account): Found | null
}

/**
 * How long a record that was read may be decided on without another read. Milliseconds. Not longer than a swap is repeated after a failover: a
 * version that a lost master had, and its successor has again, must not be mistaken for the same record.
 */
const RECENT_MS = 1000

export interface ReaderOptions {
  readonly records: Pick<Records, 'read'>
  readonly directory: Pick<Directory, 'find'>
  readonly clock: Clock
  /** The record that an account without one gets, with a factor that the host knows of. */
  readonly firstRecord: (id: string) => Promise<Account>
}

export function createReader({ records, directory, clock, firstRecord }: ReaderOptions): Reader {
  const noted = new WeakMap<Account, { readonly version: number; readonly at: number }>()
  const noteAt = ({ account, version }: Found, at: number): void => void noted.set(account, { version, at })
  const begin: Reader['begin'] = (id) => ({ id, stored: records.read(id), at: performance.now() })

  async function readStored(id: string, begun = begin(id)): Promise<Found | null> {
    const stored = await begun.stored
    if (!stored) return null
    const reading = readAccount(id, stored.text)
    if (reading.is === 'newer') throw new StoreUnavailable(`record of a newer format (${reading.format})`)
    return { account: reading.is === 'account' ? reading.account : lostAccount(id), version: stored.version }
  }

  async function read(id: string, newcomer: boolean, begun: Prefetched): Promise<Found | null> {
    const stored = await readStored(id, begun)
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
  }

  return {
    begin,
    note: (found) => noteAt(found, performance.now()),

    recent(account) {
      const found = noted.get(account)
      return found && performance.now() - found.at <= RECENT_MS ? { account, version: found.version } : null
    },

    async readStored(id, begun = begin(id)) {
      const found = await readStored(id, begun)
      // Without a factor the directory must confirm it first.
      if (found && found.account.factor.is !== 'none') noteAt(found, begun.at)
      return found
    },

    async read(id, newcomer = false, begun = begin(id)) {
      const found = await read(id, newcomer, begun)
      if (found) noteAt(found, begun.at)
      return found
    },
  }
}
