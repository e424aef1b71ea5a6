/**
 * One client writes without a session as fast as it can, to a Redis of 64 MB that evicts nothing: resets still work. FLOOD_SECONDS is
 * the length of the flood.
 */
import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import { startRedis, type RedisServer } from '../support/redisServer.ts'
import { createClient } from 'redis'

const SECONDS = Number(process.env['FLOOD_SECONDS'] ?? 6)
const AT_ONCE = 16
const RESETS = 5

describe('A client that writes without a session', () => {
  let redis: RedisServer
  let fixture: ServerFixture
  before(async () => {
    redis = await startRedis({ args: ['--maxmemory', '64mb', '--maxmemory-policy', 'noeviction'] })
    fixture = await openFixture(
      { reset: { links_per_hour: null }, step_up: { acts_per_hour: null }, anonymous: {} },
      { processes: 1 },
      redis.url,
    )
  })
  after(async () => {
    await fixture.close()
    await redis.stop()
  })

  async function memory(): Promise<number> {
    const client = createClient({ url: redis.url, socket: { reconnectStrategy: false } }).on('error', () => undefined)
    await client.connect()
    const text = await client.info('memory')
    client.destroy()
    return Number(/^used_memory:(\d+)/m.exec(text)?.[1])
  }

  /** The largest accepted request of each path. */
  const requests = (): (() => Promise<number>)[] => {
    const long = randomBytes(1500).toString('base64url')
    const pushed = fixture.ask('spa', { state: long, nonce: long, login_hint: long }).path.split('?')[1] ?? ''
    return [
      async () => (await fixture.visitor().get(fixture.ask('app', { state: long, nonce: long }).path)).status,
      async () => (await fixture.visitor().get(`/session/end?state=${long}`)).status,
      async () => (await fixture.post('/request', 'spa', Object.fromEntries(new URLSearchParams(pushed)))).status,
    ]
  }

  async function flood(until: number, statuses: Record<number, number>): Promise<void> {
    while (Date.now() < until)
      for (const request of requests()) {
        const status = await request()
        statuses[status] = (statuses[status] ?? 0) + 1
      }
  }

  it('does not prevent resets, and does not fill Redis', async function () {
    this.timeout(SECONDS * 1000 + 60_000)
    // One reset each: a second code would advance the server's clock, and with it the minute of the limit.
    const admins: Acting[] = []
    for (let n = 0; n < RESETS; n++) admins.push(await fixture.admin())
    const targets = await Promise.all(admins.map(() => fixture.person()))
    const [before, statuses, resets] = [await memory(), {} as Record<number, number>, [] as number[]]
    const until = Date.now() + SECONDS * 1000
    const floods = Array.from({ length: AT_ONCE }, () => flood(until, statuses))
    for (const [n, admin] of admins.entries()) {
      await pause(Math.max(0, until - SECONDS * 1000 + ((n + 1) * SECONDS * 1000) / (RESETS + 1) - Date.now()))
      resets.push((await admin.reset(targets[n]!, { code: await admin.person.code() })).status)
    }
    await Promise.all(floods)
    const used = (await memory()) - before
    const ready = await fetch(`${fixture.issuer}/health/ready`)
    const { checks } = (await ready.json()) as { checks: Record<string, unknown> }
    const figures = {
      seconds: SECONDS,
      statuses,
      resets: resets.length,
      bytes: used,
      store_memory: checks['store_memory'],
    }
    console.log(`      ${JSON.stringify(figures)}`)
    expect(resets).to.have.length(RESETS)
    expect(resets.every((status) => status === 201)).to.equal(true)
    expect(statuses[429] ?? 0).to.be.above(0)
    expect(Object.keys(statuses).filter((status) => Number(status) >= 500)).to.deep.equal([])
    expect(used).to.be.below(16 * 1024 * 1024)
    expect([ready.status, checks['store_memory']]).to.deep.equal([200, 'ok'])
  })
})
