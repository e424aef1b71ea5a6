import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Counted,
  ownPause,
  type PasswordCounts,
  passwordPauseSeconds,
  strangersPause,
} from '../../src/core/passwordAttempts.ts'
import { defaultRules } from '../../src/core/rules.ts'

const NOW = 1_800_000_000
const none: PasswordCounts = { browserPause: null, herePause: null, account: null, network: null }
const counted = (count: number, until = NOW + 60): Counted => ({ count, until })
const anyCounted = fc.option(fc.record({ count: fc.nat(200), until: fc.integer({ min: NOW - 5, max: NOW + 99 }) }))
const anyCounts = fc.record({
  browserPause: anyCounted,
  herePause: anyCounted,
  account: anyCounted,
  network: anyCounted,
})

describe('An attempt at a password', () => {
  it('waits longer after each wrong one beyond the free ones, up to the longest pause', () => {
    const pauses = [0, 1, 5, 6, 7, 8, 12, 13, 50, 1000].map((failures) => passwordPauseSeconds(failures, defaultRules))
    expect(pauses).to.deep.equal([0, 0, 0, 30, 60, 120, 1920, 3600, 3600, 3600])
  })

  it('is judged while no count is stored, and below every limit', () => {
    for (const counts of [none, { ...none, account: counted(29), network: counted(99) }])
      expect([ownPause(counts, NOW), strangersPause(counts, NOW, defaultRules)]).to.deep.equal([null, null])
  })

  it('waits for the longest pause, and gives its reason', () => {
    const full = { ...none, herePause: counted(1, NOW + 9), account: counted(30, NOW + 8), network: counted(100) }
    expect(strangersPause(full, NOW, defaultRules)).to.deep.equal({ because: 'network', until: NOW + 60 })
    expect(strangersPause({ ...full, network: null }, NOW, defaultRules)?.because).to.equal('here')
    expect(strangersPause({ ...none, account: counted(30) }, NOW, defaultRules)?.because).to.equal('account')
  })

  it('does not wait where no limit is set', () => {
    const rules = { ...defaultRules, passwordsPerAccount: null, passwordsPerNetwork: null }
    const full = { ...none, account: counted(10_000), network: counted(10_000) }
    expect(strangersPause(full, NOW, rules)).to.equal(null)
  })

  it('in a known browser is delayed by failures of that browser only', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        expect(ownPause(counts, NOW)).to.deep.equal(ownPause({ ...none, browserPause: counts.browserPause }, NOW))
      }),
    )
  })

  it('never waits for a counter that has expired', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        for (const pause of [ownPause(counts, NOW), strangersPause(counts, NOW, defaultRules)])
          expect(pause === null || pause.until > NOW).to.equal(true)
      }),
    )
  })
})
