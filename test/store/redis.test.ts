import { openRedis } from '../../src/store/redis.ts'
import { startRedis, type RedisServer } from '../support/redisServer.ts'
import { databaseContract } from './contract.ts'
import { withLeastPermissions } from './leastRights.ts'
import { startNeighbour } from './neighbour.ts'

/** As a user with the documented permissions and no others. */
describe('Redis on one node', () => {
  let server: RedisServer
  let url = ''
  let stores = 0
  before(async () => {
    server = await startRedis()
    url = await withLeastPermissions(server.url, 'test')
  })
  after(() => server.stop())

  databaseContract('Redis', async (clock) => {
    const prefix = `test${++stores}:`
    const opening = () => openRedis({ url, prefix, clock })
    let store = await opening()
    return {
      store,
      async reopen() {
        await store.close()
        return (store = await opening())
      },
      neighbour: () => startNeighbour(`redis:${JSON.stringify({ url, prefix })}`),
      close: () => store.close(),
    }
  })
})
