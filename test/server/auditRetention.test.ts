/** Old audit lines are removed in pieces, by one process, with a line that says so, and not before they are exported. */
import { expect } from 'chai'
import { storedAudit } from '../../src/accounts/audit.ts'
import { exportAudit } from '../../src/accounts/auditExport.ts'
import { createRetention } from '../../src/accounts/retention.ts'
import { keepAll, type KeepAudit } from '../../src/core/auditRetention.ts'
import { completeOptions } from '../../src/options.ts'
import type { AuditEvent } from '../../src/ports.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { movableClock } from '../../src/testing/clock.ts'

const DAY = 86_400
/** The beginning of a day. */
const start = 1_800_057_600

const eventOf = (id: string, type: string, at: number): AuditEvent => ({
  id,
  at,
  type,
  actor: null,
  target: 'ana',
  outcome: type.endsWith('refused') ? 'refused' : 'done',
  reason: null,
  requestId: null,
  address: null,
})

function stage(keep: Partial<KeepAudit>) {
  const clock = movableClock(start)
  const store = memoryStore({ clock })
  const audit = storedAudit(store.journal('audit'), clock)
  const errors: unknown[] = []
  const processOf = () =>
    createRetention({ store, audit, clock, keep: { ...keepAll, ...keep }, onError: (error) => errors.push(error) })
  const types = async () => (await audit.list({ limit: 5000 })).events.map(({ type }) => type)
  return { clock, store, audit, processOf, types }
}

describe('The retention of the audit', () => {
  it('removes nothing unless it is configured', async () => {
    const { clock, audit, processOf, types } = stage({})
    await audit.append(eventOf('a', 'password.refused', start))
    clock.set(start + 40_000 * DAY)
    const retention = processOf()
    await retention.run()
    await retention.stop()
    expect(await types()).to.deep.equal(['password.refused'])
  })

  it('removes lines when their day is older, refusals earlier, and says so once a day', async () => {
    const { clock, audit, processOf, types } = stage({ days: 30, refusalsDays: 7 })
    await audit.append(eventOf('a', 'two_factor.enrolled', start))
    await audit.append(eventOf('b', 'password.refused', start))
    await audit.append(eventOf('c', 'two_factor.code_refused', start + DAY))
    const retention = processOf()
    const runOn = async (day: number) => {
      clock.set(start + day * DAY)
      await retention.run()
      return types()
    }
    expect(await runOn(7)).to.have.length(3)
    expect(await runOn(8)).to.deep.equal(['audit.removed', 'two_factor.code_refused', 'two_factor.enrolled'])
    expect(await runOn(8.5)).to.have.length(3)
    expect(await runOn(9)).to.deep.equal(['audit.removed', 'audit.removed', 'two_factor.enrolled'])
    expect(await runOn(30)).to.have.length(3)
    expect(await runOn(31)).to.deep.equal(['audit.removed', 'audit.removed', 'audit.removed'])
    const [line] = (await audit.list({ limit: 1 })).events
    expect(line?.reason).to.equal('all up to 2027-01-16T23:59:59.000Z, refusals up to 2027-02-08T23:59:59.000Z')
    await retention.stop()
  })

  it('removes more than one piece holds', async () => {
    const { clock, audit, processOf, types } = stage({ days: 30 })
    for (let n = 0; n < 1200; n++) await audit.append(eventOf(`e${n}`, 'sign_in.done', start + n))
    clock.set(start + 31 * DAY)
    const retention = processOf()
    await retention.run()
    await retention.stop()
    expect(await types()).to.deep.equal(['audit.removed'])
  })

  it('is the work of one of several processes', async () => {
    const { clock, audit, store, processOf, types } = stage({ days: 30 })
    await audit.append(eventOf('a', 'sign_in.done', start))
    clock.set(start + 31 * DAY)
    const calls: string[] = []
    const journal = store.journal('audit')
    const { remove } = journal
    journal.remove = (query) => {
      calls.push('remove')
      return remove.call(journal, query)
    }
    const all = Array.from({ length: 5 }, processOf)
    await Promise.all(all.map((retention) => retention.run()))
    await Promise.all(all.map((retention) => retention.stop()))
    expect(await types()).to.deep.equal(['audit.removed'])
    expect(calls.length).to.be.lessThan(20)
  })

  it('waits for the export when only exported lines may go', async () => {
    const { clock, audit, store, processOf, types } = stage({ days: 30, onlyExported: true })
    await audit.append(eventOf('a', 'sign_in.done', start))
    clock.set(start + 10 * DAY - 400)
    await audit.append(eventOf('b', 'sign_in.done', clock.now()))
    clock.set(start + 10 * DAY)
    await audit.append(eventOf('new', 'sign_in.done', clock.now()))
    const all = async (span = {}) => {
      const exported = await exportAudit({ audit, artefacts: store.artefacts, clock }, span, ({ id }) => id)
      const ids: string[] = []
      for await (const id of exported.lines) ids.push(id)
      return { ids, finish: exported.finish }
    }
    const first = await all()
    expect(first.ids).to.deep.equal(['b', 'a'])
    const retention = processOf()
    const runOn = async (day: number) => {
      clock.set(start + day * DAY)
      await retention.run()
      return types()
    }
    expect(await runOn(41)).to.have.length(3)
    // A part that begins later leaves lines out.
    await (await all({ from: start + 9 * DAY })).finish()
    expect(await runOn(42)).to.have.length(3)
    await first.finish()
    expect(await runOn(43)).to.deep.equal(['audit.removed', 'sign_in.done'])
    const second = await all()
    expect(second.ids).to.deep.equal(['new'])
    await retention.stop()
  })

  it('removes emails of the development mailbox after 30 days', async () => {
    const { clock, store, processOf } = stage({})
    await store.journal('mailbox').append({ id: 'm', at: start, text: '{}', tags: [] })
    const retention = processOf()
    await retention.run()
    expect(await store.journal('mailbox').list({ limit: 1 })).to.have.length(1)
    clock.set(start + 30 * DAY)
    await retention.run()
    await retention.stop()
    expect(await store.journal('mailbox').list({ limit: 1 })).to.have.length(0)
  })

  it('refuses days out of range', () => {
    const refused = (keepAudit: Partial<KeepAudit>) => () =>
      completeOptions({ keepAudit } as unknown as Parameters<typeof completeOptions>[0])
    expect(refused({ refusalsDays: 1 })).to.throw(
      /keepAudit.refusalsDays: must be a whole number from 7 to 36500, or null/,
    )
    expect(refused({ days: 1 })).to.throw(/keepAudit.days: must be a whole number from 30 to 36500, or null/)
  })
})
