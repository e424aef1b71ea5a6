/** A standby takes over, behind one address or at another: refused until it is the primary, then nothing acknowledged is missing. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { StoreUnavailable } from '../../src/errors.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { compareMs } from '../../src/store/postgres/timeouts.ts'
import type { Store } from '../../src/store/store.ts'
import { type PostgresPair, startPostgresPair } from '../support/postgresPair.ts'
import { refusal } from '../../src/testing/storeContract/fixture.ts'
import { type Proxy, startProxy } from './databaseProxy.ts'
import { clock, request } from './postgresFixture.ts'
import { eventually, timed } from './redisFixture.ts'

/** Writes to four records until it fails. */
async function writeUntilFailure(store: Store, fault: () => Promise<unknown>): Promise<Map<string, number>> {
  const acknowledged = new Map<string, number>()
  const writer = async (id: string) => {
    for (let version = 0; ; version++) {
      await store.records.swap(id, `at ${version + 1}`, version)
      acknowledged.set(id, version + 1)
    }
  }
  const writing = ['a', 'b', 'c', 'd'].map((id) => refusal(writer(id)))
  await eventually(async () => acknowledged.size === 4 && Math.min(...acknowledged.values()) > 5)
  await fault()
  for (const error of await Promise.all(writing)) expect(error).to.be.instanceOf(StoreUnavailable)
  return acknowledged
}

async function expectAll(store: Store, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, last] of acknowledged) {
    const kept = (await store.records.read(id))!
    expect(kept.version, id).to.be.within(last, last + 1)
    expect(await store.records.swap(id, 'after the fail-over', kept.version)).to.equal(true)
  }
}

describe('A fail-over of PostgreSQL behind one address', () => {
  let pair: PostgresPair
  let proxy: Proxy
  let store: Store

  before(async () => {
    pair = await startPostgresPair()
    proxy = await startProxy(pair.primary.port)
    store = await openPostgres({ url: pair.primary.url.replace(/:\d+\//, `:${proxy.port}/`), clock })
  })
  after(async () => {
    await store.close()
    await proxy.close()
    await pair.stop()
  })

  it('is answered 503 until the standby is the primary, which has all that was acknowledged', async () => {
    const acknowledged = await writeUntilFailure(store, () => pair.primary.kill())
    proxy.lead(pair.standby.port)
    for (let round = 0; round < 5; round++) {
      let error: Error | undefined
      expect(await timed(async () => (error = await refusal(store.records.read('a'))))).to.be.below(2000)
      expect(error).to.be.instanceOf(StoreUnavailable)
      expect(error?.message).to.match(/is in recovery, a standby/)
    }
    await pair.promote()
    await eventually(() => store.ping().then(() => true), 5000)
    await expectAll(store, acknowledged)
  })
})

describe('A fail-over of PostgreSQL to another address', () => {
  let pair: PostgresPair
  let store: Store

  before(async () => {
    pair = await startPostgresPair()
    store = await openPostgres({ url: pair.environment.DATABASE_URL, clock })
  })
  after(async () => {
    await store.close()
    await pair.stop()
  })

  it('is no fault of the process when the connection breaks on which the servers are asked', async () => {
    const { primary } = pair.proxies
    for (let round = 0; round < 3; round++) {
      primary.hold('answers', 'pg_is_in_recovery')
      // The next question is on its way then.
      await pause(2 * compareMs)
      primary.cut()
      await eventually(() => store.ping().then(() => true))
    }
  })

  it('is followed, and the server that was replaced is not used when it answers again', async () => {
    const { primary, standby } = pair.proxies
    expect(store.description).to.contain(`127.0.0.1:${standby.port},127.0.0.1:${primary.port}/postgres`)
    const acknowledged = await writeUntilFailure(store, async () => primary.hold('everything'))
    for (let round = 0; round < 2; round++) {
      expect(
        await timed(async () => expect(await refusal(store.ping())).to.be.instanceOf(StoreUnavailable)),
      ).to.be.below(2000)
    }

    await pair.promote()
    await eventually(() => store.ping().then(() => true), 5000)
    primary.release()
    await expectAll(store, acknowledged)
    // Only the replaced one can be reached; it believes that it is the primary.
    standby.lead(1)
    for (let round = 0; round < 3; round++) expect(await refusal(store.ping())).to.be.instanceOf(StoreUnavailable)
    standby.lead(pair.standby.port)
    await eventually(() => store.ping().then(() => true), 5000)
    expect((await store.records.read('a'))?.text).to.equal('after the fail-over')
  })
})

describe('A PostgreSQL that was replaced and does not know it', () => {
  let pair: PostgresPair
  /** Has open connections to the server that is replaced. */
  let store: Store
  /** Knows only the new one. */
  let other: Store
  let promoted = 0

  before(async () => {
    pair = await startPostgresPair()
    store = await openPostgres({ url: pair.environment.DATABASE_URL, clock })
    await store.records.swap('a', 'old', 0)
    await Promise.all(Array.from({ length: 10 }, () => store.records.read('a')))
    await pair.promote()
    promoted = performance.now()
    other = await openPostgres({ url: pair.standby.url, clock })
  })
  after(async () => {
    await store.close()
    await other.close()
    await pair.stop()
  })

  it('is not trusted for longer than a second, by connections that are open', async () => {
    expect(await other.records.swap('a', 'new', 1)).to.equal(true)
    let lastOld = 0
    await eventually(async () => {
      const read = await store.records.read('a').catch(() => null)
      if (read?.text === 'old') lastOld = performance.now() - promoted
      return performance.now() - promoted > 3000 && read?.text === 'new'
    })
    expect(lastOld).to.be.below(1500)
  })

  it('is left with all its connections but the one that asks it', async () => {
    const open = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'oidc-rekey'`
    await eventually(async () => (await request<{ count: number }>(pair.primary.url, open))[0]!.count <= 1)
  })

  it('is not used by a process that had nothing to do meanwhile', async () => {
    const pairAgain = await startPostgresPair()
    const { primary } = pairAgain.proxies
    const idle = await openPostgres({ url: pairAgain.environment.DATABASE_URL, clock })
    try {
      await idle.records.swap('a', 'old', 0)
      primary.hold('everything')
      await pairAgain.promote()
      const fresh = await openPostgres({ url: pairAgain.standby.url, clock })
      await fresh.records.swap('a', 'new', 1)
      await fresh.close()
      const stopped = performance.now() + 1100
      // As a process that was stopped: no timer runs.
      while (performance.now() < stopped);
      primary.release()
      for (let times = 0; times < 20; times++)
        expect((await idle.records.read('a').catch(() => null))?.text).not.to.equal('old')
      expect(await eventually(async () => (await idle.records.read('a'))?.text)).to.equal('new')
    } finally {
      await idle.close()
      await pairAgain.stop()
    }
  })
})
