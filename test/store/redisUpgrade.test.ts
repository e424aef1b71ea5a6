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
    const left = (await at.ask<string[]>('KEYS', '*')).filter((key) => /:(row|all|word|tag):/.test(key))
    expect(left).to.deep.equal([])
    expect(await at.ask('GET', 'rekey:format')).to.equal('2')
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
    expect((await at.ask<string[]>('KEYS', '*')).filter((key) => /:(row|all|word|tag):/.test(key))).to.deep.equal([])
  })
})
