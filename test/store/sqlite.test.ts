import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '../../src/store/sqlite.ts'
import { databaseContract } from './contract.ts'
import { start } from './contract/fixture.ts'
import { startNeighbour } from './neighbour.ts'

databaseContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'rekey-store-'))
  let now = start
  const opening = () => openSqlite({ directory, clock: { now: () => now } })
  let store = opening()
  return {
    store,
    clock: { set: (moved) => (now = moved) },
    async reopen() {
      await store.close()
      return (store = opening())
    },
    neighbour: () => startNeighbour(`sqlite:${directory}`),
    async close() {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
})
