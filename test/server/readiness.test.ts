/** Readiness compares the clock of the process with that of the database. */
import { expect } from 'chai'
import { createReadiness } from '../../src/server/readiness.ts'
import { openRedis } from '../../src/store/redis.ts'
import { type RedisServer, startRedis } from '../support/redisServer.ts'

describe('The readiness', () => {
  let redis: RedisServer
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())

  for (const seconds of [0, 47, -3600])
    it(`says that the clocks are ${Math.abs(seconds)} seconds apart, and serves on`, async () => {
      const clock = { now: () => Math.floor(Date.now() / 1000) + seconds }
      const store = await openRedis({ url: redis.url, clock, warn: () => undefined })
      const state = await createReadiness({ store, used: async () => null }, clock)()
      await store.close()
      expect(state).to.include({ store: 'ok' })
      expect(state.clock_apart_seconds).to.be.closeTo(Math.abs(seconds), 1)
    })
})
