/** A Redis that is frozen, stopped, unreachable or overloaded: StoreUnavailable within two seconds, and recovery without a restart. */
import { setImmediate as sent } from 'node:timers/promises'
import { expect } from 'chai'
import { openRedis, type RedisStore } from '../../src/store/redis.ts'
import { Connection } from '../../src/store/redis/connection.ts'
import { keysUnder } from '../../src/store/redis/keys.ts'
import { singleNode } from '../../src/store/redis/single.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { calls } from '../../src/testing/storeContract/closing.ts'
import { atOnce, refusal, start } from '../../src/testing/storeContract/fixture.ts'
import { type Proxy, startProxy } from './databaseProxy.ts'
import { eventually, redisFixture, timed } from './redisFixture.ts'

/** All operations, concurrently. */
const everything = (store: RedisStore) => Object.values(calls).map((call) => call(store))

describe('A Redis that does not answer', () => {
  const at = redisFixture()

  /** All operations are refused in time; after `resumes` they succeed. */
  async function outage(
    store: RedisStore,
    breaks: () => unknown,
    resumes: () => unknown,
    roundsAtLeast = 30,
  ): Promise<void> {
    await store.records.swap('ada', 'one', 0)
    await breaks()
    const all = async () => {
      for (const error of await Promise.all(everything(store).map(refusal))) {
        expect(error).to.be.instanceOf(StoreUnavailable)
        expect(error.message).to.match(/^Redis at 127\.0\.0\.1:\d+: ./)
      }
    }
    // Steady traffic keeps a socket's own timeout from ever firing.
    const rounds: Promise<number>[] = []
    const asking = setInterval(() => rounds.push(timed(all)), 50)
    await eventually(async () => rounds.length >= roundsAtLeast)
    clearInterval(asking)
    expect(Math.max(...(await Promise.all(rounds)))).to.be.below(2000)
    // After the grace time operations no longer wait for the connection.
    await eventually(async () => expect(await timed(all)).to.be.below(1000), 5000)
    await resumes()
    expect(await eventually(() => store.records.read('ada'), 5000)).to.deep.equal({ text: 'one', version: 1 })
    await Promise.all(everything(store))
    expect(at.said.filter((line) => line.includes('connection lost'))).to.have.lengthOf(1)
    expect(at.said.at(-1)).to.match(/connected again$/)
  }

  it('is unavailable while it is frozen, which an idle driver notices too', async () => {
    const store = await at.open()
    const notifications: string[] = []
    const idle = await at.open({ warn: (line) => notifications.push(line) })
    await outage(
      store,
      () => at.server.freeze(),
      async () => {
        await eventually(async () => notifications.some((line) => line.includes('connection lost')), 4000)
        at.server.thaw()
      },
    )
    await eventually(async () => notifications.some((line) => line.includes('connected again')), 3000)
    await idle.ping()
  })

  it('is unavailable while the network drops all packets', async () => {
    const proxy = await startProxy(at.server.port)
    try {
      const store = await at.open({ url: proxy.url })
      await outage(
        store,
        () => proxy.hold('everything'),
        () => proxy.cut(),
        3,
      )
    } finally {
      await proxy.close()
    }
  })

  it('has a bounded queue: more commands are refused at once, the queued ones in time', async () => {
    const store = await at.open()
    const put = (n: number) => refusal(store.artefacts.put('Session', `s${n}`, 'x'.repeat(500)))
    at.server.freeze()
    const began = performance.now()
    const waiting = atOnce(5000, put)
    for (let n = 0; n < 100; n++) {
      const took = await timed(async () => expect((await put(n)).message).to.match(/queue is full/))
      expect(took).to.be.below(500)
    }
    for (const { message } of await waiting) expect(message).to.match(/no answer in time|connection lost|Disconnects/)
    expect(performance.now() - began).to.be.below(2500)
    at.server.thaw()
    await eventually(() => store.ping().then(() => true), 5000)
  })

  it('is read after this process was blocked for longer than the timeout', async () => {
    const store = await at.open()
    await store.records.swap('ada', 'one', 0)
    const read = store.records.read('ada')
    await sent()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1600)
    expect(await read).to.deep.equal({ text: 'one', version: 1 })
  })

  it('keeps its connection when only one long operation times out', async () => {
    const topology = singleNode(at.server.url, {}, keysUnder('rekey:'))
    const connection = await Connection.open(topology, (line) => at.said.push(line))
    const endless = connection.withoutRetry(async (redis) => {
      for (;;) await redis.send('GET', 'nothing')
    })
    expect(await refusal(endless)).to.be.instanceOf(StoreUnavailable)
    expect(at.said.join()).not.to.include('lost')
    await connection.ping()
    await connection.close()
  })

  describe('at the start', () => {
    const opening = (url: string) => refusal(openRedis({ url, clock: at.clock }))
    const refusedInTime = async (url: string, because: RegExp) => {
      let error: Error | undefined
      expect(await timed(async () => (error = await opening(url)))).to.be.below(2000)
      expect(error).to.be.instanceOf(StoreUnavailable)
      expect(error!.message).to.match(because)
    }

    it('is refused when the port is closed', () =>
      refusedInTime('redis://127.0.0.1:1', /^Redis at 127.0.0.1:1: .*REFUSED/))

    it('is refused when the host name is unknown', () =>
      refusedInTime('redis://nowhere.invalid', /^Redis at nowhere\.invalid:6379: .*nowhere\.invalid/))

    it('is refused when it is frozen, or the network drops all packets', async () => {
      const proxy = await startProxy(at.server.port)
      proxy.hold('everything')
      at.server.freeze()
      await Promise.all([at.server.url, proxy.url].map((url) => refusedInTime(url, /no answer in time/)))
      await proxy.close()
    })
  })

  describe('while the store is closed', () => {
    it('refuses running operations in time', async () => {
      const store = await at.open()
      at.server.freeze()
      const waiting = everything(store).map(refusal)
      expect(await timed(() => store.close())).to.be.below(1500)
      for (const error of await Promise.all(waiting)) expect(error).to.be.instanceOf(StoreUnavailable)
      at.server.thaw()
    })

    it('is not connected again', async () => {
      const proxy: Proxy = await startProxy(at.server.port)
      const store = await at.open({ url: proxy.url })
      proxy.cut()
      const waiting = refusal(store.records.read('ada'))
      await store.close()
      expect(await waiting).to.be.instanceOf(StoreUnavailable)
      const others = async () => (await at.ask<string>('CLIENT', 'LIST')).includes('name=oidc-rekey')
      for (const since = performance.now(); performance.now() - since < 600;) expect(await others()).to.equal(false)
      await proxy.close()
    })
  })
})

describe('A Redis that is restarted after kill -9', () => {
  const at = redisFixture('--appendonly', 'yes', '--appendfsync', 'always')

  it('is unavailable at once until it is back, and is then connected again', async () => {
    const store = await at.open()
    await store.records.swap('ada', 'one', 0, { wakeAt: start })
    await at.server.kill()
    await eventually(async () => (await refusal(store.ping())) instanceof StoreUnavailable)
    expect(await timed(() => Promise.all(everything(store).map(refusal)))).to.be.below(2000)
    await at.restart()
    await eventually(() => store.records.read('ada'))
    await Promise.all(everything(store))
  })

  it('fails no read or swap when it is back within the grace time', async () => {
    const store = await at.open()
    await store.records.swap('counter', '0', 0)
    let version = 1
    let isBack = false
    const counting = (async () => {
      for (let after = 0; after < 20; after += isBack ? 1 : 0) {
        expect(await store.records.swap('counter', String(version), version)).to.equal(true)
        expect(await store.records.read('counter')).to.deep.equal({ text: String(version), version: ++version })
      }
    })()
    await eventually(async () => version > 50)
    await at.server.kill()
    await at.restart()
    isBack = true
    await counting
  })
})
