/** A standby takes over behind one address: it is refused until it is the primary, then nothing acknowledged is missing. */
import { expect } from 'chai'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreUnavailable } from '../../src/errors.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { copyOf, type PostgresServer, startPostgres } from '../support/postgresServer.ts'
import { refusal } from '../../src/testing/storeContract/fixture.ts'
import { type Proxy, startProxy } from './databaseProxy.ts'
import { clock, request } from './postgresFixture.ts'
import { eventually, timed } from './redisFixture.ts'

describe('A fail-over of PostgreSQL', () => {
  let primary: PostgresServer
  let standby: PostgresServer
  let proxy: Proxy
  let store: Store

  before(async () => {
    const first = await startPostgres()
    await first.halt()
    const { directory, port } = first
    const copy = await copyOf(directory)
    await writeFile(join(copy, 'data/standby.signal'), '', { mode: 0o644 })
    primary = await startPostgres({ directory, port })
    const { password } = new URL(primary.url)
    const source = `host=127.0.0.1 port=${port} user=postgres password=${password}`
    standby = await startPostgres({ directory: copy, args: ['-c', `primary_conninfo=${source}`] })
    await request(primary.url, `ALTER SYSTEM SET synchronous_standby_names = '*'`)
    await request(primary.url, 'SELECT pg_reload_conf()')
    await eventually(async () => {
      const [state] = await request<{ sync_state: string }>(primary.url, 'SELECT sync_state FROM pg_stat_replication')
      return state?.sync_state === 'sync'
    })
    proxy = await startProxy(port)
    store = await openPostgres({ url: primary.url.replace(/:\d+\//, `:${proxy.port}/`), clock })
  })
  after(async () => {
    await store.close()
    await proxy.close()
    await Promise.all([primary.stop(), standby.stop()])
  })

  it('is answered 503 until the standby is the primary, which has all that was acknowledged', async () => {
    const acknowledged = new Map<string, number>()
    const writer = async (id: string) => {
      for (let version = 0; ; version++) {
        await store.records.swap(id, `at ${version + 1}`, version)
        acknowledged.set(id, version + 1)
      }
    }
    const writing = ['a', 'b', 'c', 'd'].map((id) => refusal(writer(id)))
    await eventually(async () => acknowledged.size === 4 && Math.min(...acknowledged.values()) > 5)
    await primary.kill()
    for (const error of await Promise.all(writing)) expect(error).to.be.instanceOf(StoreUnavailable)

    proxy.lead(standby.port)
    for (let round = 0; round < 5; round++) {
      let error: Error | undefined
      expect(await timed(async () => (error = await refusal(store.records.read('a'))))).to.be.below(2000)
      expect(error).to.be.instanceOf(StoreUnavailable)
      expect(error?.message).to.match(/is in recovery, a standby/)
    }

    await request(standby.url, 'SELECT pg_promote()')
    await eventually(() => store.ping().then(() => true), 5000)
    for (const [id, last] of acknowledged) {
      const kept = (await store.records.read(id))!
      expect(kept.version, id).to.be.within(last, last + 1)
      expect(await store.records.swap(id, 'after the fail-over', kept.version)).to.equal(true)
    }
  })
})
