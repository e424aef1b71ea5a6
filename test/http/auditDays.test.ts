/** Days of a reader's time zone, for the filter of the audit log. */
import { expect } from 'chai'
import { dayBefore, dayOf, endOfDay, isDay, startOfDay, zoneOf } from '../../src/http/console/days.ts'

const iso = (at: number) => new Date(at * 1000).toISOString().replace('.000', '')

describe('A day of a time zone', () => {
  const days = [
    ['UTC', '2026-11-28', '2026-11-28T00:00:00Z', '2026-11-28T23:59:59Z'],
    ['Europe/Berlin', '2026-11-28', '2026-11-27T23:00:00Z', '2026-11-28T22:59:59Z'],
    // 23 and 25 hours.
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z'],
    ['America/New_York', '2026-11-28', '2026-11-28T05:00:00Z', '2026-11-29T04:59:59Z'],
    ['Pacific/Kiritimati', '2026-11-28', '2026-11-27T10:00:00Z', '2026-11-28T09:59:59Z'],
    // It begins at 01:00, since the clock is put forward at midnight.
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00Z', '2026-04-24T20:59:59Z'],
  ] as const
  for (const [zone, day, first, last] of days)
    it(`begins and ends as the clocks say: ${day} in ${zone}`, () => {
      expect([startOfDay(day, zone), endOfDay(day, zone)].map(iso)).to.deep.equal([first, last])
      expect(dayOf(startOfDay(day, zone), zone)).to.equal(day)
      expect(dayOf(startOfDay(day, zone) - 1, zone)).to.equal(dayBefore(day, 1))
      expect(dayOf(endOfDay(day, zone), zone)).to.equal(day)
    })

  it('is a day of the calendar, and nothing else that was typed', () => {
    for (const day of ['2026-02-28', '2028-02-29', '1999-12-31']) expect(isDay(day), day).to.equal(true)
    for (const text of ['', '2026-02-29', '2026-13-01', '28.11.2026', '2026-11-28T00:00', '0000-01-01', '9999999'])
      expect(isDay(text), text).to.equal(false)
  })

  it('has days before it, over the ends of months and years', () => {
    expect([dayBefore('2026-03-01', 1), dayBefore('2026-01-03', 6)]).to.deep.equal(['2026-02-28', '2025-12-28'])
  })
})

describe('The name of a time zone', () => {
  it('is known, or is no name', () => {
    expect(zoneOf('Europe/Berlin')).to.equal('Europe/Berlin')
    expect(zoneOf('europe/berlin')).to.equal('Europe/Berlin')
    for (const name of ['', 'Mars/Olympus', '<script>', 'x'.repeat(1000)]) expect(zoneOf(name), name).to.equal(null)
  })
})
