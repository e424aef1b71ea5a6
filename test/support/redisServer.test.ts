import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { createClient } from 'redis'
import { startRedis, type RedisServer } from './redisServer.ts'

describe('The Redis of the tests', () => {
  let redis: RedisServer
  before(async () => {
    redis = await startRedis()
  })
  after(async () => redis.stop())

  const ping = async () => {
    const client = createClient({ url: redis.url, socket: { reconnectStrategy: false } }).on('error', () => {})
    try {
      await client.connect()
      return await client.ping()
    } finally {
      client.destroy()
    }
  }

  it('answers as soon as it is started', async () => {
    expect(await ping()).to.equal('PONG')
  })

  it('is silent while frozen and answers again when thawed', async () => {
    redis.freeze()
    const answer = ping()
    const first = await Promise.race([answer, pause(200, 'silence')])
    redis.thaw()
    expect(first).to.equal('silence')
    expect(await answer).to.equal('PONG')
  })

  it('can be killed and restarted on its port and data', async () => {
    const { port, directory } = redis
    await redis.kill()
    expect(await ping().catch(() => 'refused')).to.equal('refused')
    redis = await startRedis({ port, directory })
    expect(await ping()).to.equal('PONG')
  })
})
