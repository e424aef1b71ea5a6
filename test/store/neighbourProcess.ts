/** The other process: opens the store named on its command line and does what the test asks. Its clock stands at `start`. */
import type { Store } from '../../src/store/store.ts'
import { start } from './contract/stage.ts'
import type { Ask, Tell } from './neighbour.ts'

const clock = { now: () => start }

// Loaded when asked for: a neighbour should start fast.
const drivers: Record<string, (place: string) => Promise<Store>> = {
  async sqlite(directory) {
    const { openSqlite } = await import('../../src/store/sqlite.ts')
    return openSqlite({ directory, clock })
  },
  async redis(place) {
    const { openRedis } = await import('../../src/store/redis.ts')
    const [prefix, url] = place.split('|') as [string, string]
    return openRedis({ url, prefix, clock })
  },
}

const [, driver = '', place = ''] = /^(\w+):(.*)$/s.exec(process.argv[2] ?? '') ?? []
const store = await drivers[driver]!(place)
const tell = (what: Tell) => process.send!(what)

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.is) {
    case 'call': {
      const shelf = (store as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>)[ask.shelf]
      return shelf![ask.method]!(...ask.args)
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
      throw new Error('nobody else writes here')
    tell({ is: 'saved', id, version: version + 1 })
  }
}

process.on('message', ({ number, ask }: { number: number; ask: Ask }) => {
  answer(ask).then(
    (value) => tell({ is: 'answer', number, value }),
    (error: unknown) => tell({ is: 'refusal', number, message: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
tell({ is: 'ready' })
