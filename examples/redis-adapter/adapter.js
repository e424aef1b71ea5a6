// The adapter that this provider had before: rows in Redis, as they are. It is not changed for oidc-rekey.
import { Redis } from 'ioredis'

export const redis = new Redis(process.env.REDIS_URL ?? 'redis://localhost:6379', { keyPrefix: 'oidc:' })

export class RedisAdapter {
  constructor(model) {
    this.model = model
  }

  key(id) {
    return `${this.model}:${id}`
  }

  async upsert(id, payload, expiresIn) {
    const key = this.key(id)
    const batch = redis.multi().hset(key, 'payload', JSON.stringify(payload))
    const expire = (name) => expiresIn && batch.expire(name, expiresIn)
    expire(key)
    for (const field of ['uid', 'userCode']) {
      if (!payload[field]) continue
      batch.set(`${field}:${payload[field]}`, id)
      expire(`${field}:${payload[field]}`)
    }
    if (payload.grantId) {
      batch.sadd(`grant:${payload.grantId}`, key)
      expire(`grant:${payload.grantId}`)
    }
    await batch.exec()
  }

  async find(id) {
    const { payload, consumed } = await redis.hgetall(this.key(id))
    return payload && { ...JSON.parse(payload), ...(consumed && { consumed: Number(consumed) }) }
  }

  findByUid = async (uid) => this.find(await redis.get(`uid:${uid}`))
  findByUserCode = async (userCode) => this.find(await redis.get(`userCode:${userCode}`))

  async consume(id) {
    await redis.hset(this.key(id), 'consumed', Math.floor(Date.now() / 1000))
  }

  async destroy(id) {
    await redis.del(this.key(id))
  }

  async revokeByGrantId(grantId) {
    const keys = await redis.smembers(`grant:${grantId}`)
    await redis.del(`grant:${grantId}`, ...keys)
  }
}
