/** A reader who follows the audit by time, as docs/management-api.md says, misses no line, however late it was written. */
import { expect } from 'chai'
import fc from 'fast-check'
import { storedAudit } from '../../src/accounts/audit.ts'
import type { AuditEvent } from '../../src/index.ts'
import { listAuditEvents } from '../../src/service/auditEvents.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { movableClock } from '../../src/testing/clock.ts'

/** From the start of a poll back to the first second that it asks for. Seconds. */
const OVERLAP = 300
const start = 1_800_000_000

const eventAt = (id: string, at: number): AuditEvent => ({
  id,
  at,
  type: 'two_factor.code_refused',
  actor: null,
  target: 'ana',
  outcome: 'refused',
  reason: null,
  requestId: null,
  address: null,
})

type Step =
  | readonly ['write', lateBy: number, skew: number]
  | readonly ['poll', linesBetweenPages: number]
  | readonly ['wait', seconds: number]

const steps = fc.array(
  fc.oneof(
    // An event of up to a week ago, by a process whose clock is up to two minutes wrong.
    fc.tuple(
      fc.constant('write' as const),
      fc.oneof(fc.constant(0), fc.nat(90), fc.nat(604_800)),
      fc.integer({ min: -120, max: 120 }),
    ),
    fc.tuple(fc.constant('poll' as const), fc.nat(3)),
    fc.tuple(fc.constant('wait' as const), fc.oneof(fc.nat(10), fc.nat(100_000))),
  ),
  { maxLength: 60 },
)

describe('The audit, followed by time', () => {
  it('gives each line at least once, whatever was late', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all: readonly Step[]) => {
        const clock = movableClock(start)
        const store = memoryStore({ clock })
        const journal = store.journal('audit')
        const audit = storedAudit(journal, clock)
        const written: string[] = []
        const seen = new Set<string>()
        let polledAt: number | null = null
        const write = async (lateBy: number, skew: number): Promise<void> => {
          const id = `e${written.length}`
          written.push(id)
          const skewed = { now: () => clock.now() + skew }
          await storedAudit(journal, skewed).append(eventAt(id, skewed.now() - lateBy))
        }
        const poll = async (between: number): Promise<void> => {
          const began = clock.now()
          const from = polledAt === null ? {} : { from: new Date((polledAt - OVERLAP) * 1000).toISOString() }
          for (let cursor: string | null = ''; cursor !== null;) {
            const page = await listAuditEvents({ audit }, { ...from, limit: 3, ...(cursor && { cursor }) })
            if (page.is === 'refused') throw new Error('refused')
            for (const { id } of page.events) seen.add(id)
            cursor = page.next
            const more = cursor === null || written.length > 200 ? 0 : between
            for (let n = 0; n < more; n++) await write(n * 40, 0)
          }
          polledAt = began
        }
        for (const step of all) {
          if (step[0] === 'write') await write(step[1], step[2])
          else if (step[0] === 'wait') clock.set(clock.now() + step[1])
          else await poll(step[1])
        }
        await poll(0)
        expect(written.filter((id) => !seen.has(id))).to.deep.equal([])
      }),
      { numRuns: 150 },
    )
  })

  it('keeps the time of each event, and the order of those that were not late', async () => {
    const clock = movableClock(start)
    const journal = memoryStore({ clock }).journal('audit')
    const audit = storedAudit(journal, clock)
    for (const [id, at] of [
      ['late', start - 3600],
      ['first', start - 2],
      ['second', start - 1],
    ] as const)
      await audit.append(eventAt(id, at))
    const { events } = await audit.list({ limit: 10 })
    expect(events.map(({ id, at }) => [id, start - at])).to.deep.equal([
      ['second', 1],
      ['first', 2],
      ['late', 3600],
    ])
    const found = await audit.list({ from: start - 120, limit: 10 })
    expect(found.events.map(({ id }) => id)).to.include('late')
  })
})
