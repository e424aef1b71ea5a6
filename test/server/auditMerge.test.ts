/** Events of one person in both parts, and of several types, merged from the lists that an audit log answers with. */
import { expect } from 'chai'
import fc from 'fast-check'
import { storedAudit } from '../../src/accounts/audit.ts'
import type { AuditEvent } from '../../src/index.ts'
import { auditEventsOf, type AuditFilter } from '../../src/service/auditEvents.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { movableClock } from '../../src/testing/clock.ts'

const start = 1_800_000_000
const people = [null, 'ana', 'ben']
const types = ['sign_in.done', 'signed_out', 'two_factor.reset.started', 'two_factor.reset.opened']

const isWithin = (type: string, prefix: string) => type === prefix || type.startsWith(`${prefix}.`)

const isWanted = ({ person, types: wanted, from = 0, to = Infinity }: AuditFilter, event: AuditEvent): boolean =>
  (person === undefined || event.actor === person || event.target === person) &&
  (wanted.length === 0 || wanted.some((each) => isWithin(event.type, each))) &&
  event.at >= from &&
  event.at <= to

const lines = fc.array(
  fc.record({
    actor: fc.constantFrom(...people),
    target: fc.constantFrom(...people),
    type: fc.constantFrom(...types),
    wait: fc.nat(3),
    lateBy: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(500)),
  }),
  { maxLength: 40 },
)
const filters = fc.record(
  {
    person: fc.constantFrom('ana', 'ben'),
    types: fc.subarray(['sign_in', 'signed_out', 'two_factor.reset']),
    from: fc.integer({ min: start, max: start + 40 }),
    to: fc.integer({ min: start, max: start + 80 }),
  },
  { requiredKeys: ['types'] },
)

async function logOf(written: readonly Omit<AuditEvent, 'id' | 'outcome' | 'reason' | 'requestId' | 'address'>[]) {
  const clock = movableClock(start)
  const log = storedAudit(memoryStore({ clock }).journal('audit'), clock)
  const rest = { outcome: 'done', reason: null, requestId: null, address: null } as const
  const events: AuditEvent[] = []
  for (const [index, line] of written.entries()) {
    const event = { id: String(index), ...rest, ...line }
    clock.advance(Math.max(0, line.at - clock.now()))
    await log.append(event)
    events.push(event)
  }
  return { log, events }
}

async function taken(events: AsyncIterable<AuditEvent>, most = Infinity): Promise<AuditEvent[]> {
  const all: AuditEvent[] = []
  for await (const event of events) if (all.push(event) >= most) break
  return all
}

describe('Merged audit events', () => {
  it('are each event that matches, once, the newest first', async () => {
    await fc.assert(
      fc.asyncProperty(lines, filters, fc.integer({ min: 1, max: 7 }), async (all, filter, first) => {
        let at = start
        const { log, events } = await logOf(
          all.map(({ actor, target, type, wait }) => ({ actor, target, type, at: (at += wait) })),
        )
        const found = await taken(auditEventsOf(log, filter, first))
        const wanted = events.filter((event) => isWanted(filter, event)).map(({ id }) => id)
        expect(found.map(({ id }) => id)).to.have.members(wanted)
        expect(found).to.have.length(wanted.length)
        const times = found.map((event) => event.at)
        expect(times).to.deep.equal(times.toSorted((a, b) => b - a))
      }),
      { numRuns: 300 },
    )
  })

  it('miss no line that was written late, and repeat none', async () => {
    await fc.assert(
      fc.asyncProperty(
        lines,
        filters,
        fc.integer({ min: 1, max: 7 }),
        async (all, { from: _, to: __, ...filter }, first) => {
          const clock = movableClock(start)
          const log = storedAudit(memoryStore({ clock }).journal('audit'), clock)
          const wanted: string[] = []
          for (const [index, { wait, lateBy, ...line }] of all.entries()) {
            clock.advance(wait)
            const rest = { outcome: 'done', reason: null, requestId: null, address: null } as const
            const event = { id: String(index), at: clock.now() - lateBy, ...rest, ...line }
            await log.append(event)
            if (isWanted(filter, event)) wanted.push(event.id)
          }
          const found = (await taken(auditEventsOf(log, filter, first))).map(({ id }) => id)
          expect(found.toSorted()).to.deep.equal(wanted.toSorted())
        },
      ),
      { numRuns: 300 },
    )
  })

  it('are read as far as they are taken', async () => {
    const { log } = await logOf(
      Array.from({ length: 500 }, (_, n) => ({ at: start + n, type: 'sign_in.done', actor: 'ana', target: 'ana' })),
    )
    const limits: number[] = []
    const counted = {
      ...log,
      list: (query: Parameters<typeof log.list>[0]) => (limits.push(query.limit), log.list(query)),
    }
    expect(await taken(auditEventsOf(counted, { person: 'ana', types: [] }, 26), 26)).to.have.length(26)
    expect(limits.filter((limit) => limit === 26)).to.have.length(2)
    expect(limits.length).to.be.lessThan(4)
  })
})
