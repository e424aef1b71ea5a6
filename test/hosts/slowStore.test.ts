/** A host whose Redis answers late: its own pages and calls wait no longer than ours. */
import { expect } from 'chai'
import { createVisitor, type Page } from '../support/client.ts'
import { clock, type Host, redirectUri, signInRequest, startHost } from '../support/host.ts'
import { type RedisServer, startRedis } from '../support/redisServer.ts'
import { openSlowRedis, type SlowRedis } from '../support/slowRedis.ts'
import { openRedis, type RedisStore } from '../../src/store/redis.ts'
import { StoreUnavailable } from '../../src/errors.ts'

/** By which each answer of Redis is late: well below the deadline of an operation. Milliseconds. */
const SLOW_MS = 700
/** The longest time of an answer. Milliseconds: on a busy machine it is later than the deadline, and less than four answers of Redis. */
const IN_TIME_MS = 2600

describe('In an application whose Redis answers after 700 ms', function () {
  this.timeout(60_000)
  let redis: RedisServer
  let slow: SlowRedis
  let store: RedisStore
  let host: Host
  let failures: unknown[] = []

  before(async () => {
    redis = await startRedis()
    slow = await openSlowRedis(redis.port)
    store = await openRedis({ url: slow.url, clock, warn: () => undefined })
    host = await startHost({
      store,
      options: { onError: () => undefined },
      configuration: {
        interactions: { url: (_ctx, { uid }) => `/own/${uid}` },
        clients: [{ client_id: 'app', client_secret: 'app-secret', redirect_uris: [redirectUri], first_party: true }],
      },
      async pages(ctx, next, { provider, rekey }) {
        if (!ctx.path.startsWith('/own/')) return void (await next())
        try {
          await provider.interactionDetails(ctx.req, ctx.res)
          const facts = { authenticatedAt: clock.now(), proven: null }
          const result = await rekey.loginResult('ana', facts, ctx)
          ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
        } catch (error) {
          failures.push(error)
          ctx.status = 503
        }
      },
    })
    await host.rekey.adopt([{ id: 'ana', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }])
  })
  beforeEach(() => {
    failures = []
  })
  after(async () => {
    slow.delay(0)
    await host.close()
    await store.close()
    await slow.close()
    await redis.stop()
  })

  async function slowly<T>(work: () => Promise<T>): Promise<T> {
    slow.delay(SLOW_MS)
    const began = performance.now()
    const done = await work()
    const ms = performance.now() - began
    slow.delay(0)
    expect(ms, 'milliseconds until the answer').to.be.below(IN_TIME_MS)
    return done
  }

  it('a sign-in page of its own is refused in time, and works when it is sent again', async () => {
    const page = await createVisitor(host.issuer).get(signInRequest())
    const { visitor, location } = page
    const sign = (): Promise<Page> => visitor.get(new URL(location!, host.issuer).pathname)
    expect((await slowly(sign)).status).to.equal(503)
    expect(failures).to.have.length(1)
    const again = await sign()
    expect([again.status, failures.length]).to.deep.equal([302, 1])
    const next = await visitor.go(new URL(again.location!, host.issuer).pathname)
    expect(next.h1).to.equal('Enter your code')
  })

  it('a reset that it requests is refused in time, and works when it is requested again', async () => {
    const reset = () => host.rekey.reset({ accountId: 'ana', by: null })
    const refused: unknown = await slowly(() => reset().catch((error: unknown) => error))
    expect(refused).to.be.instanceOf(StoreUnavailable)
    const done = await reset()
    expect(done.is).to.equal('reset')
    const { reset: newest } = (await host.rekey.state('ana'))!
    expect(newest?.status).to.equal('sent')
  })
})
