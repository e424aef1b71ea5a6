/** A Redis of which each answer is in time, and several of one request are not: the request is answered in time all the same. */
import { expect } from 'chai'
import { rm } from 'node:fs/promises'
import type { Person } from '../support/people.ts'
import { type Page, withForm } from '../support/client.ts'
import { eventually, type FaultFixture, openFaultFixture, ROUNDS } from '../support/faultFixture.ts'
import { type RedisServer, startRedis } from '../support/redisServer.ts'
import { openSlowRedis, type SlowRedis } from '../support/slowRedis.ts'
import { type Answered, type Journey, newLedger, opensLink, resets, signsIn, usesTokens } from './flows.ts'
import { EXCUSED, LEASE_OVER } from './outage.ts'
import { lateness } from './storeLedger.ts'

/** By which each answer of Redis is late: well below the deadline of an operation. Milliseconds. */
const SLOW_MS = 700
/** The longest time of an answer. Milliseconds; less than four answers of Redis. `npm run faults` runs alone. */
const IN_TIME_MS = ROUNDS > 1 ? 2000 : 2600

describe('While each answer of Redis takes 700 ms', function () {
  this.timeout(180_000)
  let redis: RedisServer
  let slow: SlowRedis
  let underTest: FaultFixture
  before(async () => {
    redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    slow = await openSlowRedis(redis.port)
    const environment = { REDIS_URL: slow.url }
    underTest = await openFaultFixture({ store: 'redis', environment, redisUrl: redis.url })
  })
  afterEach(() => slow.delay(0))
  after(async () => {
    await underTest.close()
    await slow.close()
    await redis.stop()
    await rm(redis.directory, { recursive: true, force: true })
    expect(underTest.faults(EXCUSED), 'what the log holds').to.deep.equal([])
  })

  /**
   * Sends each request while Redis is slow. One that is answered 503 is sent again when Redis is quick, since the answer to an
   * authorization code may be lost again and again. @returns those
   */
  async function run(journey: Journey<unknown>): Promise<string[]> {
    const refused: string[] = []
    for (let now = await journey.next(); !now.done;) {
      const { name, send } = now.value
      slow.delay(refused.includes(name) ? 0 : SLOW_MS)
      const began = performance.now()
      const late = lateness()
      let answer: Answered = await send()
      const ms = performance.now() - began
      slow.delay(0)
      const took = ms > IN_TIME_MS ? ms - (await late) : ms
      expect(took, `milliseconds until ${name} was answered ${answer.status}`).to.be.below(IN_TIME_MS)
      if (answer.status === 503) {
        expect(answer.text, name).to.match(/Not available right now|store_unavailable|temporarily_unavailable/)
        refused.push(name)
        await eventually(async () => expect(await underTest.health()).to.equal(200))
        answer = await send()
      }
      expect(answer.status, `${name}, once more: ${answer.text}`).to.be.below(500)
      now = await journey.next(answer)
    }
    return refused
  }

  async function expectOneReset(person: Person, via: 'link' | 'sign-in' | null): Promise<void> {
    await underTest.advance(LEASE_OVER)
    const counted = await underTest.count(person)
    for (const [type, count] of [
      ['started', 1],
      ['completed', via === null ? 0 : 1],
    ] as const)
      expect(counted.audit(`two_factor.reset.${type}`), type).to.equal(count)
    expect(counted.audit('two_factor.enrolled'), 'enrolled').to.equal(via === null ? 0 : 1)
    expect([counted.state, counted.user.two_factor.reset.completed_via]).to.deep.equal([via ? 'active' : 'reset', via])
  }

  it('a reset by the API, its link, and the set-up are answered in time, and done once', async () => {
    const [admin, person, other] = [await underTest.admin(), await underTest.person(), await underTest.person()]
    const refused = await run(resets(underTest, admin, person, other))
    expect(refused, 'more operations than fit into the time').to.have.length(1)
    await expectOneReset(person, null)
    const [link] = await underTest.links(person)
    refused.push(...(await run(opensLink(underTest, person, link!, newLedger()))))
    await expectOneReset(person, 'link')
    console.log(`      answered 503 first: ${refused.join(', ')}`)
  })

  it('a sign-in with the set-up after a reset is answered in time, and done once', async () => {
    const person = await underTest.person()
    await underTest.reset(person)
    const refused = await run(signsIn(underTest, person, newLedger()))
    await expectOneReset(person, 'sign-in')
    console.log(`      answered 503 first: ${refused.join(', ')}`)
  })

  it('the requests of an application after a sign-in are answered in time', async () => {
    const request = underTest.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await underTest.enter(await underTest.person(), request)
    const refused = await run(usesTokens(underTest, await underTest.tokens(entered)))
    console.log(`      answered 503 first: ${refused.join(', ')}`)
  })

  it('a reset in the console is answered in time, and done once', async () => {
    const [admin, person] = [await underTest.person({ roles: ['admin'] }), await underTest.person()]
    const { visitor } = await underTest.enterApp(admin, '/admin/users', 'Users')
    async function* resetsInConsole(): Journey {
      const path = `/admin/users/${person.id}/two-factor/reset`
      const question = (yield { name: 'GET question', send: () => visitor.get(path) }) as Page
      const confirm = withForm(question, /reset$/)
      const fields = { reason: '', seen: '' }
      const sent = (yield { name: 'POST question', send: () => visitor.send(confirm, fields) }) as Page
      const stepUp = (yield { name: 'GET step-up', send: () => visitor.get(sent.location ?? '') }) as Page
      const code = await admin.code()
      const act = /name="act" value="([^"]+)"/.exec(stepUp.text)?.[1] ?? ''
      const form = withForm(stepUp, /step-up$/)
      const done = (yield { name: 'POST step-up', send: () => visitor.send(form, { act, code }) }) as Page
      expect(done.status, `${done.h1} ${done.alert}`).to.equal(303)
      yield { name: 'GET user', send: () => visitor.get(done.location ?? '') }
    }
    const refused = await run(resetsInConsole())
    await expectOneReset(person, null)
    console.log(`      answered 503 first: ${refused.join(', ')}`)
  })
})
