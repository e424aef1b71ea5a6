import { Client } from 'pg'
import { openPostgres } from '../../src/store/postgres.ts'
import { type PostgresServer, startPostgres } from '../support/postgresServer.ts'
import { databaseContract } from './contract.ts'
import { startNeighbour } from './neighbour.ts'

describe('PostgreSQL', () => {
  let server: PostgresServer
  let administrator: Client
  before(async () => {
    server = await startPostgres()
    administrator = new Client(server.url)
    await administrator.connect()
  })
  after(async () => {
    await administrator.end()
    await server.stop()
  })

  databaseContract('PostgreSQL', async (clock) => {
    const opening = () => openPostgres({ url: server.url, clock })
    let store = await opening()
    return {
      store,
      async reopen() {
        await store.close()
        return (store = await opening())
      },
      neighbour: () => startNeighbour(`postgres:${server.url}`),
      async close() {
        await store.close()
        // New files for every table at every test would take longer than the tests.
        const tables = [
          'records',
          'artefacts',
          'profiles',
          'profile_prefixes',
          'journal_entries',
          'journal_tags',
          'counters',
        ]
        await administrator.query(tables.map((table) => `DELETE FROM rekey.${table}`).join(';'))
      },
    }
  })
})
