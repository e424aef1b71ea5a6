/** The shape of the provider's own adapter in memory. Each call takes a turn of the event loop, as a database does. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { ForeignAdapter } from './foreign.ts'

type Rows = Map<string, { readonly payload: AdapterPayload; readonly expiresAt: number }>

class MapAdapter implements Adapter {
  readonly #model: string
  readonly #rows: Rows
  constructor(model: string, rows: Rows) {
    this.#model = model
    this.#rows = rows
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number | undefined): Promise<void> {
    await turn()
    const expiresAt = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000
    this.#rows.set(`${this.#model}:${id}`, { payload: structuredClone(payload), expiresAt })
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    await turn()
    const row = this.#rows.get(`${this.#model}:${id}`)
    return row && row.expiresAt > Date.now() ? structuredClone(row.payload) : undefined
  }

  findByUid = (uid: string) => this.#findBy('uid', uid)
  findByUserCode = (userCode: string) => this.#findBy('userCode', userCode)

  async #findBy(field: 'uid' | 'userCode', value: string): Promise<AdapterPayload | undefined> {
    await turn()
    const mine = [...this.#rows].filter(([key]) => key.startsWith(`${this.#model}:`)).map(([, { payload }]) => payload)
    return structuredClone(mine.find((payload) => payload[field] === value))
  }

  async consume(id: string): Promise<void> {
    await turn()
    this.#rows.get(`${this.#model}:${id}`)!.payload.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string): Promise<void> {
    await turn()
    this.#rows.delete(`${this.#model}:${id}`)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await turn()
    for (const [key, { payload }] of this.#rows) if (payload.grantId === grantId) this.#rows.delete(key)
  }
}

export async function openMapAdapter(): Promise<ForeignAdapter> {
  const rows: Rows = new Map()
  const made: string[] = []
  return {
    adapter: class extends MapAdapter {
      constructor(model: string) {
        super(model, rows)
        made.push(model)
      }
    },
    made,
    ids: async (model) =>
      [...rows.keys()].filter((key) => key.startsWith(`${model}:`)).map((key) => key.slice(model.length + 1)),
    remove: async (model, id) => void rows.delete(`${model}:${id}`),
    close: async () => undefined,
  }
}
