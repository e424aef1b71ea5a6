/**
 * Requests for a new password must not reveal who has an account. Every run compares commands and bytes; `npm run attacks` also
 * compares the times of the next requests, on a machine without other work.
 */
import { expect } from 'chai'
import { type ServerFixture, openFixture, ROUNDS } from '../support/serverFixture.ts'
import { createVisitor } from '../support/client.ts'
import { clock, type Host, startHost } from '../support/host.ts'
import { type RedisServer, startRedis } from '../support/redisServer.ts'
import { openRedis, type RedisStore } from '../../src/store/redis.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'

/** Requests on another connection after each request for a password; the slowest counts. */
const PROBES = 6
const TRIES = Number(process.env['TIMING_TRIES'] ?? 1000)

/** A known and an unknown email of the same length. */
const [KNOWN, UNKNOWN] = ['ana@example.com', 'eva@example.com']

describe('A request for a new password', () => {
  let redis: RedisServer
  before(async () => void (redis = await startRedis()))
  after(() => redis.stop())

  async function ask(host: Host, email: string): Promise<void> {
    const visitor = createVisitor(host.issuer)
    const page = await visitor.get('/password')
    const sent = await visitor.send(page, { email })
    expect(sent.status).to.equal(303)
  }
  const rows = (store: Store) => store.artefacts.ofAccount('PasswordRequest', 'password-requests', '', 100)

  it('takes the same commands and round trips in Redis for every email', async () => {
    const store: RedisStore = await openRedis({ url: redis.url, clock })
    const host = await startHost({ store, keepsPasswords: true })
    try {
      const costs: { commands: number; trips: number }[] = []
      for (const email of [KNOWN, UNKNOWN, 'no address at all']) {
        const before = store.traffic()
        await ask(host, email)
        const { commands, trips } = store.traffic()
        costs.push({ commands: commands - before.commands, trips: trips - before.trips })
      }
      expect(new Set(costs.map((cost) => JSON.stringify(cost))), JSON.stringify(costs)).to.have.property('size', 1)
    } finally {
      await host.close()
      await store.close()
    }
  })

  it('stores a row of the same size, and does not look up the person', async () => {
    const store = memoryStore({ clock })
    const host = await startHost({ store, keepsPasswords: true })
    try {
      for (const email of [KNOWN, UNKNOWN]) await ask(host, email)
      const kept = await rows(store)
      expect(kept.map(({ text }) => text.length)).to.have.length(2)
      expect(new Set(kept.map(({ text }) => text.replace(/"requestId":"[^"]*"/, '').length))).to.have.property(
        'size',
        1,
      )
      expect(host.letters).to.have.length(0)
    } finally {
      await host.close()
    }
  })

  it('is completed by another process when the first one does not', async () => {
    const store = memoryStore({ clock })
    const [first, second] = [
      await startHost({ store, keepsPasswords: true }),
      await startHost({ store, keepsPasswords: true }),
    ]
    try {
      await ask(first, KNOWN)
      await second.rekey.idle()
      expect([first.letters, second.letters.map(({ to }) => to)]).to.deep.equal([[], [KNOWN]])
      expect(await rows(store)).to.have.length(0)
    } finally {
      await first.close()
      await second.close()
    }
  })
})

if (ROUNDS > 1)
  describe('The requests after a request for a new password', function () {
    this.timeout(1_800_000)
    let fixture: ServerFixture
    before(async () => void (fixture = await openFixture({})))

    it('take no longer for a known email', async () => {
      const known = await Promise.all(Array.from({ length: 20 }, () => fixture.person()))
      const emailOf = {
        known: (n: number) => known[n % known.length]?.email ?? '',
        unknown: (n: number) => `nobody${n}@example.com`,
      }
      const slowest: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
      for (let n = 0; n < TRIES; n++)
        for (const side of n % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
          const visitor = fixture.visitor()
          const page = await visitor.get('/password')
          await visitor.send(page, { email: emailOf[side](n) })
          let most = 0
          for (let probe = 0; probe < PROBES; probe++) {
            const began = performance.now()
            await (await fetch(`${fixture.issuer}/health/live`)).text()
            most = Math.max(most, performance.now() - began)
          }
          slowest[side].push(most)
        }
      const { auc, low, high } = areaUnder(slowest.known, slowest.unknown)
      const at = (side: 'known' | 'unknown', part: number): number =>
        Math.round((slowest[side].toSorted((a, b) => a - b)[Math.floor(part * (TRIES - 1))] ?? 0) * 100) / 100
      const figures = (side: 'known' | 'unknown') => ({
        median: at(side, 0.5),
        p95: at(side, 0.95),
        p99: at(side, 0.99),
      })
      const underTest = fixture.host.store.description.split(' ')[0]
      console.log(
        `      ${JSON.stringify({ underTest, tries: TRIES, auc, low, high, known_ms: figures('known'), unknown_ms: figures('unknown') })}`,
      )
      expect(low).to.be.at.most(0.55)
    })
  })

/** Area under the ROC curve with its 95 % interval; 0.5: no difference. @see Hanley and McNeil 1982 */
function areaUnder(ones: readonly number[], others: readonly number[]): { auc: number; low: number; high: number } {
  let wins = 0
  for (const item of ones) for (const other of others) wins += item > other ? 1 : item === other ? 0.5 : 0
  const [n, m] = [ones.length, others.length]
  const auc = wins / (n * m)
  const [q1, q2] = [auc / (2 - auc), (2 * auc * auc) / (1 + auc)]
  const error = Math.sqrt((auc * (1 - auc) + (n - 1) * (q1 - auc * auc) + (m - 1) * (q2 - auc * auc)) / (n * m))
  const rounded = (value: number): number => Math.round(value * 1000) / 1000
  return { auc: rounded(auc), low: rounded(auc - 1.96 * error), high: rounded(auc + 1.96 * error) }
}
