/** Which PostgreSQL the driver refuses at the start, and what the operator reads then. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { StoreUnavailable, StoreUnfit } from '../../src/errors.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { eventually } from '../support/faultFixture.ts'
import { forbidClock } from '../support/deployment.ts'
import { startPostgres } from '../support/postgresServer.ts'
import { refusal } from '../../src/testing/storeContract/fixture.ts'
import { clock, postgresStage, request } from './postgresFixture.ts'
import { timed } from './redisFixture.ts'

const opening = (url: string) => refusal(openPostgres({ url, clock }))

/** In a sentence that names the address and no password. */
async function refuses(url: string, because: RegExp): Promise<void> {
  const error = await opening(url)
  expect(error).to.be.instanceOf(StoreUnfit)
  expect(error.message).to.match(/^PostgreSQL at 127\.0\.0\.1:\d+\/\w+[: ]/)
  expect(error.message).to.match(because)
  expect(error.message).not.to.include(new URL(url).password)
}

describe('A PostgreSQL at the start', () => {
  const at = postgresStage()

  it('is named without user and password', async () => {
    const { port } = at.server
    expect((await at.open()).description).to.equal(`PostgreSQL at 127.0.0.1:${port}/postgres, schema rekey`)
  })

  it('is refused when it acknowledges before it has synced', () =>
    refuses(at.urlWith('-c synchronous_commit=off'), /set synchronous_commit on \(it is off\)/))

  it('is refused when it takes no writes', () =>
    refuses(at.urlWith('-c default_transaction_read_only=on'), /takes no writes/))

  it('is refused when its encoding is not UTF8', async () => {
    await at.ask("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    await refuses(at.server.url.replace(/\/postgres$/, '/ascii'), /has the encoding SQL_ASCII; UTF8 is needed/)
  })

  it('is refused with a wrong password or the name of no database', async () => {
    await refuses(at.server.url.replace(/:[^:@]+@/, ':wrong-password@'), /password authentication failed/)
    await refuses(at.server.url.replace(/\/postgres$/, '/nothing'), /database "nothing" does not exist/)
  })

  it('is refused by an address of another kind', async () => {
    for (const url of ['http://127.0.0.1/x', 'redis://127.0.0.1', 'nonsense', '']) {
      const error = await opening(url)
      expect(error, url).to.be.instanceOf(TypeError)
      expect(error.message).to.match(/must begin with postgres:/)
    }
  })

  it('is unavailable within two seconds when it is not there', async () => {
    for (const url of ['postgres://u:p@127.0.0.1:1/x', 'postgres://u:p@nowhere.invalid/x']) {
      let error: Error | undefined
      expect(await timed(async () => (error = await opening(url)))).to.be.below(2000)
      expect(error).to.be.instanceOf(StoreUnavailable)
      expect(error?.message).to.match(/^PostgreSQL at [\w.]+:\d+\/x: ./)
    }
  })
})

describe('A PostgreSQL in use', () => {
  const at = postgresStage()

  it('answers with its clock', async () => {
    const { faults, warnings, now } = await (await at.open()).preflight!()
    expect([faults, warnings]).to.deep.equal([[], []])
    expect(now).to.be.closeTo(Date.now() / 1000, 5)
  })

  it('keeps its clock from a user who may not ask', async () => {
    await forbidClock(at.server.url)
    expect((await (await at.open()).preflight!()).now).to.equal(null)
  })

  it('is reported once its settings could lose data, on connections of before too', async () => {
    const store = await at.open()
    await at.ask('ALTER SYSTEM SET synchronous_commit = off')
    try {
      await at.ask('SELECT pg_reload_conf()')
      await eventually(async () => {
        const { faults } = await store.preflight!()
        expect(faults.join()).to.match(/^PostgreSQL at .*: set synchronous_commit on \(it is off\)$/)
      })
    } finally {
      await at.ask('ALTER SYSTEM RESET synchronous_commit')
      await at.ask('SELECT pg_reload_conf()')
    }
  })
})

describe('A PostgreSQL that could lose what it acknowledged', () => {
  it('is refused when it does not sync to disk', async () => {
    const server = await startPostgres({ args: ['-c', 'fsync=off'] })
    try {
      await refuses(server.url, /set fsync on \(it is off\)/)
    } finally {
      await server.stop()
    }
  })

  it('is refused while it is a standby, and taken when it is promoted', async () => {
    const first = await startPostgres()
    await first.halt()
    await writeFile(join(first.directory, 'data/standby.signal'), '', { mode: 0o644 })
    const { directory, port } = first
    const standby = await startPostgres({ directory, port })
    try {
      await refuses(standby.url, /is in recovery, a standby/)
      await request(standby.url, 'SELECT pg_promote()')
      const store = await openPostgres({ url: standby.url, clock })
      await store.ping()
      await store.close()
    } finally {
      await standby.stop()
    }
  })
})
