/** The data in Redis: stale indexes, expiry, shards, sortable numbers. */
import { expect } from 'chai'
import type { RedisStore } from '../../src/store/redis.ts'
import { LookupCache } from '../../src/store/redis/lookupCache.ts'
import { shardOf } from '../../src/store/redis/keys.ts'
import { sortable } from '../../src/store/redis/sortable.ts'
import { byBytes } from '../../src/store/values.ts'
import { atOnce, start } from '../../src/testing/storeContract/fixture.ts'
import { redisFixture } from './redisFixture.ts'

describe('The data in Redis', () => {
  const at = redisFixture()
  let store: RedisStore
  beforeEach(async () => {
    store = await at.open()
  })
  const indexes = { uid: 'u', userCode: 'c', grantId: 'g', accountId: 'a' }

  describe('index entries without an artefact, after a crash', () => {
    /** As if the connection had broken between the index and the artefact. */
    const lost = () => at.ask('DEL', 'rekey:artefact:Session:s')

    it('find nothing', async () => {
      await store.artefacts.put('Session', 's', 'one', { indexes })
      await lost()
      expect(await store.artefacts.find('Session', 'uid', 'u')).to.equal(null)
      expect(await store.artefacts.find('Session', 'userCode', 'c')).to.equal(null)
      expect(await store.artefacts.ofAccount('Session', 'a', '', 9)).to.deep.equal([])
      expect(await store.artefacts.countOfAccount('Session', 'a')).to.equal(0)
      await store.artefacts.deleteOfGrant('Session', 'g')
      expect(await store.artefacts.add('Session', 's', 'two')).to.equal(true)
      expect(await store.artefacts.find('Session', 'uid', 'u')).to.equal(null)
      expect(await store.artefacts.countOfAccount('Session', 'a')).to.equal(0)
      await store.artefacts.deleteOfGrant('Session', 'g')
      expect(await store.artefacts.get('Session', 's')).not.to.equal(null)
    })

    it('do not shorten a page', async () => {
      await atOnce(30, (n) => store.artefacts.put('Session', `s${n + 10}`, '', { indexes: { accountId: 'a' } }))
      for (let n = 0; n < 25; n++) await at.ask('DEL', `rekey:artefact:Session:s${n + 10}`)
      const page = await store.artefacts.ofAccount('Session', 'a', '', 3)
      expect(page.map(({ id }) => id)).to.deep.equal(['s35', 's36', 's37'])
    })

    it('are possible because an index is written before its artefact', async () => {
      const sent = await at.watch(() => store.artefacts.put('Session', 's', 'one', { indexes }))
      const written = /"(?:ZADD|SET|HSET)" "rekey:(grant|account|uid|userCode|artefact):/
      const order = sent.flatMap((line) => written.exec(line)?.[1] ?? [])
      expect([...new Set(order)]).to.have.lengthOf(5)
      expect(order.indexOf('artefact')).to.be.greaterThan(3)
      expect(order.slice(order.indexOf('artefact')).every((kind) => kind === 'artefact')).to.equal(true)
    })

    it('are recognised by a driver with an older entry in its cache', async () => {
      const other = await at.open()
      await store.artefacts.put('Session', 'old', 'one', { indexes: { uid: 'u' } })
      expect((await other.artefacts.find('Session', 'uid', 'u'))!.id).to.equal('old')
      await store.artefacts.put('Session', 'new', 'two', { indexes: { uid: 'u' } })
      expect((await other.artefacts.find('Session', 'uid', 'u'))!.id).to.equal('new')
      await store.artefacts.delete('Session', 'new')
      expect(await other.artefacts.find('Session', 'uid', 'u')).to.equal(null)
    })
  })

  it('is cached for a bounded number of names, the latest ones', () => {
    const lookupCache = new LookupCache()
    for (let n = 0; n < 10_000; n++) lookupCache.learn(`name ${n}`, `id ${n}`)
    lookupCache.learn('name 0', 'id again')
    lookupCache.learn('one more', 'id')
    expect(lookupCache.get('name 0')).to.equal('id again')
    expect(lookupCache.get('name 1')).to.equal(undefined)
    expect(lookupCache.get('name 2')).to.equal('id 2')
    lookupCache.learn('name 2', null)
    expect(lookupCache.get('name 2')).to.equal(undefined)
  })

  describe('an artefact with a deadline', () => {
    const ttls = async () => {
      const keys = (await at.ask<string[]>('KEYS', '*')).filter((key) => key !== 'rekey:format').toSorted()
      return new Map(await Promise.all(keys.map(async (key) => [key, await at.ask<number>('TTL', key)] as const)))
    }

    it('is deleted by Redis with its indexes, five minutes after the deadline', async () => {
      await store.artefacts.put('Session', 's', 'one', { expiresAt: start + 1000, indexes })
      await store.artefacts.take('Session', 's')
      await store.artefacts.replace('Session', 's', 'two')
      await store.artefacts.add('Jti', 'j', '', { expiresAt: start + 1000, indexes })
      const left = await ttls()
      expect(left.size).to.equal(10)
      for (const [key, seconds] of left) expect(seconds, key).to.be.within(1290, 1300)
    })

    it('is deleted when its deadline is past, and never before its deadline', async () => {
      await store.artefacts.put('Session', 's', '', { expiresAt: start - 1000, indexes })
      for (const [key, seconds] of await ttls()) expect(seconds, key).to.be.within(290, 300)
      await store.artefacts.put('Session', 's', '', { expiresAt: start + 1e9, indexes })
      for (const [key, seconds] of await ttls()) expect(seconds, key).to.be.within(1e9, 1e9 + 300)
      await store.artefacts.put('Session', 's', '', { expiresAt: 1e300, indexes })
      for (const [key, seconds] of await ttls()) expect(seconds, key).to.equal(-1)
    })

    it('stays with its indexes when a put removes its deadline', async () => {
      await store.artefacts.put('Session', 's', '', { expiresAt: start + 5, indexes })
      await store.artefacts.put('Session', 's', '', { indexes })
      await store.artefacts.put('Session', 't', '', { expiresAt: start + 5, indexes: { grantId: 'g', accountId: 'a' } })
      const eternal = [...(await ttls())].filter(([, seconds]) => seconds === -1)
      expect(eternal.map(([key]) => key)).to.deep.equal([
        'rekey:account:Session:a',
        'rekey:artefact:Session:s',
        'rekey:grant:Session:g',
        'rekey:uid:Session:u',
        'rekey:userCode:Session:c',
      ])
    })

    it('keeps its sets until the latest deadline in them', async () => {
      await store.artefacts.put('Session', 's', '', { expiresAt: start + 1000, indexes })
      await store.artefacts.put('Session', 't', '', { expiresAt: start + 5, indexes: { grantId: 'g', accountId: 'a' } })
      const left = await ttls()
      for (const set of ['grant:Session:g', 'account:Session:a']) {
        expect(left.get(`rekey:${set}`), set).to.be.within(1290, 1300)
      }
      expect(await store.artefacts.add('Session', 's', '', { expiresAt: start + 5, indexes })).to.equal(false)
      at.clock.set(start + 999)
      expect((await store.artefacts.ofAccount('Session', 'a', '', 9)).map(({ id }) => id)).to.deep.equal(['s'])
    })

    it('is removed from the set of its account by a later put', async () => {
      for (let n = 0; n < 50; n++) {
        at.clock.set(start + n * 1000)
        await store.artefacts.put('Session', `s${n}`, '', { expiresAt: start + n * 1000 + 500, indexes })
      }
      expect(await at.ask('ZCARD', 'rekey:account:Session:a')).to.equal(1)
      expect(await at.ask('ZCARD', 'rekey:grant:Session:g')).to.equal(1)
    })

    it('is present for a process with a slow clock', async () => {
      await store.artefacts.put('Session', 's', '', { expiresAt: start + 10, indexes })
      at.clock.set(start + 100)
      await store.artefacts.put('Session', 't', '', { indexes })
      expect(await store.artefacts.countOfAccount('Session', 'a')).to.equal(1)
      at.clock.set(start)
      expect(await store.artefacts.countOfAccount('Session', 'a')).to.equal(2)
      expect(await store.artefacts.take('Session', 's')).to.equal(true)
    })
  })

  it('is read in a journal from the earlier of cursor and end', async () => {
    const audit = store.journal('audit')
    for (const n of [1, 2, 3, 4]) await audit.append({ id: `e${n}`, at: start + n, text: '', tags: [] })
    const [newest, , second] = await audit.list({ limit: 9 })
    const ids = async (before: string, to: number) => (await audit.list({ before, to, limit: 9 })).map(({ id }) => id)
    expect(await ids(newest!.position, start + 2)).to.deep.equal(['e2', 'e1'])
    expect(await ids(second!.position, start + 9)).to.deep.equal(['e1'])
    expect(await ids(second!.position, start + 2)).to.deep.equal(['e1'])
  })

  describe('shards', () => {
    it('never change for an account', () => {
      const parts = ['', 'ada', 'bob', '李雷', '550e8400-e29b-41d4-a716-446655440000'].map(shardOf)
      expect(parts).to.deep.equal(['05', '59', '20', '31', '40'])
    })

    it('get equal numbers of accounts', () => {
      const counts = new Map<string, number>()
      for (let n = 0; n < 64_000; n++) counts.set(shardOf(`user${n}`), (counts.get(shardOf(`user${n}`)) ?? 0) + 1)
      expect(counts.size).to.equal(64)
      expect(Math.min(...counts.values())).to.be.greaterThan(800)
      expect(Math.max(...counts.values())).to.be.lessThan(1200)
    })

    it('orders numbers as text', () => {
      const numbers = [
        -Infinity,
        -1e300,
        -2,
        -1.5,
        -5e-324,
        0,
        5e-324,
        1,
        1.5,
        2,
        10,
        start,
        start + 0.25,
        1e300,
        Infinity,
      ]
      expect(numbers.map(sortable).toSorted(byBytes)).to.deep.equal(numbers.map(sortable))
      expect(new Set(numbers.map(sortable)).size).to.equal(numbers.length)
      expect(sortable(-0)).to.equal(sortable(0))
    })
  })
})
