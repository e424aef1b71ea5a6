/** Lost answers: an executed operation is neither repeated nor reported wrongly. */
import { expect } from 'chai'
import type { RedisStore } from '../../src/store/redis.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { atOnce, refusal, start } from '../../src/testing/storeContract/fixture.ts'
import { type Proxy, startProxy } from './databaseProxy.ts'
import { eventually, redisFixture } from './redisFixture.ts'

const keys = { email: 'ada@example.com', status: 'active', words: ['ada'], tags: ['group:one'] }

describe('A Redis whose answer is lost', () => {
  const at = redisFixture()
  let proxy: Proxy
  /** Connected through the proxy. */
  let store: RedisStore
  /** Connected directly. */
  let other: RedisStore

  beforeEach(async () => {
    proxy = await startProxy(at.server.port)
    store = await at.open({ url: proxy.url })
    other = await at.open()
  })
  afterEach(() => proxy.close())

  /** Lets the server execute `call`, drops its answer, and runs `meanwhile` before the driver repeats the call. */
  async function unanswered<T>(
    call: () => Promise<T>,
    isDone: () => Promise<boolean>,
    meanwhile = async (): Promise<unknown> => undefined,
  ): Promise<T> {
    proxy.hold('answers', 'EVAL')
    const answer = call()
    answer.catch(() => {})
    await eventually(isDone)
    await meanwhile()
    proxy.cut()
    return answer
  }

  const version = async (wanted: number) => (await other.records.read('ada'))?.version === wanted

  it('gets a swap again, which recognises its first attempt', async () => {
    const swap = () => store.records.swap('ada', 'one', 0, { wakeAt: start })
    expect(await unanswered(swap, () => version(1))).to.equal(true)
    expect(await other.records.read('ada')).to.deep.equal({ text: 'one', version: 1 })
    expect(await other.records.backlog(start + 1)).to.equal(1)
  })

  it('gets a swap at an old version again, which stays refused', async () => {
    await other.records.swap('ada', 'theirs', 0)
    proxy.hold('answers')
    const answer = store.records.swap('ada', 'one', 0)
    await eventually(async () => store.traffic().commands > 0)
    proxy.cut()
    expect(await answer).to.equal(false)
    expect(await other.records.read('ada')).to.deep.equal({ text: 'theirs', version: 1 })
  })

  it('makes a swap unavailable, its outcome unknown, when another swap followed it', async () => {
    const swap = () => store.records.swap('ada', 'one', 0)
    const overtake = () => other.records.swap('ada', 'two', 1)
    const error = await refusal(unanswered(swap, () => version(1), overtake))
    expect(error).to.be.instanceOf(StoreUnavailable)
    expect(error.message).to.match(/unknown/)
    expect(await other.records.read('ada')).to.deep.equal({ text: 'two', version: 2 })
  })

  it('gets a swap of a profile again, which recognises its first attempt and keeps its email', async () => {
    const created = async () => (await other.profiles.read('1'))?.version === 1
    expect(await unanswered(() => store.profiles.swap('1', 'ada', 0, keys), created)).to.equal(true)
    const changed = async () => (await other.profiles.read('1'))?.version === 2
    const moved = { ...keys, email: 'ada@new.example', words: ['lovelace'] }
    expect(await unanswered(() => store.profiles.swap('1', 'ada', 1, moved), changed)).to.equal(true)
    expect((await other.profiles.findByEmail('ada@new.example'))!.version).to.equal(2)
    expect(await other.profiles.list({ search: 'ada@example', limit: 9 })).to.deep.equal([])
    expect(await other.profiles.list({ search: 'lovelace', limit: 9 })).to.have.lengthOf(1)
    expect(await other.profiles.list({ search: 'ada', limit: 9 })).to.have.lengthOf(1)
  })

  it('gets a journal entry again and stores it once', async () => {
    const audit = other.journal('audit')
    const append = () => store.journal('audit').append({ id: 'e', at: start, text: '', tags: ['t'] })
    await unanswered(append, async () => (await audit.list({ limit: 9 })).length === 1)
    expect(await audit.list({ tags: ['t'], limit: 9 })).to.have.lengthOf(1)
  })

  it('gets a take again, which recognises its first attempt', async () => {
    await other.artefacts.put('Code', 'c', 'one')
    const isTaken = async () => (await other.artefacts.get('Code', 'c'))!.takenAt !== null
    expect(await unanswered(() => store.artefacts.take('Code', 'c'), isTaken)).to.equal(true)
    expect(await other.artefacts.take('Code', 'c')).to.equal(false)
    expect(await store.artefacts.take('Code', 'c')).to.equal(false)
  })

  it('does not get a delete again: it is unavailable, its outcome unknown', async () => {
    await other.artefacts.put('Interaction', 'i', 'one')
    const isGone = async () => (await other.artefacts.get('Interaction', 'i')) === null
    const error = await refusal(unanswered(() => store.artefacts.delete('Interaction', 'i'), isGone))
    expect(error).to.be.instanceOf(StoreUnavailable)
  })

  it('changes nothing when a swap that timed out arrives late', async () => {
    await at.ask('CONFIG', 'RESETSTAT')
    await other.records.swap('ada', 'one', 0)
    proxy.hold('everything')
    // The proxy holds the bytes of a connection that the driver has closed, and forwards them later.
    expect(await refusal(store.records.swap('ada', 'late', 1))).to.be.instanceOf(StoreUnavailable)
    expect(await other.records.swap('ada', 'two', 1)).to.equal(true)
    proxy.release()
    await eventually(async () => /cmdstat_eval:calls=3,/.test(await at.ask('INFO', 'commandstats')))
    await eventually(() => store.ping().then(() => true))
    expect(await other.records.read('ada')).to.deep.equal({ text: 'two', version: 2 })
  })

  it('runs scripts after its script cache was flushed', async () => {
    await store.records.swap('ada', 'one', 0)
    await at.ask('SCRIPT', 'FLUSH')
    expect(await store.records.swap('ada', 'two', 1)).to.equal(true)
    const answers = await Promise.all([
      atOnce(50, (n) => store.artefacts.add('Jti', `j${n}`, '')),
      at.ask('SCRIPT', 'FLUSH'),
      atOnce(50, (n) => store.artefacts.take('Jti', `j${n}`)),
    ])
    expect([...answers[0], ...answers[2]]).not.to.include(false)
  })
})
