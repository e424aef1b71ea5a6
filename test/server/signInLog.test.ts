/** The log of sign-ins: lines are written in batches, once each, across outages and the end of the process, within bounds. */
import { expect } from 'chai'
import { storedAudit } from '../../src/accounts/audit.ts'
import type { AuditEvent, Directory } from '../../src/ports.ts'
import type { SignInEvent } from '../../src/core/signInEvent.ts'
import { createSignInLog, type SignInLog } from '../../src/service/signInLog.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { openFixture } from '../support/serverFixture.ts'
import { createVisitor, setupKeyIn, wayOn } from '../support/client.ts'
import { Authenticator } from '../support/authenticator.ts'
import { clock as realClock, password, signInRequest, startHost } from '../support/host.ts'

const clock = { time: 1_800_000_000, now: () => clock.time }
const idKey = new Uint8Array(32).fill(5)
const caller = { requestId: 'r1', address: '192.0.2.0/24' }
const known = { 'ana@example.com': 'ana' } as Record<string, string>
const directory: Pick<Directory, 'findByEmail'> = {
  findByEmail: async (email) => {
    const id = known[email.toLowerCase()]
    return id === undefined ? null : ({ id } as NonNullable<Awaited<ReturnType<NonNullable<Directory['findByEmail']>>>>)
  },
}
const done = (n: number): SignInEvent => ({
  type: 'sign_in.done',
  accountId: `p${n}`,
  sessionId: `s${n}`,
  signInId: `i${n}`,
  method: 'otp',
  acr: '2fa',
  clientId: 'app',
  caller,
})
const wrong = (email: string, address = caller.address): SignInEvent => ({
  type: 'password.refused',
  of: { email },
  reason: null,
  clientId: 'app',
  caller: { ...caller, address },
})

describe('The log of sign-ins', () => {
  /** An audit log of a host, which can be unavailable. */
  function stage({ from = directory, refuses = (_event: AuditEvent): boolean => false } = {}) {
    const lines = new Map<string, AuditEvent>()
    const notified = { away: false, dropped: 0, errors: 0, appends: 0 }
    const log: SignInLog = createSignInLog({
      directory: from,
      clock,
      idKey,
      audit: {
        async append(event) {
          notified.appends += 1
          if (notified.away || refuses(event)) throw new Error('the log is away')
          if (!lines.has(event.id)) lines.set(event.id, event)
        },
      },
      onDropped: (count) => void (notified.dropped += count),
      onError: () => void (notified.errors += 1),
    })
    return { log, notified, lines: () => [...lines.values()] }
  }

  it('writes waiting lines together, in order, and none twice', async () => {
    const { log, notified, lines } = stage()
    for (let n = 0; n < 450; n++) log.record(done(n))
    for (let n = 0; n < 450; n++) log.record(done(n))
    expect(notified.appends, 'before a flush').to.equal(0)
    await log.flush()
    await log.flush()
    log.record(done(7))
    await log.flush()
    expect([notified.appends, notified.dropped, notified.errors]).to.deep.equal([450, 0, 0])
    expect(lines().map(({ target }) => target)).to.deep.equal(Array.from({ length: 450 }, (_, n) => `p${n}`))
    expect(lines()[3]).to.deep.include({
      at: clock.time,
      type: 'sign_in.done',
      actor: 'p3',
      target: 'p3',
      outcome: 'done',
      reason: null,
      requestId: 'r1',
      address: '192.0.2.0/24',
      client: 'app',
      session: 's3',
      method: 'otp',
      acr: '2fa',
    })
  })

  it('has one line for a burst, whatever the number of processes and the spelling of the email', async () => {
    const store = memoryStore({ clock })
    const audit = storedAudit(store.journal('audit'), clock)
    const fault = (): never => expect.fail('nothing is dropped, nothing fails')
    const both = [1, 2].map(() => createSignInLog({ audit, directory, clock, idKey, onDropped: fault, onError: fault }))
    for (const log of both) {
      for (const email of ['ana@example.com', 'ANA@example.com', 'nobody@example.com', 'none@example.com'])
        for (let n = 0; n < 3; n++) log.record(wrong(email))
      log.record({ ...wrong(''), of: { accountId: 'ana' } } as SignInEvent)
      await log.flush()
    }
    const { events } = await audit.list({ limit: 100 })
    expect(events.map(({ target }) => target)).to.have.members(['ana', null])
    both[0]?.record(wrong('ana@example.com', '198.51.100.0/24'))
    clock.time += 900
    both[1]?.record(wrong('ana@example.com'))
    for (const log of both) await log.flush()
    expect((await audit.list({ user: 'ana', limit: 100 })).events).to.have.length(3)
    expect(JSON.stringify(await store.journal('audit').list({ limit: 100 }))).not.to.match(/nobody|none@/)
  })

  it('names no account when the host finds none by email', async () => {
    const { log, lines } = stage({ from: {} })
    log.record(wrong('ana@example.com'))
    await log.flush()
    expect(lines().map(({ actor, target, outcome }) => [actor, target, outcome])).to.deep.equal([
      [null, null, 'refused'],
    ])
  })

  it('keeps the lines of an outage, with their times', async () => {
    const { log, notified, lines } = stage()
    notified.away = true
    const began = clock.time
    for (let n = 0; n < 300; n++) log.record(done(n))
    await log.flush()
    expect([lines().length, notified.errors], 'an outage ends the round').to.deep.equal([0, 1])
    clock.time += 3600
    notified.away = false
    await log.flush()
    expect(lines()).to.have.length(300)
    expect(lines().every(({ at }) => at === began)).to.equal(true)
  })

  it('is not blocked by one line that is refused', async () => {
    const { log, lines } = stage({ refuses: ({ target }) => target === 'p0' })
    for (let n = 0; n < 500; n++) log.record(done(n))
    await log.flush()
    expect(lines()).to.have.length(499)
  })

  it('keeps a bounded number, and wrong passwords leave room for sign-ins', async () => {
    const { log, notified, lines } = stage()
    notified.away = true
    for (let n = 0; n < 3000; n++) log.record(wrong(`p${n}@example.com`))
    expect(notified.dropped).to.equal(1000)
    for (let n = 0; n < 9000; n++) log.record(done(n))
    expect(notified.dropped).to.equal(2000)
    notified.away = false
    await log.flush()
    expect(lines().filter(({ type }) => type === 'sign_in.done')).to.have.length(8000)
    log.record(done(9999))
    await log.flush()
    expect([lines().at(-1)?.target, notified.dropped]).to.deep.equal(['p9999', 2000])
  })

  it('of a host is written to its own audit log by `settled`', async () => {
    const events: AuditEvent[] = []
    const audit = {
      append: async (event: AuditEvent) => void events.push(event),
      list: async () => ({ events, next: null }),
    }
    const notifications: string[] = []
    const host = await startHost({ options: { audit, onAudit: ({ type }) => void notifications.push(type) } })
    const visitor = createVisitor(host.issuer)
    const request = signInRequest()
    const first = await visitor.submit(await visitor.go(request), { email: 'ana@example.com', password: 'wrong' })
    const setUp = await visitor.submit(first, { email: 'ana@example.com', password })
    const app = new Authenticator(setupKeyIn(setUp.text)[0]!)
    const codes = await visitor.submit(setUp, { code: app.next(realClock.now()) })
    const finished = await visitor.submit(codes, { saved: 'yes' })
    await visitor.get(new URL(wayOn(finished)!).pathname)
    await host.close()
    const types = ['password.refused', 'sign_in.done']
    expect(notifications.filter((type) => types.includes(type))).to.deep.equal(types)
    expect(events.find(({ type }) => type === 'sign_in.done')).to.include({
      target: 'ana',
      client: 'app',
      method: 'otp',
    })
  })
})

describe('The log of sign-ins, when the process ends', () => {
  it('is written at SIGTERM, and a crash loses no written line', async function () {
    this.timeout(60_000)
    const fixture = await openFixture({}, { store: 'sqlite', processes: 1 })
    const refusedOf = async (id: string): Promise<number> => {
      const tags = [`user:${id}`, 'type:password.refused']
      return (await fixture.host.store.journal('audit').list({ tags, limit: 10 })).length
    }
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    const wrongly = async ({ email }: { email: string }) =>
      expect((await fixture.enterPassword(await fixture.begin(), { email, password: 'not mine' })).status).to.equal(422)
    await wrongly(ana)
    await fixture.server.stop()
    expect(await refusedOf(ana.id), 'after SIGTERM').to.equal(1)
    await fixture.server.restart()
    await wrongly(ben)
    await fixture.eventually(async () => expect(await refusedOf(ben.id)).to.equal(1))
    await fixture.server.kill()
    await fixture.server.restart()
    expect([await refusedOf(ana.id), await refusedOf(ben.id)]).to.deep.equal([1, 1])
    await fixture.enter(ben)
  })
})
