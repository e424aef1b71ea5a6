/** The shape of the Redis example that the provider's repository shows and many hosts have: an unconditional HSET is its `consume`. */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { createClient } from 'redis'
import { startRedis } from '../../support/redisServer.ts'
import type { ForeignAdapter } from './foreign.ts'

type Client = Awaited<ReturnType<typeof connect>>

const grantable = new Set([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
])
// Without the pushed requests, which are no hashes here: their `consume` fails with WRONGTYPE.
const consumable = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest'])

class RedisAdapter implements Adapter {
  readonly #name: string
  readonly #client: Client
  constructor(name: string, client: Client) {
    this.#name = name
    this.#client = client
  }

  #key = (id: string): string => `oidc:${this.#name}:${id}`

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const key = this.#key(id)
    const text = JSON.stringify(payload)
    const multi = this.#client.multi()
    if (consumable.has(this.#name)) multi.hSet(key, { payload: text })
    else multi.set(key, text)
    if (expiresIn) multi.expire(key, expiresIn)
    if (grantable.has(this.#name) && payload.grantId) {
      const grantKey = `oidc:grant:${payload.grantId}`
      multi.rPush(grantKey, key)
      if (expiresIn > (await this.#client.ttl(grantKey))) multi.expire(grantKey, expiresIn)
    }
    if (payload.userCode)
      multi.set(`oidc:userCode:${payload.userCode}`, id).expire(`oidc:userCode:${payload.userCode}`, expiresIn)
    if (payload.uid) multi.set(`oidc:uid:${payload.uid}`, id).expire(`oidc:uid:${payload.uid}`, expiresIn)
    await multi.exec()
  }

  async find(id: string | null): Promise<AdapterPayload | undefined> {
    const key = this.#key(String(id))
    if (!consumable.has(this.#name)) {
      const text = await this.#client.get(key)
      return text === null ? undefined : (JSON.parse(text) as AdapterPayload)
    }
    const { payload, ...rest } = await this.#client.hGetAll(key)
    return payload === undefined ? undefined : { ...rest, ...(JSON.parse(payload) as AdapterPayload) }
  }

  findByUid = async (uid: string) => this.find(await this.#client.get(`oidc:uid:${uid}`))
  findByUserCode = async (code: string) => this.find(await this.#client.get(`oidc:userCode:${code}`))

  async consume(id: string): Promise<void> {
    await this.#client.hSet(this.#key(id), 'consumed', Math.floor(Date.now() / 1000))
  }

  async destroy(id: string): Promise<void> {
    await this.#client.del(this.#key(id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const grantKey = `oidc:grant:${grantId}`
    const multi = this.#client.multi()
    for (const token of await this.#client.lRange(grantKey, 0, -1)) multi.del(token)
    await multi.del(grantKey).exec()
  }
}

async function connect(url: string) {
  const client = createClient({ url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

export async function openRedisAdapter(): Promise<ForeignAdapter> {
  const server = await startRedis()
  const client = await connect(server.url)
  const made: string[] = []
  return {
    adapter: class extends RedisAdapter {
      constructor(model: string) {
        super(model, client)
        made.push(model)
      }
    },
    made,
    async ids(model) {
      const keys = await client.keys(`oidc:${model}:*`)
      return keys.map((key) => key.slice(`oidc:${model}:`.length))
    },
    remove: async (model, id) => void (await client.del(`oidc:${model}:${id}`)),
    async close() {
      await client.close()
      await server.stop()
    },
  }
}
