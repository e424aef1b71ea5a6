/** Durable writes of journals and profiles: acknowledged after the replicas have them, also when an earlier attempt wrote them. */
import { expect } from 'chai'
import { StoreUnavailable } from '../../src/errors.ts'
import { digest } from '../../src/crypto/tokens.ts'
import { repeatEntry, repeatText } from '../../src/store/redis/journalScripts.ts'
import { writtenRow } from '../../src/store/redis/operation.ts'
import type { RedisStore } from '../../src/store/redis.ts'
import type { Store } from '../../src/store/store.ts'
import { atOnce, refusal, start } from '../../src/testing/storeContract/fixture.ts'
import { type RedisServer, startRedis } from '../support/redisServer.ts'
import { eventually, redisFixture } from './redisFixture.ts'

const durable = { durable: true }
const keys = { email: 'ada@example.com', status: 'active', words: ['ada'], tags: [] }
const entry = { id: 'e', at: start, text: 'text', tags: ['t'] }

/** Each may be sent again after an unknown outcome, as its callers do. */
const writes: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'an entry': (store) => store.journal('audit').append(entry, durable),
  'a text': async (store) => {
    await store.journal('audit').append(entry)
    return store.journal('audit').replace('e', 'redacted', durable)
  },
  'a profile': async ({ profiles }) => {
    const before = await profiles.read('1')
    return before ? profiles.confirm!('1', before.version) : profiles.swap('1', 'ada', 0, { ...keys, ...durable })
  },
}

describe('A Redis with a replica', () => {
  const at = redisFixture('--repl-diskless-sync-delay', '0')
  let replica: RedisServer
  let store: RedisStore

  before(async () => {
    replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(at.server.port)] })
  })
  after(() => replica.stop())
  beforeEach(async () => {
    await eventually(async () => (await at.ask('WAIT', '1', '100')) === 1)
    store = await at.open({ replicas: 1 })
  })

  for (const [what, write] of Object.entries(writes))
    it(`acknowledges ${what} only when the replica has it`, async () => {
      replica.freeze()
      try {
        for (let times = 0; times < 2; times++) {
          const error = await refusal(write(store))
          expect(error).to.be.instanceOf(StoreUnavailable)
          expect(error.message).to.match(/0 of 1 replicas/)
        }
      } finally {
        replica.thaw()
      }
      await eventually(() => write(store).then(() => true))
    })

  it('shares one WAIT among entries and records, and writes an entry without one when it need not be durable', async () => {
    const waits = async () => Number(/cmdstat_wait:calls=(\d+)/.exec(await at.ask('INFO', 'commandstats'))?.[1] ?? 0)
    const before = await waits()
    await atOnce(50, (n) => store.journal('audit').append({ ...entry, id: `e${n}` }))
    expect(await waits()).to.equal(before)
    await atOnce<unknown>(100, (n) =>
      n % 2
        ? store.journal('audit').append({ ...entry, id: `f${n}` }, durable)
        : store.records.swap(`id ${n}`, 'one', 0, durable),
    )
    expect((await waits()) - before).to.be.below(25)
    expect(await store.journal('audit').list({ limit: 200 })).to.have.length(100)
  })
})

describe('A Redis that took over without a write', () => {
  const at = redisFixture()

  it('does not confirm it, and writes nothing', async () => {
    const count = ['rekey:{audit}:count', 'rekey:{audit}:ids'] as const
    const name = digest({ for: 'journal-entry', id: 'e' }).slice(0, 22)
    const row = writtenRow('rekey:{profiles}:person:1', { version: 1 })
    const questions = [
      { script: repeatEntry, keys: count, args: [name] },
      { script: repeatText, keys: ['rekey:{audit}:entries:0'], args: ['0', 'text'] },
      row,
    ]
    const answers = () =>
      Promise.all(
        questions.map(({ script, keys: its, args }) =>
          at.ask<number>('EVAL', script, String(its.length), ...its, ...args.map(String)),
        ),
      )
    const store = await at.open()
    expect(await answers()).to.deep.equal([0, 0, 0])
    expect(await at.ask('KEYS', 'rekey:{*')).to.deep.equal([])

    await store.journal('audit').append({ ...entry, id: 'other' })
    await store.profiles.swap('1', 'ada', 0, keys)
    await store.profiles.swap('1', 'ada', 1, keys)
    const written = await at.ask('GET', 'rekey:{audit}:count')
    expect(await answers()).to.deep.equal([0, 1, 0])
    await store.journal('audit').append(entry)
    await store.journal('audit').replace('other', 'other text')
    expect(await answers()).to.deep.equal([1, 0, 0])
    expect(await at.ask('GET', 'rekey:{audit}:count')).to.equal(String(Number(written) + 1))
    expect(await store.journal('audit').list({ limit: 9 })).to.have.length(2)
  })
})
