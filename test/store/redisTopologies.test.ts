/** Redis behind sentinels, and a cluster: every operation, users with the least permissions, and what is refused at the start. */
import { expect } from 'chai'
import { StoreUnavailable } from '../../src/errors.ts'
import { sentinelCommands } from '../../src/store/redis/permissions.ts'
import { openRedis, type RedisOptions, type RedisStore } from '../../src/store/redis.ts'
import { calls } from '../../src/testing/storeContract/closing.ts'
import { atOnce, refusal, start } from '../../src/testing/storeContract/fixture.ts'
import { startRedisCluster, type RedisCluster } from '../support/redisCluster.ts'
import { startRedisSentinel, type RedisSentinel } from '../support/redisSentinel.ts'
import { grantLeast } from './leastRights.ts'
import { eventually } from './redisFixture.ts'

const clock = { now: () => start }
const user = { username: 'rekey', password: 'a-password' }
const least = sentinelCommands.map((name) => `+${name}`)

/** A page of each list, over records and artefacts of every shard. */
async function worksOn(store: RedisStore): Promise<void> {
  for (const call of Object.values(calls)) await call(store)
  const ids = Array.from({ length: 100 }, (_, n) => `id ${n}`)
  const { records, artefacts, profiles } = store
  const audit = store.journal('audit')
  await atOnce(ids.length, async (n) => {
    const id = ids[n]!
    await records.swap(id, id, 0, { wakeAt: start + n, durable: true })
    await artefacts.put('Session', id, id, {
      expiresAt: start + 60,
      indexes: { uid: id, grantId: 'g', accountId: 'a' },
    })
    const status = n % 2 ? 'active' : 'pending'
    await profiles.swap(id, id, 0, { email: `${n}@example.com`, status, words: ['one'], tags: ['group:one'] })
    await audit.append({ id, at: start + n, text: id, tags: ['type:x', `user:${n % 2}`] })
  })
  expect(await records.backlog(start + 50)).to.equal(50)
  expect(await records.due(start + 99, 200, 60)).to.deep.equal(ids)
  expect((await artefacts.find('Session', 'uid', 'id 7'))!.id).to.equal('id 7')
  expect(await artefacts.countOfAccount('Session', 'a')).to.equal(100)
  await artefacts.deleteOfGrant('Session', 'g')
  expect(await artefacts.ofAccount('Session', 'a', '', 9)).to.deep.equal([])
  expect(await profiles.list({ search: 'one', limit: 200 })).to.have.lengthOf(100)
  expect(await profiles.list({ tags: [['group:one']], statuses: ['active'], limit: 200 })).to.have.lengthOf(50)
  expect(await audit.list({ tags: ['type:x', 'user:1'], limit: 200 })).to.have.lengthOf(50)
}

const unfit = async (options: RedisOptions, because: RegExp) => {
  const error = await refusal(openRedis({ ...options, clock }))
  expect(error).not.to.be.instanceOf(StoreUnavailable)
  expect(error.message).to.match(because)
  expect(error.message).not.to.include('battery')
}

describe('Redis behind sentinels', () => {
  let rig: RedisSentinel
  before(async () => {
    rig = await startRedisSentinel()
    await Promise.all(rig.members.map(({ ask }) => grantLeast(ask, 'rekey:')))
    for (const { ask } of rig.sentinels) await ask('ACL', 'SETUSER', 'watcher', 'on', '>a-password', ...least)
  })
  after(() => rig.stop())
  const watcher = { username: 'watcher', password: 'a-password' }
  const at = (sentinel = {}) => ({ sentinel: { name: rig.name, nodes: rig.addresses, ...watcher, ...sentinel } })

  it('is a store, for users with the least permissions', async () => {
    const lines: string[] = []
    const store = await openRedis({ ...at(), ...user, clock, replicas: 2, warn: (line) => lines.push(line) })
    expect(store.description).to.equal(`Redis Sentinel main at ${rig.addresses.join(',')}`)
    await worksOn(store)
    expect(await store.preflight!()).to.deep.include({ faults: [], warnings: [] })
    expect(lines).to.deep.equal([])
    await store.close()
  })

  it('is refused when name, password or number of replicas are wrong', async () => {
    await unfit(
      { ...at({ name: 'other' }), ...user },
      /^Redis Sentinel other at .* sentinels answer ERR No such master/,
    )
    await unfit({ ...at({ password: 'battery' }), ...user }, /sentinels answer WRONGPASS/)
    await unfit({ ...at(), ...user, password: 'battery' }, /^Redis Sentinel main at .*: WRONGPASS/)
    await unfit({ ...at(), ...user, replicas: 3 }, /has 2 replicas; 3 are to confirm/)
    await unfit({ ...at(), ...user, prefix: 'other:' }, /grant .*~other:\*|NOPERM/)
  })

  it('is unavailable when no sentinel answers, and found when one does', async () => {
    const nowhere = ['127.0.0.1:1', '127.0.0.1:2']
    const error = await refusal(openRedis({ ...at({ nodes: nowhere }), ...user, clock }))
    expect(error).to.be.instanceOf(StoreUnavailable)
    expect(error.message).to.match(/no sentinel has answered: .*REFUSED/)
    const store = await openRedis({ ...at({ nodes: [...nowhere, rig.addresses[0]!] }), ...user, clock })
    await store.close()
  })

  it('warns when a master that was replaced would accept writes', async () => {
    const master = await rig.master()
    await master.ask('CONFIG', 'SET', 'min-replicas-to-write', '0')
    const lines: string[] = []
    const store = await openRedis({ ...at(), ...user, clock, warn: (line) => lines.push(line) })
    expect(lines.join()).to.match(/^Redis Sentinel main at .*: min-replicas-to-write is 0/)
    await store.close()
  })

  it('confirms a record with one of two replicas only while every sentinel knows of no failover', async () => {
    const store = await openRedis({ ...at(), ...user, clock, replicas: 1 })
    const partial = await openRedis({ ...at({ nodes: rig.addresses.slice(1) }), ...user, clock, replicas: 1 })
    expect(await store.records.swap('steady', 'one', 0, { durable: true })).to.equal(true)
    const error = await refusal(partial.records.swap('steady', 'two', 1, { durable: true }))
    expect(error).to.be.instanceOf(StoreUnavailable)
    expect(error.message).to.match(/not every sentinel has confirmed/)
    await Promise.all([store.close(), partial.close()])
  })
})

describe('A Redis cluster', () => {
  let rig: RedisCluster
  before(async () => {
    rig = await startRedisCluster()
    await Promise.all(rig.members.map(({ ask }) => grantLeast(ask, 'rekey:')))
  })
  after(() => rig.stop())
  const at = () => ({ cluster: ['127.0.0.1:1', rig.addresses[4]!] })

  it('is a store, for a user with the least permissions, found by any node', async () => {
    const lines: string[] = []
    const store = await openRedis({ ...at(), ...user, clock, replicas: 1, warn: (line) => lines.push(line) })
    expect(store.description).to.equal(`Redis Cluster at ${at().cluster.join(',')}`)
    await worksOn(store)
    expect(await store.preflight!()).to.deep.include({ faults: [], warnings: [] })
    expect(await store.memoryUsed!()).to.equal(null)
    expect(lines).to.deep.equal([])
    await store.close()
  })

  it('is refused when a setting of any master, a permission or the number of replicas is wrong', async () => {
    const [, second] = await rig.masters()
    await second!.ask('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru')
    await unfit({ ...at(), ...user }, new RegExp(`\\(node ${second!.address}\\) would evict .*it is allkeys-lru`))
    await second!.ask('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction')
    await second!.ask('ACL', 'SETUSER', 'rekey', '-zadd')
    await unfit({ ...at(), ...user }, new RegExp(`\\(node ${second!.address}\\) does not let this user run zadd`))
    await second!.ask('ACL', 'SETUSER', 'rekey', '+zadd')
    await unfit({ ...at(), ...user, replicas: 2 }, /has 1 replicas; 2 are to confirm/)
    await unfit({ ...at(), ...user, password: 'battery' }, /^Redis Cluster at .*: WRONGPASS/)
  })

  it('is no single Redis, and a single Redis is no cluster', async () => {
    await unfit({ url: rig.members[0]!.url }, /is a node of a cluster; use REDIS_CLUSTER/)
  })

  it('is used while a slot moves to another master', async () => {
    const store = await openRedis({ ...at(), ...user, clock, replicas: 1 })
    await store.records.swap('moving', '0', 0, { durable: true })
    const [key] = (
      await Promise.all((await rig.masters()).map(({ ask }) => ask<string[]>('KEYS', '*:record:moving')))
    ).flat()
    const source = await rig.masterOf(key!)
    const move = { isOver: false }
    let acknowledged = 1
    const swapping = (async () => {
      while (!move.isOver) {
        const { version } = await eventually(() => store.records.read('moving'))
        const swap = () => store.records.swap('moving', String(version), version, { durable: true, wakeAt: start })
        // Redis refuses scripts while one of their keys has moved and the other has not.
        if (await swap().catch(() => false)) acknowledged++
      }
    })()
    const target = (await rig.masters()).find((member) => member !== source)!
    await rig.moveSlot(await rig.slotOf(key!), target)
    move.isOver = true
    await swapping
    const { text, version } = (await store.records.read('moving'))!
    expect(version).to.be.at.least(acknowledged)
    expect(text).to.equal(String(version - 1))
    expect(await store.records.swap('moving', 'last', version, { durable: true })).to.equal(true)
    expect(await rig.masterOf(key!)).to.equal(target)
    await store.close()
  })
})
