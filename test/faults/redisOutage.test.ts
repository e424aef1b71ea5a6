/** A Redis that is frozen or killed under a running journey: an honest 503 in time, then the same step once more, and the journey goes on. */
import { expect } from 'chai'
import type { Acting } from '../support/attackDesk.ts'
import { wayOn, type Page } from '../support/client.ts'
import { eventually, type FaultGround, openFaultGround } from '../support/faultGround.ts'
import { startStore } from '../support/fleet.ts'
import type { RedisServer } from '../support/redisServer.ts'

/** Two seconds are promised; the rest is for a machine that does other things too. Milliseconds. */
const IN_TIME = 2500

/** Longer than what is owed is left to the process that swapped it. Seconds. */
const LEASE_OVER = 21

/** What a store that is away leaves in the log. */
const EXCUSED = /StoreUnavailable|TemporarilyUnavailable|Redis|settling|"status":503/

interface Answered {
  readonly status: number
  readonly headers: Headers
}

describe('A Redis that is away during a journey', function () {
  this.timeout(120_000)
  let ground: FaultGround
  let redis: RedisServer
  let admin: Acting
  const slowest = { ms: 0 }

  before(async () => {
    ground = await openFaultGround({ store: 'redis' })
    redis = ground.server.redis()!
    admin = await ground.admin()
  })
  after(async () => {
    redis.thaw()
    await ground.close()
    await redis.stop()
    console.log(`      slowest answer while it was away: ${Math.round(slowest.ms)} ms`)
    expect(ground.faults(EXCUSED), 'what the log holds').to.deep.equal([])
  })

  async function refuses<T extends Answered>(step: () => Promise<T>): Promise<void> {
    const began = performance.now()
    const { status, headers } = await step()
    const ms = performance.now() - began
    slowest.ms = Math.max(slowest.ms, ms)
    expect([status, headers.get('retry-after')]).to.deep.equal([503, '2'])
    expect(ms).to.be.below(IN_TIME)
  }

  /** The step while Redis is frozen, and the very same one until it is answered again. */
  async function twice<T extends Answered>(step: () => Promise<T>): Promise<T> {
    redis.freeze()
    try {
      await refuses(step)
    } finally {
      redis.thaw()
    }
    return heals(step)
  }

  const heals = <T extends Answered>(step: () => Promise<T>): Promise<T> =>
    eventually(async () => {
      const answer = await step()
      expect(answer.status).not.to.equal(503)
      return answer
    })

  it('frozen at each step of a sign-in: 503 in time, then the same step goes on, and one session comes of it', async () => {
    const person = await ground.person()
    await ground.enter(person) // saves the codes, so that nothing but the code is asked below
    const asked = ground.ask()
    const visitor = ground.visitor()
    const begun = await twice(() => visitor.get(asked.path))
    const signIn = await twice(() => visitor.get(new URL(begun.location!, ground.issuer).pathname))
    const entered = await twice(() => visitor.send(signIn, { email: person.email, password: person.password }))
    const challenge = await twice(() => visitor.get(entered.location!))
    const code = await person.code()
    const proven: Page = await twice(() => visitor.send(challenge, { code }))
    const back = await twice(() => visitor.get(new URL(wayOn(proven)!, ground.issuer).pathname))
    expect(new URL(back.location!).searchParams.get('code')).to.be.a('string')
    expect(await ground.silently(visitor)).to.equal('code')
    const replay = await ground.challenge(person)
    expect((await replay.visitor.send(replay, { code })).status, 'the code is burnt').to.equal(422)
  })

  it('frozen at each step of a reset: nothing is done twice, and the way back in goes on', async () => {
    const target = await ground.person()
    const code = await admin.person.code()
    const key = { 'idempotency-key': 'frozen-once' }
    const started = await twice(() => admin.reset(target, { code }, key))
    expect(started.status, started.text).to.equal(201)
    const { body } = await admin.call('GET', `/users/${target.id}/two-factor/resets`)
    expect(body.items).to.have.length(1)
    // What the freeze interrupted is taken up by the worker, once it is no longer left to whoever began it.
    await ground.advance(LEASE_OVER)
    await ground.settled(target)
    const links = await ground.links(target)
    expect(new Set(links).size, 'one link, however often its letter was tried').to.equal(1)
    const [link] = links

    const visitor = ground.visitor()
    const page = await twice(() => visitor.get(link!))
    const opened = await twice(() => visitor.send(page, {}))
    const setUp = await twice(() => visitor.get(opened.location!))
    target.authenticator = ground.appOf(setUp)
    const first = await target.code()
    const confirmed = await twice(() => visitor.send(setUp, { code: first }))
    const codes = await twice(() => visitor.get(confirmed.location!))
    const saved = await twice(() => visitor.send(codes, { saved: 'yes' }))
    const done = await visitor.get(saved.location!)
    expect(done.h1).to.equal('You are all set')
    expect((await admin.call('GET', `/users/${target.id}`)).body.two_factor.state).to.equal('active')
  })

  it('killed and started again with its data: what was acknowledged is there, and the door for load balancers tells', async () => {
    const target = await ground.person()
    const { link } = await ground.reset(target, admin)
    await ground.settled(target)
    const visitor = ground.visitor()
    await redis.kill()
    await refuses(() => visitor.get(link))
    expect(await ground.health()).to.equal(503)
    redis = await startStore(ground.server.dataDirectory, redis.port)
    await eventually(async () => expect(await ground.health()).to.equal(200))
    const page = await heals(() => visitor.get(link))
    expect(page.h1).to.equal('Reset your two-factor authentication')
    expect((await admin.call('GET', `/users/${target.id}`)).body.two_factor.state).to.equal('reset')
  })
})
