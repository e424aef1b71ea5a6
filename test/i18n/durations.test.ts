import { expect } from 'chai'
import { words } from '../../src/i18n/messages.ts'

describe('durations in words', () => {
  it('names how long ago something was, by the largest unit that has passed', () => {
    const ago = [0, 59, 60, 3599, 3600, 86_399, 86_400, 200_000].map((seconds) =>
      words('en').ago(1_000_000 - seconds, 1_000_000),
    )
    const days = ['yesterday', '2 days ago']
    expect(ago).to.deep.equal(['now', 'now', '1 minute ago', '59 minutes ago', '1 hour ago', '23 hours ago', ...days])
    expect(words('de').ago(0, 240)).to.equal('vor 4 Minuten')
  })

  it('is "now" for a time that another clock has set in the future', () => {
    expect(words('en').ago(1000, 990)).to.equal('now')
  })

  it('names a remaining time by two units, the minute that has begun included', () => {
    expect([28_799, 61].map((seconds) => words('en').left(seconds))).to.deep.equal(['8 hours', '2 minutes'])
    const left = [-5, 0, 60, 3540, 3600, 28_560, 86_400, 93_840, 691_260].map((seconds) => words('en').left(seconds))
    expect(left.slice(0, 4)).to.deep.equal(['1 minute', '1 minute', '1 minute', '59 minutes'])
    expect(left.slice(4)).to.deep.equal([
      '1 hour',
      '7 hours, 56 minutes',
      '1 day',
      '1 day, 2 hours',
      '8 days, 1 minute',
    ])
    expect(words('de').left(28_560)).to.equal('7 Stunden, 56 Minuten')
  })
})
