import { expect } from 'chai'
import { hashPassword } from '../../src/crypto/passwords.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { openRedis, type RedisStore } from '../../src/store/redis.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, setupKeyIn, wayOn } from '../support/client.ts'
import { clock, type Host, password, redirectUri, signInRequest, startHost, verifier } from '../support/host.ts'
import { newPasskeyAnswers, passkeyAnswers } from '../support/passkeyPages.ts'
import { type RedisServer, startRedis } from '../support/redisServer.ts'
import { newPasskey } from '../support/softwareAuthenticator.ts'

/** Round trips of a sign-in with password and code, from the request to the tokens. */
const SIGN_IN_LIMIT = 13
/** Its audit line, after the answer, shared with other sign-ins of that second. */
const AUDIT_TRIPS = 1

const request = signInRequest()

describe('round trips to Redis', () => {
  let redis: RedisServer
  let store: RedisStore
  let host: Host
  const counted: { name: string; store_commands: number; round_trips: number }[] = []

  before(async () => {
    redis = await startRedis()
    store = await openRedis({ url: redis.url, clock })
    const directory = createDirectory({ profiles: store.profiles, clock })
    const passwordHash = await hashPassword(password)
    await directory.create({ id: 'ana', email: 'ana@example.com', name: 'Ana', passwordHash })
    await directory.create({ id: 'ben', email: 'ben@example.com', name: 'Ben', passwordHash })
    host = await startHost({ store, options: { directory } })
    // Its worker would search for due effects meanwhile.
    await host.rekey.close()
  })
  after(async () => {
    await host.close()
    await store.close()
    await redis.stop()
  })

  async function count<T>(work: () => Promise<T>) {
    const before = store.traffic()
    const done = await work()
    const { commands, trips } = store.traffic()
    return { done, commands: commands - before.commands, trips: trips - before.trips }
  }

  /** Counts the work until its effects are dispatched, without the search for effects. */
  async function step<T>(name: string, work: () => Promise<T>, { rekey } = host): Promise<T> {
    await rekey.idle()
    const nothing = await count(() => rekey.idle())
    const all = await count(async () => {
      const done = await work()
      await rekey.idle()
      return done
    })
    counted.push({ name, store_commands: all.commands - nothing.commands, round_trips: all.trips - nothing.trips })
    return all.done
  }

  it(`are at most ${SIGN_IN_LIMIT} for a sign-in`, async () => {
    let visitor = createVisitor(host.issuer)
    const setUp = await visitor.submit(await visitor.go(request), { email: 'ana@example.com', password })
    const app = new Authenticator(setupKeyIn(setUp.text)[0]!)
    await visitor.submit(await visitor.submit(setUp, { code: app.next(clock.now()) }), { saved: 'yes' })

    visitor = createVisitor(host.issuer)
    const begun = await step('authorize', () => visitor.get(request))
    const signIn = await step('sign-in page', () => visitor.get(begun.location!))
    const typed = { email: 'ana@example.com', password }
    const entered = await step('password', () => visitor.send(signIn, typed))
    const challenge = await step('code page', () => visitor.get(entered.location!))
    const proven = await step('code', () => visitor.send(challenge, { code: app.next(clock.now()) }))
    const back = await step('resume', () => visitor.get(new URL(wayOn(proven)!).pathname))
    const answer = await step('token', () =>
      fetch(`${host.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('app:app-secret')}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: new URL(back.location!).searchParams.get('code')!,
          redirect_uri: redirectUri,
          code_verifier: verifier,
        }),
      }),
    )
    expect(answer.status).to.equal(200)
    const steps = counted.splice(0)
    const total = steps.reduce((sum, { round_trips: trips }) => sum + trips, 0)
    for (const line of [...steps, { name: 'sign-in', round_trips: total }]) console.log(`      ${JSON.stringify(line)}`)
    expect(total).to.be.at.most(SIGN_IN_LIMIT + AUDIT_TRIPS)
  })

  it('are no more at a passkey than at a code', async () => {
    let visitor = createVisitor(host.issuer)
    const typed = { email: 'ben@example.com', password }
    const setUp = await visitor.submit(await visitor.go(request), typed)
    const passkey = newPasskey()
    await visitor.submit(await visitor.submit(setUp, newPasskeyAnswers(setUp, host.issuer, passkey)), { saved: 'yes' })

    visitor = createVisitor(host.issuer)
    const entered = await visitor.send(await visitor.go(request), typed)
    const challenge = await step('passkey page', () => visitor.get(entered.location!))
    const answers = passkeyAnswers(challenge, host.issuer, passkey)
    const proven = await step('passkey', () => visitor.send(challenge, answers))
    expect(wayOn(proven)).to.be.a('string')
    const steps = counted.splice(0)
    for (const line of steps) console.log(`      ${JSON.stringify(line)}`)
    expect(steps[0]).to.include({ round_trips: 1 })
    expect(steps[1]!.round_trips).to.be.at.most(2 + AUDIT_TRIPS)
  })
})
