/** The recent activity of an account: one entry for each act. */
import { expect } from 'chai'
import type { AuditType } from '../../src/core/effect.ts'
import { activityOf } from '../../src/http/account/activity.ts'
import type { AuditEvent } from '../../src/ports.ts'

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

  it('shows twenty entries at most, the newest', () => {
    const many = Array.from({ length: 30 }, (_, at) => event(at, 'sign_in.done', 'ana'))
    expect(shown(...many).map(({ at }) => at)).to.deep.equal(Array.from({ length: 20 }, (_, n) => 29 - n))
  })
})
