import { expect } from 'chai'
import * as fc from 'fast-check'
import { createHmac } from 'node:crypto'
import { format, inspect } from 'node:util'
import { pino } from 'pino'
import { derivedId, digest, equal, newId, newToken, Secret } from '../../src/crypto/tokens.ts'

describe('A token', () => {
  const token = newToken()
  const text = token.reveal()
  /** The linter forbids a token in a template; this one got past it. */
  const unchecked = token as unknown as string

  it('is 256 random bits and never the same twice', () => {
    const made = Array.from({ length: 1000 }, () => newToken().reveal())
    expect(new Set(made)).to.have.property('size', 1000)
    for (const one of made) expect(one).to.match(/^[\w-]{43}$/)
    expect(newToken((bytes) => new Uint8Array(bytes).fill(255)).reveal()).to.equal(`${'_'.repeat(42)}8`)
  })

  const printed: Record<string, () => string> = {
    'as JSON': () => JSON.stringify(token),
    'as JSON inside other things': () => JSON.stringify({ link: { token, list: [token] } }),
    'in a template': () => `to ${unchecked}`,
    'added to text': () => ['to: ', token].join(''),
    'as an error message': () => String(new Error(String(token)).stack),
    'by util.inspect': () => inspect(token),
    'by util.inspect with everything hidden shown': () =>
      inspect({ token }, { showHidden: true, depth: null, customInspect: true }),
    'by util.inspect that ignores our wish': () => inspect(token, { showHidden: true, customInspect: false }),
    'by console.log and its formats': () => format('%s %o %O %j', token, token, token, token, { token }),
    'as its properties': () => JSON.stringify([Object.entries(token), Reflect.ownKeys(token)]),
    'as a copy': () => JSON.stringify(Object.assign({}, token)) + inspect(structuredClone(token)),
  }
  for (const [how, print] of Object.entries(printed)) {
    it(`cannot be printed ${how}`, () => {
      expect(print()).to.not.include(text)
    })
  }

  it('shows that it is one', () => {
    expect(JSON.stringify({ token })).to.equal('{"token":"[token]"}')
    expect(`to ${unchecked}`).to.equal('to [token]')
    expect(inspect({ token })).to.equal('{ token: [token] }')
  })

  it('cannot be printed by the log', () => {
    let log = ''
    const logger = pino({ level: 'trace' }, { write: (line: string) => void (log += line) })
    logger.info(token)
    logger.info({ token, nested: [{ token }] }, 'sent %s %o %j', token, token, token)
    logger.error(Object.assign(new Error(`failed with ${unchecked}`), { token }))
    logger.child({ token }).warn('child')
    expect(log).to.include('[token]')
    expect(log).to.not.include(text)
  })

  it('is revealed by its one door', () => {
    expect(new Secret('open sesame').reveal()).to.equal('open sesame')
  })
})

describe('An id', () => {
  it('is 128 random bits and never the same twice', () => {
    const made = Array.from({ length: 1000 }, () => newId())
    expect(new Set(made)).to.have.property('size', 1000)
    for (const one of made) expect(one).to.match(/^[\w-]{22}$/)
    expect(newId((bytes) => new Uint8Array(bytes))).to.equal('A'.repeat(22))
  })

  it('is not made by a generator that draws too little', () => {
    expect(() => newId(() => new Uint8Array(8))).to.throw(RangeError)
  })
})

const hex = (text: string) => Buffer.from(digest(text), 'base64url').toString('hex')

describe('A digest', () => {
  it('is SHA-256 of the UTF-8 text, as FIPS 180-4 has it', () => {
    expect(hex('abc')).to.equal('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(hex('')).to.equal('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(digest('é')).to.match(/^[\w-]{43}$/)
  })
})

describe('Two texts', () => {
  it('are equal when they are the same, and only then', () => {
    const texts = fc.string({ unit: 'grapheme' })
    fc.assert(fc.property(texts, (a) => void expect(equal(a, a.slice())).to.equal(true)))
    fc.assert(fc.property(texts, texts, (a, b) => void expect(equal(a, b)).to.equal(a === b)))
  })

  it('may differ in length', () => {
    expect(equal('', 'a')).to.equal(false)
    expect(equal('a', 'a\u0000')).to.equal(false)
  })
})

describe('A derived id', () => {
  const key = Buffer.alloc(32, 7)
  const parts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 })

  it('is the same for the same parts under the same key', () => {
    expect(derivedId(key, 'actor', 'idempotency-key')).to.equal(
      derivedId(Buffer.alloc(32, 7), 'actor', 'idempotency-key'),
    )
    expect(derivedId(key, 'actor', 'idempotency-key')).to.match(/^[\w-]{22}$/)
  })

  it('is HMAC-SHA-256 of the parts, each behind its length in bytes', () => {
    const message = '\0\0\0\u0003ada\0\0\0\u0002é\0\0\0\0'
    const expected = createHmac('sha256', key).update(message).digest().subarray(0, 16).toString('base64url')
    expect(derivedId(key, 'ada', 'é', '')).to.equal(expected)
  })

  it('is another one when the parts are cut elsewhere', () => {
    const cuts = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], ['a', 'b', 'c'], ['c', 'ab'], []]
    expect(new Set(cuts.map((cut) => derivedId(key, ...cut)))).to.have.property('size', cuts.length)
  })

  it('is the same exactly when all parts are', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(derivedId(key, ...a) === derivedId(key, ...b)).to.equal(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  it('is not disturbed by a part that imitates a length', () => {
    expect(derivedId(key, 'a', 'b')).to.not.equal(derivedId(key, 'a\u0000\u0000\u0000\u0001b'))
  })

  it('is another one under another key', () => {
    expect(derivedId(key, 'a')).to.not.equal(derivedId(Buffer.alloc(32, 8), 'a'))
  })

  it('needs a key worth the name', () => {
    expect(() => derivedId(Buffer.alloc(15), 'a')).to.throw(RangeError)
    expect(() => derivedId(new Uint8Array(), 'a')).to.throw(RangeError)
  })
})
