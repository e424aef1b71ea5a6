import { createRequire } from 'node:module'
import { expect } from 'chai'
import { cookieKeys } from '../../src/crypto/cookieSignatures.ts'

interface Keygrip extends ReturnType<typeof cookieKeys> {}
const load = createRequire(import.meta.resolve('koa'))
const Keygrip = load('keygrip') as new (keys: readonly string[]) => Keygrip

const [newest, older] = ['the newest key, of 32 characters!', 'an older key — with 32 characters']
const cookie = '_session=Q0_8l2nCHpYw'

describe('Signatures of cookies', () => {
  const [ours, theirs] = [cookieKeys([newest, older]), new Keygrip([newest, older])]

  it('are those of Keygrip', () => {
    for (const data of ['', cookie, `${cookie}ü`, 'x'.repeat(5000)]) {
      expect(ours.sign(data)).to.equal(theirs.sign(data))
      expect(theirs.index(data, ours.sign(data))).to.equal(0)
    }
  })

  it('name the key that made them', () => {
    expect(ours.index(cookie, ours.sign(cookie))).to.equal(0)
    expect(ours.index(cookie, cookieKeys([older]).sign(cookie))).to.equal(1)
    expect(ours.verify(cookie, cookieKeys([older]).sign(cookie))).to.equal(true)
  })

  it('are refused for other data, other keys, other lengths and other characters', () => {
    const signature = ours.sign(cookie)
    const others = ['', signature.slice(1), `${signature}=`, signature.toLowerCase(), cookieKeys(['x']).sign(cookie)]
    for (const other of [...others, 'ü'.repeat(14)]) {
      expect(ours.index(cookie, other), other).to.equal(-1)
      expect(ours.verify(cookie, other), other).to.equal(false)
    }
    expect(ours.index(`${cookie}x`, signature)).to.equal(-1)
  })

  it('are compared again, however often the cookie came', () => {
    const [keys, signature] = [cookieKeys([newest, older]), theirs.sign(cookie)]
    const stale = cookieKeys([older]).sign(cookie)
    for (let time = 0; time < 3; time++) {
      expect(keys.index(cookie, `${signature.slice(0, -1)}_`)).to.equal(-1)
      expect([keys.index(cookie, signature), keys.index(cookie, stale)]).to.deep.equal([0, 1])
      expect(keys.sign(cookie)).to.equal(signature)
    }
  })

  it('need a key', () => {
    expect(() => cookieKeys([])).to.throw('at least one key')
  })
})
