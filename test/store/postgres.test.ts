import { Client } from 'pg'
import { openPostgres } from '../../src/store/postgres.ts'
import { type PostgresServer, startPostgres } from '../support/postgresServer.ts'
import { databaseContract } from './contract.ts'
import { startNeighbour } from './neighbour.ts'
import { withLeastGrants } from './leastRights.ts'

/** As a user with the documented rights and no others. */
describe('PostgreSQL', () => {
  let server: PostgresServer
  let url = ''
  let administrator: Client
  before(async () => {
    server = await startPostgres()
    administrator = new Client(server.url)
    await administrator.connect()
    url = await withLeastGrants(server.url)
  })
  after(async () => {
    await administrator.end()
    await server.stop()
  })

  databaseContract('PostgreSQL', async (clock) => {
    const opening = () => openPostgres({ url, clock, migrate: false })
    let store = await opening()
    return {
      store,
      async reopen() {
        await store.close()
        return (store = await opening())
      },
      neighbour: () => startNeighbour(`postgres:${url}`),
      async close() {
        await store.close()
        // New files for every table at every test would take longer than the tests.
        const tables = [
          'records',
          'artefacts',
          'profiles',
          'profile_prefixes',
          'profile_tags',
          'journal_entries',
          'journal_tags',
          'counters',
        ]
        await administrator.query(tables.map((table) => `DELETE FROM rekey.${table}`).join(';'))
      },
    }
  })
})
