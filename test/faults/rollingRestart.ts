/**
 * Four workers are replaced one by one, again and again, at half of the rate of sign-ins that this machine has just done: none fails.
 * `npm run faults` has two minutes of it (ROLLING_SECONDS).
 */
import { expect } from 'chai'
import { beginRequests, createSignInLoad } from '../support/load.ts'
import { eventually } from '../store/redisFixture.ts'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'

const SECONDS = Number(process.env['ROLLING_SECONDS'] ?? 120)
const STORE = process.env['STORE'] === 'postgres' ? 'postgres' : 'redis'

describe(`Four workers on ${STORE}`, () => {
  let fixture: ServerFixture
  const times = (words: string): number => fixture.server.output().split(words).length - 1
  const said = (words: string, count: number): Promise<unknown> =>
    eventually(async () => times(words) >= count, 300_000)
  before(async function () {
    this.timeout(120_000)
    fixture = await openFixture({ workers: 4, keep_alive_seconds: 5 }, { store: STORE, processes: 1 })
    await said('all workers serve', 1)
  })

  it(`are replaced for ${SECONDS} seconds without a failed sign-in`, async function () {
    this.timeout((SECONDS + 900) * 1000)
    const load = createSignInLoad(fixture)
    await load.prepare(50)
    const rate = await load.measure(20, 8)
    const signIns = load.begin(rate / 2)
    const requests = beginRequests(`${fixture.issuer}/.well-known/openid-configuration`, 20, 8)
    const began = performance.now()
    let rounds = 0
    do {
      fixture.server.signal('SIGUSR2')
      rounds += 1
      await said('all workers were replaced', rounds)
    } while (performance.now() - began < SECONDS * 1000)
    const seconds = (performance.now() - began) / 1000
    const reports = [await signIns.stop(), await requests.stop()] as const
    console.log(
      `      ${JSON.stringify({
        store: STORE,
        measured: `${rate.toFixed(1)} sign-ins a second`,
        rate: (rate / 2).toFixed(1),
        seconds: Math.round(seconds),
        replaced: times('a worker is replaced'),
        signIns: reports[0].done,
        requests: reports[1].done,
        failed: reports.map(({ failures }) => failures.length),
        slowestMs: reports.map(({ slowest }) => slowest),
      })}`,
    )
    expect(reports.flatMap(({ failures }) => failures)).to.deep.equal([])
    expect(times('a worker is replaced')).to.equal(4 * rounds)
    expect(times('a worker ended')).to.equal(0)
  })
})
