/** Redis, in the manner of the example adapter of node-oidc-provider. */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { createClient } from 'redis'
import { type Account, consumable, type Database, now, type Stored } from './database.ts'

const SWAP = `if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1, 'document', ARGV[2])
return 1`

const accountKey = (id: string): string => `account:${id}`
const emailKey = (email: string): string => `email:${email}`
const grantKey = (id: string): string => `grant:${id}`
const uidKey = (uid: string): string => `uid:${uid}`
const userCodeKey = (code: string): string => `userCode:${code}`

const connect = (url: string) => createClient({ url }).connect()
type Client = Awaited<ReturnType<typeof connect>>

export async function openRedis(url: string): Promise<Database> {
  const client = await connect(url)
  async function byId(id: string): Promise<Stored | undefined> {
    const { document, version } = await client.hGetAll(accountKey(id))
    return document === undefined ? undefined : { account: JSON.parse(document) as Account, version: Number(version) }
  }
  return {
    adapter: (model) => new RedisAdapter(client, model),
    byId,
    async byEmail(email) {
      const id = await client.get(emailKey(email))
      return id === null ? undefined : byId(id)
    },
    async create(account) {
      const document = JSON.stringify(account)
      const writes = client.multi().hSet(accountKey(account.id), { version: 1, document })
      await writes.set(emailKey(account.email), account.id).exec()
    },
    async swap({ version }, account) {
      const given = [String(version), JSON.stringify(account)]
      return (await client.eval(SWAP, { keys: [accountKey(account.id)], arguments: given })) === 1
    },
    close: () => client.close(),
  }
}

class RedisAdapter implements Adapter {
  readonly #client: Client
  readonly #model: string

  constructor(client: Client, model: string) {
    this.#client = client
    this.#model = model
  }

  #key(id: string): string {
    return `${this.#model}:${id}`
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const key = this.#key(id)
    const text = JSON.stringify(payload)
    const multi = this.#client.multi()
    if (consumable.has(this.#model)) multi.hSet(key, { payload: text })
    else multi.set(key, text)
    if (expiresIn) multi.expire(key, expiresIn)
    const { grantId, uid, userCode } = payload
    if (grantId) {
      multi.rPush(grantKey(grantId), key)
      const left = await this.#client.ttl(grantKey(grantId))
      if (expiresIn > left) multi.expire(grantKey(grantId), expiresIn)
    }
    if (userCode) multi.set(userCodeKey(userCode), id, { expiration: { type: 'EX', value: expiresIn } })
    if (uid) multi.set(uidKey(uid), id, { expiration: { type: 'EX', value: expiresIn } })
    await multi.exec()
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const key = this.#key(id)
    if (!consumable.has(this.#model)) {
      const text = await this.#client.get(key)
      return text === null ? undefined : (JSON.parse(text) as AdapterPayload)
    }
    const { payload, consumed } = await this.#client.hGetAll(key)
    if (payload === undefined) return undefined
    return { ...(JSON.parse(payload) as AdapterPayload), ...(consumed !== undefined && { consumed: Number(consumed) }) }
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const id = await this.#client.get(uidKey(uid))
    return id === null ? undefined : this.find(id)
  }

  async findByUserCode(code: string): Promise<AdapterPayload | undefined> {
    const id = await this.#client.get(userCodeKey(code))
    return id === null ? undefined : this.find(id)
  }

  async consume(id: string): Promise<void> {
    await this.#client.hSet(this.#key(id), 'consumed', now())
  }

  async destroy(id: string): Promise<void> {
    await this.#client.del(this.#key(id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const keys = await this.#client.lRange(grantKey(grantId), 0, -1)
    const multi = this.#client.multi()
    for (const key of [...keys, grantKey(grantId)]) multi.del(key)
    await multi.exec()
  }
}
