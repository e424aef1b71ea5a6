import { expect } from 'chai'
import { draw } from '../../src/crypto/random.ts'

describe('Random bytes', () => {
  it('are never the same twice, whatever lengths are drawn before', () => {
    const drawn = Array.from({ length: 5000 }, (_, index) => draw(16 + (index % 17)).toString('hex'))
    expect(new Set(drawn.map((hex) => hex.slice(0, 32)))).to.have.property('size', drawn.length)
  })

  it('are as many as were asked for, also more than are drawn in advance', () => {
    for (const bytes of [1, 12, 16, 32, 4096, 4097, 10_000]) {
      const drawn = draw(bytes)
      expect(drawn).to.have.property('byteLength', bytes)
      expect(drawn.every((byte) => byte === 0)).to.equal(bytes === 1 && drawn[0] === 0)
    }
  })

  it('belong to the caller: a change of some leaves those drawn before and after as they are', () => {
    const [first, second] = [draw(16), draw(16)]
    const before = first.toString('hex')
    second.fill(0)
    expect(first.toString('hex')).to.equal(before)
    expect(draw(16).toString('hex')).not.to.equal(second.toString('hex'))
  })
})
