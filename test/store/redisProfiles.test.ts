/** Lists of many profiles on Redis: pages that are split and emptied, words that many or few people have. */
import { expect } from 'chai'
import type { RedisStore } from '../../src/store/redis.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { ProfileQuery, Profiles } from '../../src/store/store.ts'
import { atOnce } from '../../src/testing/storeContract/fixture.ts'
import { redisFixture } from './redisFixture.ts'

const people = 1300
const statuses = ['active.active', 'active.reset', 'pending']
const names = ['schmidt', 'schmidtke', 'schmitz', 'schäfer', 'sch', 'schmidt\0e', '李雷', 'müller-schmidt', 'e']

/** The keys of a person after the given number of changes. */
const keysOf = (n: number, change: number) => {
  const name = n % 500 === 499 ? 'schmidlechner' : names[(n * 7 + change) % (n % 3 === 0 ? names.length : 2)]!
  return {
    email: `${name.replaceAll(/[^a-z]/g, 'x')}.${(n * 7919) % people}${n % 50 === 0 ? '\0x' : ''}@example.com`,
    status: statuses[(n + change) % (change + 1)]!,
    words: [`anna ${name}`, name],
    tags: n % 4 === 0 ? ['group:sales', ...(n % 400 === 0 ? ['role:admin'] : [])] : [],
  }
}

const searches = [
  '',
  's',
  'sc',
  'sch',
  'schm',
  'schmidt',
  'schmidtk',
  'schmidl',
  'schmidt\0',
  'anna',
  'anna s',
  'anna schmidt',
]
const others = ['schmidt.1', 'li', '李', '李雷', 'mül', 'müll', 'zzz', 'schx', 'e', 'xx', 'schmidt.7@example.com']
const queries: ProfileQuery[] = [...searches, ...others].flatMap((search) => [
  { search, limit: 25 },
  { search, limit: 25, after: 'schmidt.5' },
  { search, limit: 200, statuses: ['active.active', 'pending'], after: 'schmidtke.200@example.com' },
  { search, limit: 25, tags: [['group:sales']] },
  { search, limit: 25, tags: [['group:none', 'role:admin'], ['group:sales']], after: 'schmidt.1' },
])

describe('Many profiles on Redis', () => {
  const at = redisFixture()
  let store: RedisStore
  beforeEach(async () => {
    store = await at.open()
  })

  it('are found as in the memory store, and stay so while they change', async function () {
    this.timeout(60_000)
    const model = memoryStore({ clock: at.clock }).profiles
    const both: Profiles[] = [store.profiles, model]
    const change = async (profiles: Profiles, by: number, every: number) => {
      for (let from = 0; from < people; from += 130)
        await atOnce(130, async (n) => {
          const id = `id ${from + n}`
          if ((from + n) % every !== 0) return
          const version = (await profiles.read(id))?.version ?? 0
          expect(await profiles.swap(id, `text ${by}`, version, keysOf(from + n, by))).to.equal(true)
        })
    }
    for (const [by, every] of [
      [0, 1],
      [1, 3],
      [2, 1],
    ] as const) {
      for (const profiles of both) await change(profiles, by, every)
      for (const query of queries)
        expect(await store.profiles.list(query), JSON.stringify(query)).to.deep.equal(await model.list(query))
    }
  })

  it('leave no page behind when the last of them goes to another list', async () => {
    for (const status of ['active', 'pending'])
      await atOnce(300, (n) => {
        const keys = { ...keysOf(n, 0), email: `${n}@example.com`, status }
        return store.profiles.swap(`${n}`, '', status === 'active' ? 0 : 1, keys)
      })
    const left = (await at.ask<string[]>('KEYS', 'rekey:{profiles}:*')).filter((key) =>
      /:(in|words|start|tagged):active/.test(key),
    )
    expect(left).to.deep.equal([])
    expect((await at.ask<string[]>('KEYS', 'rekey:{profiles}:in:pending/*')).length).to.be.within(3, 8)
  })
})
