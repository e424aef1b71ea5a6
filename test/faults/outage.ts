/** A server whose Redis is frozen or killed under running journeys, and how the journeys come through. */
import { expect } from 'chai'
import { rm } from 'node:fs/promises'
import { type FaultGround, eventually, openFaultGround } from '../support/faultGround.ts'
import { type Moment, openFaultLine } from '../support/faultLine.ts'
import { startRedis } from '../support/redisServer.ts'
import type { Answered, Journey, Step } from './journeys.ts'

/** What is promised of an answer while the store is away. Milliseconds. */
const IN_TIME = 2000
/** How soon the door for load balancers opens again by itself. Milliseconds. */
const SOON = 5000

/** What a store that is away may leave in the log: its own loss, and answers that say so. */
export const EXCUSED = /StoreUnavailable|TemporarilyUnavailable|"status":503|Redis at .*: connect/

export interface Blow {
  readonly how: 'frozen' | 'killed'
  /** At which command of those to come, and before it arrives or after it was done; null: at once. */
  readonly at: { readonly which: number | RegExp; readonly moment: Moment } | null
}

export interface Told {
  /** Steps that were refused and sent once more. */
  readonly refused: string[]
  /** The longest that such an answer took, and that the service took to be ready again. Milliseconds. */
  slowest: number
  healed: number
}

export interface Outage {
  readonly ground: FaultGround
  readonly told: Told
  /**
   * Plays journeys side by side, a step of each at a time, with a blow at every step.
   *
   * @param blow of the beat, and how many have a step in it; null: none
   */
  play(journeys: readonly Journey<unknown>[], blow: (beat: number, steps: number) => Blow | null): Promise<void>
  close(): Promise<void>
}

export async function openOutage(): Promise<Outage> {
  const args = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  let redis = await startRedis({ args })
  const { port, directory } = redis
  const line = await openFaultLine(port)
  const environment = { REDIS_URL: line.url }
  const ground = await openFaultGround({ store: 'redis', environment, redisUrl: redis.url })
  const told: Told = { refused: [], slowest: 0, healed: 0 }
  let blown: { readonly how: Blow['how']; readonly over: Promise<void> } | null = null

  function strike(how: Blow['how']): void {
    if (how === 'frozen') redis.freeze()
    blown = { how, over: how === 'killed' ? redis.kill() : Promise.resolve() }
  }

  async function heal(): Promise<void> {
    line.mend()
    if (!blown) return
    const { how, over } = blown
    await over
    blown = null
    if (how === 'killed') redis = await startRedis({ args, port, directory })
    else redis.thaw()
    const began = performance.now()
    await eventually(async () => expect(await ground.health()).to.equal(200), SOON)
    told.healed = Math.max(told.healed, performance.now() - began)
    // So that the house beside the server is there again too.
    await eventually(() => ground.house.store.ping(), SOON)
  }

  async function refused({ name, send }: Step): Promise<Answered | null> {
    const began = performance.now()
    const answer = await send()
    const ms = performance.now() - began
    if (answer.status !== 503) return answer
    told.refused.push(name)
    told.slowest = Math.max(told.slowest, ms)
    expect(answer.headers.get('retry-after'), `Retry-After of ${name}`).to.match(/^\d+$/)
    expect(answer.text, name).to.match(/Not available right now|store_unavailable|temporarily_unavailable/)
    expect(ms, `milliseconds until ${name} was answered`).to.be.below(IN_TIME)
    return null
  }

  async function beat(steps: readonly Step[], blow: Blow | null): Promise<Answered[]> {
    if (blow?.at) line.breakAt(blow.at.which, blow.at.moment, () => strike(blow.how))
    else if (blow) strike(blow.how)
    const first = await Promise.all(steps.map(refused))
    if (blown) expect(await ground.health(), 'health').to.equal(503)
    if (blow && !blow.at) expect(first.filter(Boolean), 'answers without a store').to.deep.equal([])
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
    ground,
    told,
    async play(journeys, blow) {
      const running = await Promise.all(journeys.map(async (journey) => ({ journey, now: await journey.next() })))
      for (let beats = 0; ; beats++) {
        const on = running.filter(({ now }) => !now.done)
        if (on.length === 0) return
        const steps = on.map(({ now }) => now.value as Step)
        const answers = await beat(steps, blow(beats, steps.length))
        await Promise.all(
          on.map(async (one, index) => {
            one.now = await one.journey.next(answers[index]!)
          }),
        )
      }
    },
    async close() {
      redis.thaw()
      await ground.close()
      await line.close()
      await redis.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
