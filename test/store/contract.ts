/** The contract suite for every driver, and what only a database that several processes share can keep. */
import type { OpenedStore, OpenStore } from '../../src/testing/storeContract/fixture.ts'
import { storeContract } from '../../src/testing/storeContract.ts'
import type { Store } from '../../src/store/store.ts'
import { agreement } from './contract/agreement.ts'
import { neighbours } from './contract/neighbours.ts'
import { restart } from './contract/restart.ts'
import type { Neighbour } from './neighbour.ts'

/** A store that is shared by several processes and keeps its data after their end. */
export interface OpenedDatabase extends OpenedStore {
  /** The same data, opened by a fresh store after the first was closed. */
  reopen(): Promise<Store>
  /** Another operating-system process on the same data, its clock at `start`. */
  neighbour(): Promise<Neighbour>
}

export function driverContract(name: string, open: OpenStore): void {
  describe(`the store in ${name}`, () => storeContract({ describe, it, before, after }, open))
}

/** The contract, and tests with several processes and a restart. */
export function databaseContract(name: string, open: OpenStore<OpenedDatabase>): void {
  driverContract(name, open)
  describe(`the database ${name}`, () => {
    for (const part of [agreement, restart, neighbours]) part(open)
  })
}
