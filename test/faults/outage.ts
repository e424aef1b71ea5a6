/** A server whose Redis is frozen or killed during journeys, and what the journeys observe. */
import { expect } from 'chai'
import { rm } from 'node:fs/promises'
import { type FaultFixture, eventually, openFaultFixture } from '../support/faultFixture.ts'
import { type Moment, openFaultLine } from '../support/redisInterceptor.ts'
import { startRedis } from '../support/redisServer.ts'
import type { Answered, Journey, Step } from './flows.ts'

/** Longer than the lease of an outbox entry. Seconds. */
export const LEASE_OVER = 21

/** The longest time of an answer during an outage. Milliseconds. */
const IN_TIME = 2000
/** The longest time until the server is ready again. Milliseconds. */
const SOON = 5000

/** Log lines that an outage of the store may cause. */
export const EXCUSED = /StoreUnavailable|TemporarilyUnavailable|"status":503|Redis at .*: connect/

export interface Fault {
  readonly how: 'frozen' | 'killed'
  /** The next command that it interrupts, before it arrives or after it is done; null: at once. */
  readonly at: { readonly which: number | RegExp; readonly moment: Moment } | null
}

export interface Observations {
  /** Steps that were answered 503 and sent again. */
  readonly refused: string[]
  /** The longest time of such an answer, and until the service was ready again. Milliseconds. */
  slowest: number
  healed: number
}

export interface Outage {
  readonly underTest: FaultFixture
  readonly observed: Observations
  /**
   * Runs journeys concurrently, one step of each at a time, with a fault at every step.
   *
   * @param fault the fault for a turn with that number of steps; null: none
   */
  run(journeys: readonly Journey<unknown>[], fault: (turn: number, steps: number) => Fault | null): Promise<void>
  close(): Promise<void>
}

export async function openOutage(): Promise<Outage> {
  const args = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  let redis = await startRedis({ args })
  const { port, directory } = redis
  const line = await openFaultLine(port)
  const environment = { REDIS_URL: line.url }
  const underTest = await openFaultFixture({ store: 'redis', environment, redisUrl: redis.url })
  const observed: Observations = { refused: [], slowest: 0, healed: 0 }
  let active: { readonly how: Fault['how']; readonly over: Promise<void> } | null = null

  function inject(how: Fault['how']): void {
    if (how === 'frozen') redis.freeze()
    active = { how, over: how === 'killed' ? redis.kill() : Promise.resolve() }
  }

  async function heal(): Promise<void> {
    line.resume()
    if (!active) return
    const { how, over } = active
    await over
    active = null
    if (how === 'killed') redis = await startRedis({ args, port, directory })
    else redis.thaw()
    const began = performance.now()
    await eventually(async () => expect(await underTest.health()).to.equal(200), SOON)
    observed.healed = Math.max(observed.healed, performance.now() - began)
    // The fixture's own connection must be ready too.
    await eventually(() => underTest.host.store.ping(), SOON)
  }

  async function sendUnderFault({ name, send }: Step): Promise<Answered | null> {
    const began = performance.now()
    const answer = await send()
    const ms = performance.now() - began
    if (answer.status !== 503) return answer
    observed.refused.push(name)
    observed.slowest = Math.max(observed.slowest, ms)
    expect(answer.headers.get('retry-after'), `Retry-After of ${name}`).to.match(/^\d+$/)
    expect(answer.text, name).to.match(/Not available right now|store_unavailable|temporarily_unavailable/)
    expect(ms, `milliseconds until ${name} was answered`).to.be.below(IN_TIME)
    return null
  }

  async function takeTurn(steps: readonly Step[], fault: Fault | null): Promise<Answered[]> {
    if (fault?.at) line.breakAt(fault.at.which, fault.at.moment, () => inject(fault.how))
    else if (fault) inject(fault.how)
    const first = await Promise.all(steps.map(sendUnderFault))
    if (active) expect(await underTest.health(), 'health').to.equal(503)
    if (fault && !fault.at) expect(first.filter(Boolean), 'answers without a store').to.deep.equal([])
    await heal()
    return Promise.all(
      steps.map(async ({ name, send }, index) => {
        const answer = first[index] ?? (await send())
        expect(answer.status, `${name}, once more`).to.be.below(500)
        return answer
      }),
    )
  }

  return {
    underTest,
    observed,
    async run(journeys, fault) {
      const running = await Promise.all(journeys.map(async (journey) => ({ journey, now: await journey.next() })))
      for (let turns = 0; ; turns++) {
        const on = running.filter(({ now }) => !now.done)
        if (on.length === 0) return
        const steps = on.map(({ now }) => now.value as Step)
        const answers = await takeTurn(steps, fault(turns, steps.length))
        await Promise.all(
          on.map(async (item, index) => {
            item.now = await item.journey.next(answers[index]!)
          }),
        )
      }
    },
    async close() {
      redis.thaw()
      await underTest.close()
      await line.close()
      await redis.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
