/** The time that a request waits for the store, on a clock that is a number. */
import { expect } from 'chai'
import fc from 'fast-check'
import { StoreTime } from '../../src/store/storeTime.ts'

describe('The time of a request at the store', () => {
  it('is used up by several waits, each of which is short enough', () => {
    const time = new StoreTime(1800)
    expect(time.begin(0)).to.equal(1800)
    time.end(700)
    expect(time.begin(700)).to.equal(1800)
    time.end(1400)
    expect(time.left(1400)).to.equal(400)
    expect(time.begin(1400)).to.equal(1800)
    time.end(1800)
    expect(time.begin(1800), 'no time is left').to.equal(1800)
  })

  it('does not pass between two waits', () => {
    const time = new StoreTime(1800)
    time.begin(0)
    time.end(100)
    expect(time.left(60_000)).to.equal(1700)
    expect(time.begin(60_000)).to.equal(61_700)
  })

  it('passes once for waits at the same time', () => {
    const time = new StoreTime(1800)
    expect(time.begin(0)).to.equal(1800)
    expect(time.begin(500)).to.equal(1800)
    time.end(600)
    expect(time.left(700)).to.equal(1100)
    time.end(1000)
    expect(time.left(5000)).to.equal(800)
  })

  it('ends every wait at the moment when the sum of all is the limit', () => {
    const steps = fc.array(fc.tuple(fc.nat(300), fc.boolean()), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (given) => {
        const time = new StoreTime(1800)
        let now = 0
        let running = 0
        let waited = 0
        for (const [ms, begins] of given) {
          now += ms
          if (running > 0) waited += ms
          expect(time.left(now)).to.equal(Math.max(0, 1800 - waited))
          if (begins) {
            running++
            expect(time.begin(now)).to.equal(now + Math.max(0, 1800 - waited))
          } else if (running > 0) {
            running--
            time.end(now)
          }
        }
      }),
    )
  })
})
