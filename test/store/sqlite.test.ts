import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '../../src/store/sqlite.ts'
import { databaseContract } from './contract.ts'
import { startNeighbour } from './neighbour.ts'

databaseContract('SQLite', async (clock) => {
  const directory = mkdtempSync(join(tmpdir(), 'rekey-store-'))
  const opening = () => openSqlite({ directory, clock })
  let store = opening()
  return {
    store,
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
