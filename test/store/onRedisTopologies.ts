/** The whole contract on a cluster and behind sentinels, as a user with the documented permissions and no others. */
import { openRedis, type RedisOptions } from '../../src/store/redis.ts'
import { startRedisCluster } from '../support/redisCluster.ts'
import type { Member } from '../support/redisMember.ts'
import { startRedisSentinel } from '../support/redisSentinel.ts'
import { databaseContract, type OpenedDatabase } from './contract.ts'
import { grantLeast } from './leastRights.ts'
import { startNeighbour } from './neighbour.ts'
import type { OpenStore } from '../../src/testing/storeContract/fixture.ts'

interface Rig {
  readonly members: readonly Member[]
  stop(): Promise<void>
}

function onTopology<R extends Rig>(name: string, start: () => Promise<R>, where: (rig: R) => object): void {
  describe(name, () => {
    let rig: R
    let stores = 0
    before(async () => {
      rig = await start()
      await Promise.all(rig.members.map(({ ask }) => grantLeast(ask, 'test')))
    })
    after(() => rig.stop())

    const open: OpenStore<OpenedDatabase> = async (clock) => {
      const user = { username: 'rekey', password: 'a-password' }
      const options = { ...where(rig), ...user, prefix: `test${++stores}:` } as RedisOptions
      const opening = () => openRedis({ ...options, clock })
      let store = await opening()
      return {
        store,
        async reopen() {
          await store.close()
          return (store = await opening())
        },
        neighbour: () => startNeighbour(`redis:${JSON.stringify(options)}`),
        close: () => store.close(),
      }
    }
    databaseContract(name, open)
  })
}

onTopology('Redis Cluster', startRedisCluster, ({ addresses }) => ({ cluster: addresses.slice(0, 2) }))
onTopology('Redis Sentinel', startRedisSentinel, ({ name, addresses }) => ({ sentinel: { name, nodes: addresses } }))
