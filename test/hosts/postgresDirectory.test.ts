/** The directory of the example `postgres` does what `Directory` promises, on a real database. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import pg from 'pg'
import type { Directory } from 'oidc-rekey'
import { directoryContract } from 'oidc-rekey/testing'
import { type PostgresServer, startPostgres } from '../support/postgresServer.ts'

const folder = join(import.meta.dirname, '../../examples/postgres')
const file = join(folder, 'directory.js')
const { createDirectory } = (await import(file)) as { readonly createDirectory: (pool: pg.Pool) => Directory }

describe('The directory of the example postgres', () => {
  let server: PostgresServer
  before(async function () {
    this.timeout(120_000)
    server = await startPostgres()
    execFileSync(process.execPath, ['setUp.js'], { cwd: folder, env: { ...process.env, DATABASE_URL: server.url } })
  })
  after(() => server.stop())

  it('has fewer than 80 lines', () => {
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).to.have.lengthOf.below(80)
  })

  directoryContract({ describe, it, before, after }, async () => {
    const pool = new pg.Pool({ connectionString: server.url })
    // An idle connection that is ending when the server stops.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    return {
      directory: createDirectory(pool),
      async add({ email, name, status }) {
        const id = randomUUID()
        const values = [id, email, name, status]
        await pool.query(`INSERT INTO users (id, email, name, status, password) VALUES ($1, $2, $3, $4, '')`, values)
        return id
      },
      close: () => pool.end(),
    }
  })
})
