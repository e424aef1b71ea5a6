/** Data of the format before, as that version wrote it. */
import { expect } from 'chai'
import { redisFixture } from './redisFixture.ts'

describe('Redis data of format 1', () => {
  const at = redisFixture()
  const people = [
    {
      id: '1',
      email: 'ada@example.com',
      status: 'active.active',
      words: ['ada lovelace', 'lovelace'],
      tags: ['group:one'],
    },
    { id: '2', email: 'bob@example.com', status: 'pending', words: ['bob'], tags: [] },
    { id: '3', email: 'removed 33', status: 'removed', words: [], tags: [] },
  ]
  const add = async ({ id, email, status, words, tags }: (typeof people)[number]) => {
    const key = `rekey:{profiles}:row:${id}`
    const row = { text: `text of ${id}`, version: '7', operation: 'o', email, status }
    const fields = { ...row, words: JSON.stringify(words), tags: JSON.stringify(tags) }
    await at.ask('HSET', key, ...Object.entries(fields).flat())
    await at.ask('HSET', 'rekey:{profiles}:emails', email, id)
    await at.ask('SADD', 'rekey:{profiles}:statuses', status)
    const starts = words.flatMap((word) => Array.from(word, (_, n) => `word:${status}:${word.slice(0, n + 1)}`))
    for (const list of [`all:${status}`, ...starts, ...tags.map((tag) => `tag:${status}:${tag}`)])
      await at.ask('ZADD', `rekey:{profiles}:${list}`, '0', email)
  }
  beforeEach(async () => {
    await at.ask('SET', 'rekey:format', '1')
    for (const person of people) await add(person)
  })
  const logged = async (n: number) => {
    const name = `41dac0000000000${n}00000000000${n}e${n}`
    const entry = { at: n, text: `line ${n}`, tags: ['type:x', `user:${n % 2}`] }
    await at.ask('SET', `rekey:{audit}:entry:e${n}`, JSON.stringify(entry))
    await at.ask('INCR', 'rekey:{audit}:arrivals')
    for (const set of ['all', ...entry.tags.map((tag) => `tag:${tag}`)])
      await at.ask('ZADD', `rekey:{audit}:${set}`, '0', name)
  }
  const remains = async () =>
    (await at.ask<string[]>('KEYS', '*')).filter((key) => /:(row|all|word|tag|entry|arrivals)(:|$)/.test(key))
  const ids = async (found: Promise<{ id: string }[]>) => (await found).map(({ id }) => id)

  it('is upgraded when the store is opened, and nothing of the old form remains', async () => {
    const { profiles } = await at.open()
    expect(await profiles.read('1')).to.deep.equal({ text: 'text of 1', version: 7 })
    expect(await profiles.findByEmail('bob@example.com')).to.deep.equal({ id: '2', text: 'text of 2', version: 7 })
    expect(await ids(profiles.list({ limit: 9 }))).to.deep.equal(['1', '2', '3'])
    for (const search of ['ad', 'ada l', 'love', 'ada@'])
      expect(await ids(profiles.list({ search, limit: 9 })), search).to.deep.equal(['1'])
    expect(await ids(profiles.list({ tags: [['group:one']], limit: 9 }))).to.deep.equal(['1'])
    expect(await profiles.swap('1', 'next', 7, { ...people[0]!, words: ['countess'] })).to.equal(true)
    expect(await ids(profiles.list({ search: 'ada l', limit: 9 }))).to.deep.equal([])
    expect(await remains()).to.deep.equal([])
    expect(await at.ask('GET', 'rekey:format')).to.equal('2')
  })

  it('is read record by record, and each is changed to the new form by its next swap', async () => {
    const key = 'rekey:{59}:record:ada'
    await at.ask('HSET', key, 'text', 'one', 'version', '4', 'operation', 'o')
    const { records } = await at.open()
    expect(await records.read('ada')).to.deep.equal({ text: 'one', version: 4 })
    expect(await records.swap('ada', 'wrong', 3)).to.equal(false)
    expect(await records.swap('ada', 'two', 4)).to.equal(true)
    expect(await records.read('ada')).to.deep.equal({ text: 'two', version: 5 })
    expect(await at.ask('TYPE', key)).to.equal('string')
  })

  it('is upgraded with its journals, each entry once and in its order', async () => {
    for (const n of [1, 2, 3, 4]) await logged(n)
    const first = (await at.open()).journal('audit')
    const listed = (await first.list({ limit: 9 })).map(({ position: _, ...entry }) => entry)
    expect(listed.map(({ id }) => id)).to.deep.equal(['e4', 'e3', 'e2', 'e1'])
    expect(listed[0]).to.deep.equal({ id: 'e4', at: 4, text: 'line 4', tags: ['type:x', 'user:0'] })
    await at.ask('SET', 'rekey:format', '1')
    for (const n of [2, 5]) await logged(n)
    const again = (await at.open()).journal('audit')
    expect(await ids(again.list({ limit: 9 }))).to.deep.equal(['e5', 'e4', 'e3', 'e2', 'e1'])
    expect(await ids(again.list({ tags: ['user:1'], limit: 9 }))).to.deep.equal(['e5', 'e3', 'e1'])
    expect(await remains()).to.deep.equal([])
  })

  it('is upgraded by two processes at once, and after an interruption', async () => {
    await at.open()
    await at.ask('SET', 'rekey:format', '1')
    const late = { id: '4', email: 'late@example.com', status: 'pending', words: ['late'], tags: [] }
    await add(late)
    // As if the process had ended after it wrote the new row and before it deleted the old one.
    await add(people[1]!)
    const [{ profiles }] = await Promise.all([at.open(), at.open()])
    expect(await ids(profiles.list({ limit: 9 }))).to.deep.equal(['1', '2', '4', '3'])
    expect(await profiles.read('2')).to.deep.equal({ text: 'text of 2', version: 7 })
    expect(await remains()).to.deep.equal([])
  })
})
