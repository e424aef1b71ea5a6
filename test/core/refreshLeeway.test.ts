import { expect } from 'chai'
import fc from 'fast-check'
import { isRepetition } from '../../src/core/refreshLeeway.ts'

describe('The repetition of a refresh', () => {
  const time = fc.integer({ min: 0, max: 4_000_000_000 })
  const leeway = fc.integer({ min: 0, max: 60 })

  it('is one for as many seconds as the leeway has, by clocks that differ either way', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: -120, max: 120 }), leeway, (at, distance, seconds) => {
        expect(isRepetition(at, at + distance, seconds)).to.equal(Math.abs(distance) < seconds)
      }),
    )
  })

  it('is none without a leeway, and none of a token that was not used', () => {
    fc.assert(
      fc.property(time, time, leeway, (at, now, seconds) => {
        expect(isRepetition(at, now, 0)).to.equal(false)
        expect(isRepetition(null, now, seconds)).to.equal(false)
      }),
    )
  })
})
