/** The contract suite for every driver: it tests each sentence of src/store/store.ts. */
import type { Store } from '../../src/store/store.ts'
import { agreement } from './contract/agreement.ts'
import { artefactIndexes } from './contract/artefactIndexes.ts'
import { artefacts } from './contract/artefacts.ts'
import { counters } from './contract/counters.ts'
import { journals } from './contract/journals.ts'
import { closing } from './contract/closing.ts'
import { neighbours } from './contract/neighbours.ts'
import { profiles } from './contract/profiles.ts'
import { profileSearch } from './contract/profileSearch.ts'
import { records } from './contract/records.ts'
import { restart } from './contract/restart.ts'
import { worker } from './contract/worker.ts'
import type { Neighbour } from './neighbour.ts'

/** An empty store with a clock that is `start` until the test sets it. */
export interface Opened {
  readonly store: Store
  readonly clock: { set(now: number): void }
  /** Closes the store and removes its data. */
  close(): Promise<void>
}

/** A store that is shared by several processes and keeps its data after their end. */
export interface OpenedDatabase extends Opened {
  /** The same data, opened by a fresh store after the first was closed. */
  reopen(): Promise<Store>
  /** Another operating-system process on the same data, its clock at `start`. */
  neighbour(): Promise<Neighbour>
}

export type Open<O extends Opened = Opened> = () => Promise<O>

export function storeContract(name: string, open: Open): void {
  describe(`the store in ${name}`, () => {
    for (const part of [
      records,
      worker,
      artefacts,
      artefactIndexes,
      profiles,
      profileSearch,
      journals,
      counters,
      closing,
    ])
      part(open)
  })
}

/** The contract, and tests with several processes and a restart. */
export function databaseContract(name: string, open: Open<OpenedDatabase>): void {
  storeContract(name, open)
  describe(`the database ${name}`, () => {
    for (const part of [agreement, restart, neighbours]) part(open)
  })
}
