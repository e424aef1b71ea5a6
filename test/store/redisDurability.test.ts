/** Acknowledged writes survive a crash; a durable write is acknowledged after the replicas have it. */
import { expect } from 'chai'
import type { RedisStore } from '../../src/store/redis.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { startRedis, type RedisServer } from '../support/redisServer.ts'
import { atOnce, refusal, start } from '../../src/testing/storeContract/fixture.ts'
import { openRedis } from '../../src/store/redis.ts'
import { request, eventually, redisFixture, timed } from './redisFixture.ts'

const durable = { durable: true }

describe('A Redis that writes to disk', () => {
  const at = redisFixture('--appendonly', 'yes', '--appendfsync', 'always')

  it('has all of more than 1000 acknowledged swaps after kill -9 among them', async () => {
    const store = await at.open()
    const acknowledged = new Map<string, number>()
    let count = 0
    const writing = atOnce(20, async (n) => {
      const id = `account ${n}`
      for (let version = 0; ; version++) {
        const text = `${id} at ${version + 1}`
        if (!(await store.records.swap(id, text, version, { ...durable, wakeAt: start + version }))) return 'lost'
        acknowledged.set(id, version + 1)
        count++
      }
    }).catch((error: unknown) => error)
    await eventually(async () => count >= 1000)
    await at.server.kill()
    // Each swap recognises its first attempt, so all continue when the server is back.
    await at.restart()
    const restarted = count
    await eventually(async () => count > restarted + 100)
    await at.server.kill()
    expect(await writing).to.be.instanceOf(StoreUnavailable)
    await at.restart()
    const kept = await eventually(() => Promise.all([...acknowledged.keys()].map((id) => store.records.read(id))))
    expect(kept).to.have.lengthOf(20)
    for (const [n, [id, version]] of [...acknowledged].entries()) {
      // The last swap may have been executed without an answer.
      expect(kept[n]!.version, id).to.be.within(version, version + 1)
      expect(kept[n]!.text).to.equal(`${id} at ${kept[n]!.version}`)
    }
    expect((await store.records.due(start + 1e6, 99, 1)).toSorted()).to.deep.equal([...acknowledged.keys()].toSorted())
  })
})

describe('Redis with replicas', () => {
  const at = redisFixture('--repl-diskless-sync-delay', '0')
  let replicas: RedisServer[] = []
  let store: RedisStore

  before(async () => {
    replicas = await atOnce(2, () => startRedis({ args: ['--replicaof', '127.0.0.1', String(at.server.port)] }))
  })
  after(() => Promise.all(replicas.map((replica) => replica.stop())))
  beforeEach(async () => {
    await eventually(async () => (await at.ask('WAIT', '2', '100')) === 2)
    store = await at.open({ replicas: 2 })
  })

  it('has an acknowledged durable swap on all replicas', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `id ${n}`)
    for (const id of ids) await certainly(id)
    await at.server.kill()
    for (const { url } of replicas) {
      const survivor = await promoted(url)
      for (const id of ids) expect((await survivor.records.read(id))?.text, id).to.equal('one')
      await survivor.close()
    }
    await at.restart()
    await Promise.all(replicas.map(({ url }) => follow(url)))
  })

  it('shares one WAIT among many swaps', async () => {
    await atOnce(200, (n) => certainly(`id ${n}`))
    const [, waits] = /cmdstat_wait:calls=(\d+)/.exec(await at.ask('INFO', 'commandstats'))!
    expect(Number(waits)).to.be.below(50)
  })

  it('is unavailable within two seconds, for durable swaps only, while a replica is missing', async () => {
    replicas[0]!.freeze()
    const took = await timed(async () => {
      const error = await refusal(store.records.swap('ada', 'one', 0, durable))
      expect(error).to.be.instanceOf(StoreUnavailable)
      expect(error.message).to.match(/[01] of 2 replicas/)
    })
    expect(took).to.be.below(2000)
    // Written, but not on all replicas.
    expect(await store.records.read('ada')).to.deep.equal({ text: 'one', version: 1 })
    expect(await store.records.swap('ada', 'two', 1)).to.equal(true)
    replicas[0]!.thaw()
    await certainly('ada')
  })

  it('is refused when it has fewer replicas than must confirm', async () => {
    const error = await refusal(openRedis({ url: at.server.url, clock: at.clock, replicas: 3 }))
    expect(error).not.to.be.instanceOf(StoreUnavailable)
    expect(error.message).to.match(/has 2 replicas; 3 are to confirm/)
    expect(await at.ask<string>('CLIENT', 'LIST')).not.to.match(/oidc-rekey.*\n.*oidc-rekey.*\n.*oidc-rekey/)
  })

  it('is unavailable while it is a replica itself', async () => {
    await store.records.swap('ada', 'one', 0)
    await at.ask('REPLICAOF', '127.0.0.1', '1')
    const error = await refusal(store.records.swap('ada', 'two', 1))
    expect(error).to.be.instanceOf(StoreUnavailable)
    expect((await refusal(store.records.read('ada'))).message).to.match(/is a replica/)
    await at.ask('REPLICAOF', 'NO', 'ONE')
    expect(await eventually(() => store.records.swap('ada', 'two', 1))).to.equal(true)
  })

  /** As a caller does it: after an unknown outcome it reads and swaps again. */
  async function certainly(id: string): Promise<void> {
    await eventually(async () => {
      const version = (await store.records.read(id))?.version ?? 0
      return store.records.swap(id, 'one', version, durable)
    })
  }
  async function promoted(url: string): Promise<RedisStore> {
    await request(url, ['REPLICAOF', 'NO', 'ONE'])
    return openRedis({ url, clock: at.clock })
  }
  async function follow(url: string): Promise<void> {
    await request(url, ['REPLICAOF', '127.0.0.1', String(at.server.port)])
  }
})
