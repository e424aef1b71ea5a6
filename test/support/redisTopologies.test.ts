/** The rigs of the tests: a Redis with sentinels, and a cluster. */
import { expect } from 'chai'
import { startRedisCluster, type RedisCluster } from './redisCluster.ts'
import { startRedisSentinel, type RedisSentinel } from './redisSentinel.ts'

describe('The Sentinel of the tests', () => {
  let rig: RedisSentinel
  before(async () => {
    rig = await startRedisSentinel()
  })
  after(() => rig.stop())

  it('replaces its master on request, and keeps the data', async () => {
    const old = await rig.master()
    await old.ask('SET', 'a', '1')
    await old.ask('WAIT', '2', '500')
    await rig.failOver()
    const master = await rig.master()
    expect(master).not.to.equal(old)
    expect(await master.ask('GET', 'a')).to.equal('1')
  })
})

describe('The cluster of the tests', () => {
  let rig: RedisCluster
  before(async () => {
    rig = await startRedisCluster()
  })
  after(() => rig.stop())

  it('replaces a master on request, and moves a slot with its keys', async () => {
    const old = await rig.masterOf('a')
    await old.ask('SET', 'a', '1')
    await old.ask('WAIT', '1', '500')
    await rig.failOver(old)
    const master = await rig.masterOf('a')
    expect(master).not.to.equal(old)
    const other = (await rig.masters()).find((each) => each !== master)!
    await rig.moveSlot(await rig.slotOf('a'), other)
    expect(await rig.masterOf('a')).to.equal(other)
    expect(await other.ask('GET', 'a')).to.equal('1')
  })
})
