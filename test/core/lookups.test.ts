import { expect } from 'chai'
import { createLookups } from '../../src/core/lookups.ts'

/** The newest ones that are kept in any case, and the most that are ever kept. */
const [KEPT, MOST] = [2500, 5000]

describe('Lookups', () => {
  it('find what was learnt last, and take it once', () => {
    const lookups = createLookups<string>()
    lookups.learn('a', 'first')
    for (let n = 1; n < KEPT; n++) lookups.learn(`other ${n}`, 'x')
    lookups.learn('a', 'second')
    expect([lookups.get('a'), lookups.get('b')]).to.deep.equal(['second', undefined])
    expect([lookups.take('a'), lookups.take('a'), lookups.get('a')]).to.deep.equal(['second', undefined, undefined])
  })

  it('keep the newest ones, and forget old ones', () => {
    const lookups = createLookups<number>()
    for (let n = 0; n < 12_345; n++) {
      lookups.learn(`id ${n}`, n)
      expect(lookups.get(`id ${Math.max(0, n - KEPT + 1)}`)).to.equal(Math.max(0, n - KEPT + 1))
    }
    const found = Array.from({ length: 12_345 }, (_, n) => lookups.get(`id ${n}`)).filter(
      (value) => value !== undefined,
    )
    expect(found.length).to.be.within(KEPT, MOST)
  })
})
