/** The standalone server on PostgreSQL: what an operator reads at the start, and when it cannot start. */
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PostgresServer, startPostgres } from '../support/postgresServer.ts'
import { startServer } from '../support/server.ts'

/** As on a machine where the package pg was not installed. */
const withoutPg = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(name, context, next) {
      return next(name, name === 'pg' ? { ...context, parentURL: 'file:///nowhere/index.js' } : context)
    },
  })`)}`

describe('DATABASE_URL', () => {
  let postgres: PostgresServer
  let directory: string
  before(async () => {
    postgres = await startPostgres()
    directory = await mkdtemp(join(tmpdir(), 'rekey-database-'))
  })
  after(async () => {
    await postgres.stop()
    await rm(directory, { recursive: true })
  })

  const command = (words: readonly string[], environment: object, ...options: string[]) => {
    const env = { ...process.env, DATA_DIR: directory, DATABASE_URL: postgres.url, ...environment }
    const { status, stdout, stderr } = spawnSync(process.execPath, [...options, 'src/cli.ts', ...words], {
      env,
      encoding: 'utf8',
    })
    return { status, stdout, lines: stderr.trim().split('\n') }
  }

  it('puts everything into this database, and the start says where, without the password', async () => {
    const server = await startServer({ DATABASE_URL: postgres.url }, { store: 'sqlite', processes: 1 })
    try {
      expect(server.output()).to.include(
        `links are kept in PostgreSQL at 127.0.0.1:${postgres.port}/postgres, schema rekey`,
      )
      expect(server.output()).not.to.include(new URL(postgres.url).password)
      const health = (await (await fetch(`${server.issuer}/health/ready`)).json()) as { status: string }
      expect(health.status).to.equal('ok')
      // Its keys are in its data directory; with others the database is refused.
      const { status, stdout } = command(['accounts', 'list'], { DATA_DIR: server.dataDirectory })
      expect(status).to.equal(0)
      expect(stdout).to.include('admin@example.com')
    } finally {
      await server.remove()
    }
  })

  it('is known to `config check`', () => {
    const { status, stdout } = command(['config', 'check'], {})
    expect(status).to.equal(0)
    expect(stdout).to.match(/^store +postgres$/m)
  })

  it('without the package pg ends the start with the command to type', () => {
    const { status, lines } = command(['serve'], {}, '--import', withoutPg)
    expect(status).to.equal(1)
    expect(lines).to.deep.equal(['oidc-rekey: PostgreSQL needs the package pg, which is not installed: npm install pg'])
  })

  it('beside REDIS_URL ends the start in a line', () => {
    const { status, lines } = command(['serve'], { REDIS_URL: 'redis://localhost' })
    expect(status).to.equal(1)
    expect(lines.join('\n')).to.match(/DATABASE_URL: there is one store, leave out this or REDIS_URL$/)
  })

  it('that leads nowhere, or to a database that is unfit, ends the start in a line', () => {
    const nowhere = command(['serve'], { DATABASE_URL: 'postgres://me:s3cr3t@127.0.0.1:1/identity' })
    expect(nowhere.status).to.equal(1)
    expect(nowhere.lines).to.have.length(1)
    expect(nowhere.lines[0]).to.match(/^oidc-rekey: PostgreSQL at 127\.0\.0\.1:1\/identity: .*ECONNREFUSED/)
    const unfit = command(['serve'], { DATABASE_URL: `${postgres.url}?options=-c%20synchronous_commit%3Doff` })
    expect(unfit.lines).to.have.length(1)
    expect(unfit.lines[0]).to.match(/set synchronous_commit on \(it is off\)$/)
  })
})
