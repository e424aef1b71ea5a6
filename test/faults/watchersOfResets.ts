/**
 * What 200 who wait for a change of a reset, in the console and by the API, cost a sign-in: the 99th percentile with them and without them,
 * in turns, at a third of the rate that this machine has just done. WATCH_ROUNDS and WATCH_SECONDS set the length.
 */
import { expect } from 'chai'
import { createSignInLoad } from '../support/load.ts'
import { CONCURRENT, concurrently, openFixture, type ServerFixture } from '../support/serverFixture.ts'

const WATCHERS = 200
const MOST = 1.2
const ROUNDS = Number(process.env['WATCH_ROUNDS'] ?? 4)
const SECONDS = Number(process.env['WATCH_SECONDS'] ?? 30)
const STORE = process.env['STORE'] ?? 'sqlite'

/** Below so many of a hundred are longer. */
function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe(`${WATCHERS} watchers of resets on ${STORE}`, () => {
  let fixture: ServerFixture
  let targets: readonly { readonly id: string; readonly rid: string }[]
  before(async function () {
    this.timeout(300_000)
    fixture = await openFixture()
    targets = []
    while (targets.length < WATCHERS)
      targets = [
        ...targets,
        ...(await concurrently(async () => {
          const target = await fixture.person()
          const outcome = await fixture.host.rekey.reset({ accountId: target.id, by: null })
          return outcome.is === 'reset' ? { id: target.id, rid: outcome.reset.id } : expect.fail('not reset')
        }, CONCURRENT)),
      ]
  })

  /** Half of them in the console, half by the API, each for another person. They come one after the other. */
  async function watch(): Promise<() => Promise<number>> {
    const acting = await fixture.admin()
    const { visitor } = await fixture.enterApp(acting.person, '/admin/users', 'Users')
    const over = new AbortController()
    let answers = 0
    const cookie = visitor.jar.header(new URL('/admin/users', fixture.issuer).pathname)
    const ask = async (url: string, headers: Record<string, string>): Promise<Response> => {
      const answer = await fetch(url, { headers, signal: over.signal })
      if (![200, 204, 304].includes(answer.status)) throw new Error(`${answer.status} for a watcher`)
      answers += 1
      return answer
    }
    const inConsole = async ({ id }: { readonly id: string }): Promise<void> => {
      const url = `${fixture.issuer}/admin/users/${id}/live`
      for (let version = ''; ;) {
        const answer = await ask(`${url}?version=${version}`, { cookie })
        version = /data-version="([^"]+)"/.exec(await answer.text())?.[1] ?? version
      }
    }
    const byApi = async ({ id, rid }: { readonly id: string; readonly rid: string }): Promise<void> => {
      const url = `${fixture.resource}/users/${id}/two-factor/resets/${rid}`
      const authorization = `Bearer ${acting.token}`
      for (let query = ''; ;) {
        const answer = await ask(`${url}${query}`, { authorization })
        const text = await answer.text()
        if (text) query = `?wait=30&version=${(JSON.parse(text) as { version: string }).version}`
      }
    }
    const failures: unknown[] = []
    const watching: Promise<void>[] = []
    for (const [index, target] of targets.slice(0, WATCHERS).entries()) {
      const failed = (error: unknown): void => void (over.signal.aborted || failures.push(error))
      watching.push((index % 2 ? byApi(target) : inConsole(target)).catch(failed))
      await sleep(20)
    }
    return async () => {
      over.abort()
      await Promise.all(watching)
      expect(failures).to.deep.equal([])
      return answers
    }
  }

  it(`cost a sign-in less than ${MOST} times its 99th percentile`, async function () {
    this.timeout((ROUNDS * SECONDS * 2 + 600) * 1000)
    const load = createSignInLoad(fixture)
    await load.prepare(50)
    const rate = (await load.measure(10, 4)) / 3
    const alone: number[] = []
    const watched: number[] = []
    let answers = 0
    const signIns = async (times: number[]): Promise<void> => {
      const begun = load.begin(rate)
      await sleep(SECONDS * 1000)
      const report = await begun.stop()
      expect(report.failures).to.deep.equal([])
      times.push(...report.times)
    }
    for (let round = 0; round < ROUNDS; round++) {
      await signIns(alone)
      const stop = await watch()
      await signIns(watched)
      answers += await stop()
    }
    const [before, after] = [percentile(alone, 0.99), percentile(watched, 0.99)]
    const medians = [alone, watched].map((times) => Math.round(percentile(times, 0.5)))
    const ratio = Number((after / before).toFixed(2))
    const measured = {
      store: STORE,
      watchers: WATCHERS,
      rate: rate.toFixed(1),
      signIns: [alone.length, watched.length],
    }
    const p99Ms = [Math.round(before), Math.round(after)]
    console.log(`      ${JSON.stringify({ ...measured, answers, p50Ms: medians, p99Ms, ratio })}`)
    expect(ratio).to.be.lessThan(MOST)
  })
})
