/** A PostgreSQL that is killed, silent, locked or read-only: an answer or StoreUnavailable within two seconds, and it heals by itself. */
import { expect } from 'chai'
import pg from 'pg'
import { StoreUnavailable } from '../../src/errors.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { calls } from '../../src/testing/storeContract/closing.ts'
import { atOnce, refusal, start } from '../../src/testing/storeContract/fixture.ts'
import { type Proxy, startProxy } from './databaseProxy.ts'
import { ROUNDS } from '../support/faultFixture.ts'
import { clock, postgresStage } from './postgresFixture.ts'
import { eventually, timed } from './redisFixture.ts'

/** The longest time of an answer. Milliseconds; `npm run faults` runs alone. */
const IN_TIME_MS = ROUNDS > 1 ? 2000 : 2600

/** Every question concurrently. */
const everything = (store: Store) => Object.values(calls).map((call) => call(store))

/** All of them, each in time and as unavailable. */
async function refusesAll(store: Store): Promise<void> {
  const took = await timed(async () => {
    for (const error of await Promise.all(everything(store).map(refusal))) {
      expect(error).to.be.instanceOf(StoreUnavailable)
      expect(error.message).to.match(/^PostgreSQL at 127\.0\.0\.1:\d+\/postgres[: ]/)
    }
  })
  expect(took).to.be.below(IN_TIME_MS)
}

const heals = async (store: Store) => {
  await eventually(() => store.ping().then(() => true), 5000)
  await Promise.all(everything(store))
}

describe('A PostgreSQL that is killed', () => {
  const at = postgresStage()

  it('is refused while it is away, and found again', async () => {
    const store = await at.open()
    await store.records.swap('ada', 'one', 0)
    await at.server.kill()
    for (let round = 0; round < 3; round++) await refusesAll(store)
    await at.restart()
    await heals(store)
    expect(await store.records.read('ada')).to.deep.equal({ text: 'one', version: 1 })
  })

  it('keeps all that was acknowledged in the middle of writes', async () => {
    const store = await at.open()
    for (let round = 0; round < 2; round++) {
      const acknowledged = new Map<string, number>()
      /** Writes until a refusal; a session and an audit line for each swap. */
      const writer = async (id: string) => {
        for (let version = 0; ; version++) {
          await store.records.swap(id, `${id} at ${version + 1}`, version, { wakeAt: start })
          acknowledged.set(id, version + 1)
          await store.artefacts.put('Session', `${id} ${version + 1}`, '')
          await store.journal('audit').append({ id: `${id} ${version + 1}`, at: start, text: '', tags: [id] })
          acknowledged.set(`line ${id}`, version + 1)
        }
      }
      const ids = Array.from({ length: 8 }, (_, n) => `writer ${round}.${n}`)
      const writing = ids.map((id) => refusal(writer(id)))
      await eventually(async () => acknowledged.size === 16 && Math.max(...acknowledged.values()) > 10)
      const ended = performance.now()
      await at.server.kill()
      for (const error of await Promise.all(writing)) expect(error).to.be.instanceOf(StoreUnavailable)
      expect(performance.now() - ended).to.be.below(2000)
      await at.restart()
      await eventually(() => store.ping().then(() => true), 5000)
      for (const id of ids) {
        const kept = (await store.records.read(id))!
        const last = acknowledged.get(id)!
        expect(kept.version, id).to.be.within(last, last + 1)
        expect(kept.text).to.equal(`${id} at ${kept.version}`)
        const lines = await store.journal('audit').list({ tags: [id], limit: 10_000 })
        expect(lines.length, id).to.be.at.least(acknowledged.get(`line ${id}`)!)
        for (let n = 1; n <= acknowledged.get(`line ${id}`)!; n++)
          expect(await store.artefacts.get('Session', `${id} ${n}`), `${id} ${n}`).not.to.equal(null)
        expect(await store.records.swap(id, 'after the crash', kept.version)).to.equal(true)
      }
    }
  })
})

describe('A PostgreSQL that does not answer', () => {
  const at = postgresStage()
  let proxy: Proxy
  before(async () => {
    proxy = await startProxy(at.server.port)
  })
  after(() => proxy.close())
  afterEach(() => proxy.cut())
  const proxied = () => at.open({ url: at.server.url.replace(/:\d+\//, `:${proxy.port}/`) })

  it('because the network swallows everything, is refused in time, and found again', async () => {
    const store = await proxied()
    // Several idle connections, each of which would be waited for.
    await Promise.all(everything(store))
    proxy.hold('everything')
    for (let round = 0; round < 3; round++) await refusesAll(store)
    proxy.cut()
    await heals(store)
  })

  it('refuses all appends of a second together, each in time, and writes later ones', async () => {
    const store = await proxied()
    const append = (id: string) => store.journal('audit').append({ id, at: start, text: '', tags: [] })
    await append('before')
    proxy.hold('everything')
    const took = await timed(async () => {
      for (const error of await atOnce(500, (n) => refusal(append(`e${n}`))))
        expect(error).to.be.instanceOf(StoreUnavailable)
    })
    expect(took).to.be.below(IN_TIME_MS)
    proxy.cut()
    await eventually(() => append('after').then(() => true), 5000)
    const lines = await store.journal('audit').list({ limit: 1000 })
    expect(lines.map(({ id }) => id)).to.deep.equal(['after', 'before'])
  })

  it('writes appends that it was given before it was closed', async () => {
    const store = await at.open()
    const append = (id: string) => store.journal('audit').append({ id, at: start, text: '', tags: [] })
    const appended = atOnce(500, (n) => append(`e${n}`))
    await Promise.all([appended, store.close()])
    expect(await at.ask('SELECT count(*)::int AS n FROM rekey.journal_entries')).to.deep.equal([{ n: 500 }])
  })

  it('and answers late, has done what it was asked, at most once', async () => {
    const store = await proxied()
    await store.records.swap('ada', 'one', 0)
    proxy.hold('answers')
    expect(await refusal(store.records.swap('ada', 'two', 1))).to.be.instanceOf(StoreUnavailable)
    proxy.cut()
    await eventually(() => store.ping().then(() => true), 5000)
    expect(await store.records.read('ada')).to.deep.equal({ text: 'two', version: 2 })
    expect(await store.records.swap('ada', 'three', 1)).to.equal(false)
  })

  it('ends its store all the same', async () => {
    const store = await proxied()
    await Promise.all(everything(store))
    proxy.hold('everything')
    const waiting = everything(store).map(refusal)
    expect(await timed(() => store.close())).to.be.below(3500)
    for (const error of await Promise.all(waiting)) expect(error).to.be.instanceOf(StoreUnavailable)
  })

  it('because a row is locked, refuses that row in time and answers for others', async () => {
    const store = await at.open()
    await store.records.swap('ada', 'one', 0)
    await store.records.swap('bob', 'one', 0)
    const other = new pg.Client(at.server.url)
    await other.connect()
    await other.query(`BEGIN; SELECT FROM rekey.records WHERE id = 'ada' FOR UPDATE`)
    const waiting = timed(async () => {
      expect(await refusal(store.records.swap('ada', 'two', 1))).to.be.instanceOf(StoreUnavailable)
    })
    for (let version = 1; version < 20; version++)
      expect(await store.records.swap('bob', String(version), version)).to.equal(true)
    expect(await store.records.read('ada')).to.deep.equal({ text: 'one', version: 1 })
    expect(await waiting).to.be.below(2000)
    await other.end()
    await eventually(async () => {
      const { version } = (await store.records.read('ada'))!
      return store.records.swap('ada', 'three', version)
    })
  })

  it('because an administrator has ended its connections, is found again at once', async () => {
    const store = await at.open()
    await Promise.all(everything(store))
    await at.ask('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
    await eventually(() => store.ping().then(() => true), 1000)
    await Promise.all(everything(store))
  })

  it('because it takes no writes for a time, is unavailable for them', async () => {
    const store = await at.open()
    await store.records.swap('ada', 'one', 0)
    await at.ask('ALTER SYSTEM SET default_transaction_read_only = on')
    await at.ask('SELECT pg_reload_conf()')
    await eventually(async () => (await refusal(store.records.swap('ada', 'two', 9))) instanceof StoreUnavailable)
    await at.ask('ALTER SYSTEM RESET default_transaction_read_only')
    await at.ask('SELECT pg_reload_conf()')
    await heals(store)
  })

  it('because a host uses up its pool, takes no connection from it afterwards', async () => {
    const pool = new pg.Pool({ connectionString: at.server.url, max: 1 })
    try {
      const store = await openPostgres({ pool, clock })
      const taken = await pool.connect()
      const took = await timed(async () => {
        for (const error of await atOnce(3, () => refusal(store.ping()))) {
          expect(error).to.be.instanceOf(StoreUnavailable)
        }
      })
      expect(took).to.be.below(IN_TIME_MS)
      taken.release()
      await store.ping()
      await store.close()
      expect([pool.totalCount, pool.idleCount, pool.waitingCount]).to.deep.equal([1, 1, 0])
    } finally {
      await pool.end()
    }
  })
})
