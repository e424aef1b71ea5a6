/** The recent activity of an account: one entry for each act. */
import { expect } from 'chai'
import { storedAudit } from '../../src/accounts/audit.ts'
import type { AuditType } from '../../src/core/effect.ts'
import { activityOf, recentActivity, shownEntries } from '../../src/http/account/activity.ts'
import type { AuditEvent, AuditLog } from '../../src/ports.ts'
import { memoryStore } from '../../src/store/memory.ts'

const device = { browser: 'Firefox', system: 'Windows' }
const event = (at: number, type: AuditType, actor: string | null, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: String(at),
  at,
  type,
  actor,
  target: 'ana',
  outcome: 'done',
  reason: null,
  requestId: null,
  address: '192.0.2.0/24',
  device,
  ...more,
})
/** Newest first, as the log lists them. */
const shown = (...events: AuditEvent[]) => activityOf(events.toReversed(), 'ana')

describe('Recent activity', () => {
  it('shows a reset as one entry with its steps, and the device of those by link', () => {
    const [entry, ...others] = shown(
      event(1, 'two_factor.reset.started', 'ada'),
      event(2, 'two_factor.reset.mail_accepted', 'ada'),
      event(3, 'two_factor.reset.opened', null),
      event(4, 'two_factor.enrolled', null),
      event(5, 'two_factor.reset.completed', null),
    )
    expect(others).to.deep.equal([])
    expect(entry).to.include({ says: 'activity.two_factor.reset.started', by: 'administrator', at: 1 })
    expect([entry?.device, entry?.network], 'of an administrator').to.deep.equal([null, null])
    const network = '192.0.2.0/24'
    expect(entry?.steps).to.deep.equal([
      { at: 2, says: 'activity.step.mail_accepted', network: null, device: null },
      { at: 3, says: 'activity.step.opened', network, device },
      { at: 4, says: 'activity.step.enrolled', network, device },
    ])
  })

  it('keeps two resets apart, and what no shown reset explains', () => {
    const entries = shown(
      event(1, 'two_factor.enrolled', null),
      event(2, 'two_factor.reset.started', 'ada'),
      event(3, 'two_factor.reset.started', 'ada'),
      event(4, 'two_factor.reset.superseded', 'ada'),
      event(5, 'two_factor.enrolled', 'ana'),
      event(6, 'sign_in.done', 'ana'),
    )
    expect(entries.map(({ says, steps }) => [says, steps.length])).to.deep.equal([
      ['activity.sign_in.done', 0],
      ['activity.two_factor.reset.started', 1],
      ['activity.two_factor.reset.started', 0],
      ['activity.two_factor.enrolled', 0],
    ])
  })

  it('shows what was refused as an entry of its own', () => {
    const refused = { outcome: 'refused' } as const
    const entries = shown(
      event(1, 'two_factor.reset.started', 'ada', refused),
      event(2, 'two_factor.reset.opened', null, refused),
    )
    expect(entries.map(({ isRefused }) => isRefused)).to.deep.equal([true, true])
  })

  const logOf = async (count: number): Promise<AuditLog> => {
    const clock = { now: () => count }
    const log = storedAudit(memoryStore({ clock }).journal('audit'), clock)
    for (let at = 1; at <= count; at += 1) await log.append(event(at, 'sign_in.done', 'ana'))
    return log
  }
  const newest = async (count: number, given?: string) => {
    const { activity, next } = await recentActivity(await logOf(count), 'ana', shownEntries(given))
    return [activity.length, activity.at(0)?.at, activity.at(-1)?.at, next]
  }

  it('shows the newest twenty entries, then twenty more for each step back, until there are no more', async () => {
    expect(await newest(20)).to.deep.equal([20, 20, 1, null])
    expect(await newest(21)).to.deep.equal([20, 21, 2, 40])
    expect(await newest(21, '40')).to.deep.equal([21, 21, 1, null])
    expect(await newest(120, '40')).to.deep.equal([40, 120, 81, 60])
    expect(await newest(1300, '500')).to.deep.equal([500, 1300, 801, null])
  })

  it('shows twenty for a number that is none, and five hundred at most', () => {
    expect(['', '0', '-1', '1e3', 'x', '1000', undefined].map(shownEntries)).to.deep.equal(Array(7).fill(20))
    expect(['20', '60', '501', '999'].map(shownEntries)).to.deep.equal([20, 60, 500, 500])
  })
})
