/** A failover in the middle of a reset, by each way back in: answers in time, every act done once, nothing acknowledged is lost. */
import { expect } from 'chai'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually, type FaultFixture, openFaultFixture, ROUNDS } from '../support/faultFixture.ts'
import type { Person } from '../support/people.ts'
import { startRedisCluster } from '../support/redisCluster.ts'
import { startRedisSentinel } from '../support/redisSentinel.ts'
import { type Answered, type Journey, type Ledger, newLedger, opensLink, resets, signsIn, type Step } from './flows.ts'
import { EXCUSED, LEASE_OVER } from './outage.ts'
import { HEALED_MS, lateness } from './storeLedger.ts'

/** The longest time of an answer. Milliseconds. */
const IN_TIME_MS = 2000

interface Rig {
  readonly environment: Readonly<Record<string, string>>
  /** Ends the master that has the people, and waits until another has taken over. */
  crash(): Promise<void>
  failOver(): Promise<void>
  stop(): Promise<void>
}

/** In its slot are the people. */
const PEOPLE = 'rekey:{profiles}:emails'
const withoutClock = ['rename-command TIME ""']

const topologies: Readonly<Record<string, () => Promise<Rig>>> = {
  async Sentinel() {
    const rig = await startRedisSentinel({ lines: withoutClock })
    const crash = async () => {
      const master = await rig.master()
      await master.kill()
      await rig.replaced(master)
    }
    return { environment: rig.environment, crash, failOver: () => rig.failOver(), stop: () => rig.stop() }
  },
  async Cluster() {
    const rig = await startRedisCluster(withoutClock)
    const crash = async () => {
      const master = await rig.masterOf(PEOPLE)
      await master.kill()
      await rig.replaced(master)
      // The one that took over has no replica to confirm before.
      await master.start()
    }
    const failOver = async () => rig.failOver(await rig.masterOf(PEOPLE))
    return { environment: rig.environment, crash, failOver, stop: () => rig.stop() }
  },
}

// `npm test` has one.
const chosen = Object.entries(topologies).slice(0, ROUNDS > 1 ? undefined : 1)
for (const [name, startRig] of chosen)
  describe(`On Redis ${name}, a failover during a reset`, function () {
    this.timeout(180_000)
    let rig: Rig
    let underTest: FaultFixture
    // A server that has crashed stays away behind sentinels.
    beforeEach(async () => {
      rig = await startRig()
      underTest = await openFaultFixture({
        store: 'redis',
        environment: rig.environment,
        settings: { redis: { replicas: 1 } },
      })
    })
    afterEach(async () => {
      await underTest.close()
      await rig.stop()
      expect(underTest.faults(EXCUSED), 'what the log holds').to.deep.equal([])
    })

    const observed = { refused: 0, slowest: 0, healed: 0 }
    beforeEach(() => void Object.assign(observed, { refused: 0, slowest: 0, healed: 0 }))

    async function sendOnce({ name: step, send }: Step): Promise<Answered | null> {
      const began = performance.now()
      const late = lateness()
      const answer = await send()
      if (answer.status !== 503) return answer
      const ms = performance.now() - began
      const inTime = ms > IN_TIME_MS ? ms - (await late) : ms
      observed.slowest = Math.max(observed.slowest, inTime)
      expect(inTime, step).to.be.below(IN_TIME_MS)
      observed.refused++
      return null
    }

    /** Sends each step until it is not refused, the one with this number during the fault. */
    async function through<T>(journey: Journey<T>, during: number, fault: () => Promise<void>): Promise<number> {
      let steps = 0
      for (let now = await journey.next(); !now.done; steps++) {
        const failing = steps === during ? fault() : null
        // A fault that takes long must not outlive the test.
        const [sent] = await Promise.allSettled([sendOnce(now.value), failing])
        if (sent.status === 'rejected') throw sent.reason
        let answer = sent.value
        await failing
        const since = performance.now()
        while (answer === null) {
          expect(performance.now() - since, 'milliseconds to heal').to.be.below(HEALED_MS)
          await pause(50)
          answer = await sendOnce(now.value)
        }
        if (failing) {
          await eventually(async () => expect(await underTest.health()).to.equal(200), HEALED_MS)
          await eventually(() => underTest.host.store.ping(), HEALED_MS)
          observed.healed = Math.max(observed.healed, performance.now() - since)
        }
        now = await journey.next(answer)
      }
      return steps
    }

    /** A reset, and the way back in; the fault is at a step of both together. */
    async function* restored(byLink: boolean, person: Person, ledger: Ledger): Journey {
      const bystander = await underTest.person()
      yield* resets(underTest, await underTest.admin(), person, bystander)
      if (!byLink) {
        yield* signsIn(underTest, person, ledger)
        return
      }
      await underTest.advance(LEASE_OVER)
      await underTest.idle(person)
      const [link] = await underTest.links(person)
      yield* opensLink(underTest, person, link!, ledger)
    }

    const faults = { crash: () => rig.crash(), 'planned failover': () => rig.failOver() }
    for (const [what, fault] of Object.entries(faults).slice(0, ROUNDS > 1 ? undefined : 1))
      for (const byLink of ROUNDS > 1 ? [true, false] : [true])
        it(`(${what}) changes nothing for a person who comes back by ${byLink ? 'the link' : 'signing in'}`, async () => {
          const person = await underTest.person()
          const steps = await through(restored(byLink, person, newLedger()), 3, fault)
          expect(steps).to.be.greaterThan(3)
          await underTest.advance(LEASE_OVER)
          const counted = await underTest.count(person)
          expect(counted.state).to.equal('active')
          for (const type of ['two_factor.reset.started', 'two_factor.reset.completed', 'two_factor.enrolled'])
            expect(counted.audit(type), type).to.equal(1)
          const { refused, slowest, healed } = observed
          console.log(
            `      refused ${refused}, slowest refusal ${Math.round(slowest)} ms, healed after ${Math.round(healed)} ms`,
          )
        })
  })
