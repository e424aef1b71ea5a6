import { openRedis } from '../../src/store/redis.ts'
import { startRedis, type RedisServer } from '../support/redisServer.ts'
import { databaseContract } from './contract.ts'
import { startNeighbour } from './neighbour.ts'

describe('Redis on one node', () => {
  let server: RedisServer
  let stores = 0
  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())

  databaseContract('Redis', async (clock) => {
    const prefix = `test ${++stores}:`
    const opening = () => openRedis({ url: server.url, prefix, clock })
    let store = await opening()
    return {
      store,
      async reopen() {
        await store.close()
        return (store = await opening())
      },
      neighbour: () => startNeighbour(`redis:${prefix}|${server.url}`),
      close: () => store.close(),
    }
  })
})
