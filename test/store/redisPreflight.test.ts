/** Which Redis is refused, warnings to the operator, and a full Redis. */
import { expect } from 'chai'
import { openRedis, type RedisOptions, type RedisStore } from '../../src/store/redis.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { startRedis, type RedisServer } from '../support/redisServer.ts'
import { calls } from '../../src/testing/storeContract/closing.ts'
import { atOnce, refusal, start } from '../../src/testing/storeContract/fixture.ts'
import { request, eventually, redisFixture } from './redisFixture.ts'

describe('The settings of a Redis', () => {
  const at = redisFixture()
  const others: RedisServer[] = []
  const another = async (...args: string[]) => {
    const server = await startRedis({ args })
    others.push(server)
    return server
  }
  afterEach(async () => {
    await Promise.all(others.splice(0).map((server) => server.stop()))
    await at.ask('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction')
  })
  const opening = (options: Partial<RedisOptions> = {}) =>
    refusal(openRedis({ url: at.server.url, clock: at.clock, ...options }))
  const unfit = async (because: RegExp, options: Partial<RedisOptions> = {}) => {
    const error = await opening(options)
    expect(error).not.to.be.instanceOf(StoreUnavailable)
    expect(error.message)
      .to.match(/^Redis at 127\.0\.0\.1:\d+(\/3)?:? /)
      .and.to.match(because)
  }

  it('are refused when it may evict records', async () => {
    await at.ask('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru')
    await unfit(/set maxmemory-policy noeviction \(it is allkeys-lru\)/)
    await at.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await at.open()
    await at.ask('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'allkeys-lru')
    await at.open()
  })

  it('are checked again on every new connection', async () => {
    const store = await at.open()
    await at.ask('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'volatile-ttl')
    await at.ask('CLIENT', 'KILL', 'TYPE', 'normal')
    const error = await eventually(async () => {
      const { message } = await refusal(store.ping())
      return /noeviction \(it is volatile-ttl\)/.test(message) && message
    })
    expect(error).to.match(/^Redis at /)
    await at.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await eventually(() => store.ping().then(() => true))
  })

  it('are refused when it is a replica, or a node of a cluster', async () => {
    const replica = await another('--replicaof', '127.0.0.1', String(at.server.port))
    await unfit(/is a replica/, { url: replica.url })
    const node = await another('--cluster-enabled', 'yes')
    await unfit(/is a node of a cluster/, { url: node.url })
  })

  it('are refused when its data has a newer format, and the data does not change', async () => {
    await at.ask('SET', 'rekey:format', '99')
    await unfit(/newer oidc-rekey \(format 99; this one knows 2\)/)
    expect(await at.ask('KEYS', '*')).to.deep.equal(['rekey:format'])
  })

  it('cause a warning when a crash could lose data', async () => {
    await at.open()
    expect(at.said).to.have.lengthOf(1)
    expect(at.said[0]).to.match(/^Redis at 127\.0\.0\.1:\d+: appendonly is off/)
    at.said.length = 0
    const everySecond = await another('--appendonly', 'yes')
    await at.open({ url: everySecond.url })
    expect(at.said.join()).to.match(/appendfsync is everysec: .* two seconds/)
    at.said.length = 0
    const always = await another('--appendonly', 'yes', '--appendfsync', 'always')
    await at.open({ url: always.url })
    expect(at.said).to.deep.equal([])
  })

  it('are refused when the password is wrong, and no message contains a password', async () => {
    const { port } = await another('--requirepass', 'correct horse')
    const url = (password: string) => `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}/3`
    for (const wrong of [`redis://127.0.0.1:${port}`, url('battery staple')]) {
      await unfit(/WRONGPASS|NOAUTH/, { url: wrong })
      expect(JSON.stringify(await opening({ url: wrong }))).not.to.include('battery')
    }
    const store = await at.open({ url: url('correct horse') })
    expect(store.description).to.equal(`Redis at 127.0.0.1:${port}/3`)
    expect(at.said.join()).not.to.include('horse')
    for (const nonsense of [
      'correct horse',
      'http://:horse@127.0.0.1',
      'redis://:horse@[',
      'redis://:horse@host:99999',
    ]) {
      const error = await opening({ url: nonsense })
      expect([error.message, ...Object.values(error)].join(), nonsense).not.to.include('horse')
    }
  })

  it('may restrict the user to the needed commands and keys', async () => {
    const rights = '+@read +@write +@scripting -@dangerous +info +wait +hello +ping +select'
    await at.ask('ACL', 'SETUSER', 'rekey', 'on', '>secret', '~rekey:*', ...rights.split(' '))
    const store = await at.open({ url: at.server.url.replace('//', '//rekey:secret@') })
    for (const [name, call] of Object.entries(calls)) {
      await call(store)
      const denied = await at.ask<unknown[]>('ACL', 'LOG')
      // CONFIG may be forbidden.
      expect(denied, name).to.have.lengthOf.at.most(1)
    }
    expect((await at.ask<string[]>('KEYS', '*')).every((key) => key.startsWith('rekey:'))).to.equal(true)
  })

  it('may include a prefix for every key', async () => {
    const [first, two] = [await at.open({ prefix: 'one:' }), await at.open({ prefix: 'two:' })]
    await first.records.swap('ada', 'one', 0)
    expect(await two.records.read('ada')).to.equal(null)
    expect((await refusal(openRedis({ url: at.server.url, clock: at.clock, prefix: '{a}' }))).message).to.match(
      /braces/,
    )
  })
})

describe('A full Redis', () => {
  const at = redisFixture()
  const keys = { email: 'ada@example.com', status: 'active', words: ['ada'], tags: [] }
  const big = 'x'.repeat(100_000)
  const writes: Record<string, (store: RedisStore) => Promise<unknown>> = {
    'records.swap': ({ records }) => records.swap('ada', big, 1, { wakeAt: start }),
    'records.swap of a new one': ({ records }) => records.swap('bob', big, 0),
    'artefacts.put': ({ artefacts }) => artefacts.put('Session', 's', big, { indexes: { uid: 'u', accountId: 'ada' } }),
    'artefacts.add': ({ artefacts }) => artefacts.add('Session', 'new', big),
    'profiles.swap': ({ profiles }) => profiles.swap('2', big, 0, { ...keys, email: 'bob@example.com' }),
    'journal.append': (store) => store.journal('audit').append({ id: 'e', at: start, text: big, tags: ['t'] }),
  }

  it('is unavailable for writes, which change nothing, answers reads, and accepts writes when it has memory again', async () => {
    const store = await at.open()
    await store.records.swap('ada', 'one', 0)
    await store.artefacts.put('Session', 's', 'one', { indexes: { uid: 'v' } })
    await store.profiles.swap('1', 'ada', 0, keys)
    await at.ask('CONFIG', 'SET', 'maxmemory', '1')
    for (const [name, write] of Object.entries(writes)) {
      const error = await refusal(write(store))
      expect(error, name).to.be.instanceOf(StoreUnavailable)
      expect(error.message).to.match(/OOM/)
    }
    expect(await store.records.read('ada')).to.deep.equal({ text: 'one', version: 1 })
    expect(await store.records.read('bob')).to.equal(null)
    expect(await store.records.backlog(start + 1)).to.equal(0)
    expect((await store.artefacts.find('Session', 'uid', 'v'))!.text).to.equal('one')
    expect(await store.artefacts.get('Session', 'new')).to.equal(null)
    expect(await store.profiles.list({ limit: 9 })).to.deep.equal([{ id: '1', text: 'ada', version: 1 }])
    expect(await store.journal('audit').list({ limit: 9 })).to.deep.equal([])
    // A delete needs no memory.
    expect(await store.artefacts.delete('Session', 's')).to.equal(true)
    await at.ask('CONFIG', 'SET', 'maxmemory', '0')
    for (const [name, write] of Object.entries(writes)) expect(await write(store), name).not.to.equal(false)
  })

  it('is connected again after a lost connection', async () => {
    const store = await at.open()
    await store.records.swap('ada', 'one', 0)
    await at.ask('CONFIG', 'SET', 'maxmemory', '1')
    await at.ask('CLIENT', 'KILL', 'TYPE', 'normal')
    expect(await eventually(() => store.records.read('ada'))).to.deep.equal({ text: 'one', version: 1 })
    await at.ask('CONFIG', 'SET', 'maxmemory', '0')
  })

  it('is an error when a key has another type, never an account without a record', async () => {
    const store = await at.open()
    await store.records.swap('ada', 'one', 0)
    const [key] = await at.ask<string[]>('KEYS', '*:record:ada')
    const others = [
      ['SET', 'a string'],
      ['SET', ''],
      ['SADD', 'a member'],
    ] as const
    for (const [command, value] of others) {
      await at.ask('DEL', key!)
      await at.ask(command, key!, value)
      for (const call of [() => store.records.read('ada'), () => store.records.swap('ada', 'two', 0)]) {
        const error = await refusal(call())
        expect(error, value).not.to.be.instanceOf(StoreUnavailable)
        expect(error.message).to.match(/WRONGTYPE/)
      }
    }
    await store.ping()
    expect(await atOnce(5, () => request(at.server.url, ['PING']))).to.include('PONG')
  })
})
