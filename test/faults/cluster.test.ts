/** A Redis cluster whose servers fail: nothing acknowledged is lost, answers in time, healed without a restart. */
import { setTimeout as pause } from 'node:timers/promises'
import { openRedis, type RedisStore } from '../../src/store/redis.ts'
import { ROUNDS } from '../support/faultFixture.ts'
import { startRedisCluster, type RedisCluster } from '../support/redisCluster.ts'
import { judge, ledgerOf } from './storeLedger.ts'

/** Longer than a master may be silent until it is replaced. Milliseconds. */
const SILENT_MS = 3000

/** In its slot are records. */
const KEY = 'rekey:{07}:due'

type Fault = (rig: RedisCluster) => Promise<unknown>

const crash: Fault = async (rig) => {
  const master = await rig.masterOf(KEY)
  await master.kill()
  await rig.replaced(master)
  // The one that took over has no replica to confirm before.
  await master.start()
}

const others: Readonly<Record<string, Fault>> = {
  'is frozen': async (rig) => {
    const master = await rig.masterOf(KEY)
    master.freeze()
    await rig.replaced(master)
    master.thaw()
  },
  'is replaced on request': async (rig) => rig.failOver(await rig.masterOf(KEY)),
  'gives a slot away': async (rig) => {
    const source = await rig.masterOf(KEY)
    const target = (await rig.masters()).find((member) => member !== source)!
    await rig.moveSlot(await rig.slotOf(KEY), target)
  },
  'cannot be reached from here': async (rig) => {
    const { proxy } = await rig.masterOf(KEY)
    proxy.hold('application')
    await pause(SILENT_MS)
    proxy.release()
  },
  'has lost its replica, and then fails': async (rig) => {
    const master = await rig.masterOf(KEY)
    master.proxy.hold('replica')
    await pause(1000)
    await master.kill()
    // What it had sent is gone.
    master.proxy.cut('replica')
    master.proxy.release()
    await rig.replaced(master)
    await master.start()
  },
}

describe('A Redis cluster, of which a master', function () {
  this.timeout(120_000)
  let rig: RedisCluster
  let store: RedisStore
  before(async () => {
    rig = await startRedisCluster()
    store = await openRedis({ cluster: rig.addresses.slice(0, 3), replicas: 1 })
  })
  after(async () => {
    await store.close()
    await rig.stop()
  })

  // `npm test` has the first.
  const faults = { 'is killed': crash, ...(ROUNDS > 1 ? others : {}) }
  for (const [name, fault] of Object.entries(faults))
    it(`${name}, loses nothing acknowledged, answers in time and heals`, async () => {
      judge(name, await ledgerOf(store, () => fault(rig)))
    })
})
