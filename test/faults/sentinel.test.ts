/** A Redis behind sentinels whose servers fail: nothing acknowledged is lost, answers in time, healed without a restart. */
import { setTimeout as pause } from 'node:timers/promises'
import { openRedis, type RedisStore } from '../../src/store/redis.ts'
import { ROUNDS } from '../support/faultFixture.ts'
import { startRedisSentinel, type RedisSentinel } from '../support/redisSentinel.ts'
import { judge, ledgerOf } from './storeLedger.ts'

/** Longer than a master may be silent until it is replaced. Milliseconds. */
const SILENT_MS = 3000

type Fault = (rig: RedisSentinel) => Promise<unknown>

const crash: Fault = async (rig) => {
  const master = await rig.master()
  await master.kill()
  await rig.replaced(master)
}

const others: Readonly<Record<string, Fault>> = {
  'is frozen': async (rig) => {
    const master = await rig.master()
    master.freeze()
    await rig.replaced(master)
    // It accepts connections as a master again, until the sentinels demote it.
    master.thaw()
  },
  'is replaced on request': (rig) => rig.failOver(),
  'cannot be reached from here': async (rig) => {
    const { proxy } = await rig.master()
    proxy.hold('application')
    await pause(SILENT_MS)
    proxy.release()
  },
  'breaks every connection': async (rig) => (await rig.master()).proxy.cut('application'),
  'has lost its replicas, and then fails': async (rig) => {
    const master = await rig.master()
    master.proxy.hold('replica')
    await pause(SILENT_MS)
    await master.kill()
    // What it had sent is gone.
    master.proxy.cut('replica')
    master.proxy.release()
    await rig.replaced(master)
  },
}

describe('Redis behind sentinels, whose master', function () {
  this.timeout(120_000)
  let rig: RedisSentinel
  let store: RedisStore
  // A master that has failed stays away, so that one replica is left to confirm.
  beforeEach(async () => {
    rig = await startRedisSentinel()
    store = await openRedis({ sentinel: { name: rig.name, nodes: rig.addresses }, replicas: 1 })
  })
  afterEach(async () => {
    for (const member of rig.members) member.thaw()
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
