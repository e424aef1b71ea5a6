/** The other process: opens the store named on its command line and executes commands of the test. Its clock is `start`. */
import type { RedisOptions } from '../../src/store/redis.ts'
import type { Store } from '../../src/store/store.ts'
import { start } from '../../src/testing/storeContract/fixture.ts'
import type { Ask, Notify } from './neighbour.ts'

const clock = { now: () => start }

// Each driver is loaded on demand, for a fast start.
const drivers: Record<string, (where: string) => Promise<Store>> = {
  async sqlite(directory) {
    const { openSqlite } = await import('../../src/store/sqlite.ts')
    return openSqlite({ directory, clock })
  },
  async redis(where) {
    const { openRedis } = await import('../../src/store/redis.ts')
    return openRedis({ ...(JSON.parse(where) as RedisOptions), clock })
  },
  async postgres(url) {
    const { openPostgres } = await import('../../src/store/postgres.ts')
    return openPostgres({ url, clock })
  },
}

const [, driver = '', where = ''] = /^(\w+):(.*)$/s.exec(process.argv[2] ?? '') ?? []
const store = await drivers[driver]!(where)
const send = (what: Notify) => process.send!(what)

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.is) {
    case 'call': {
      const collection = (store as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>)[
        ask.collection
      ]
      return collection![ask.method]!(...ask.args)
    }
    case 'increment':
      for (let left = ask.times; left > 0;) {
        const seen = await store.records.read(ask.id)
        if (await store.records.swap(ask.id, String(Number(seen!.text) + 1), seen!.version)) left--
      }
      return null
    case 'write':
      return Promise.all(ask.ids.map(writeForEver))
  }
}

async function writeForEver(id: string): Promise<never> {
  for (let version = 0; ; version++) {
    if (!(await store.records.swap(id, `${id} at ${version + 1} `.repeat(100), version)))
      throw new Error('an unexpected writer')
    send({ is: 'saved', id, version: version + 1 })
  }
}

process.on('message', ({ number, ask }: { number: number; ask: Ask }) => {
  answer(ask).then(
    (value) => send({ is: 'answer', number, value }),
    (error: unknown) => send({ is: 'refusal', number, message: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
send({ is: 'ready' })
