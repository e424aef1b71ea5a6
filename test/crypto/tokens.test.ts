import { expect } from 'chai'
import * as fc from 'fast-check'
import { createHash, createHmac } from 'node:crypto'
import { format, inspect } from 'node:util'
import { pino } from 'pino'
import { clientSecret, derivedId, digest, equal, newId, newToken, Secret } from '../../src/crypto/tokens.ts'

describe('A token', () => {
  const token = newToken()
  const text = token.reveal()
  /** The linter forbids a token in a template; the cast hides it. */
  const unchecked = token as unknown as string

  it('is 256 random bits and never the same twice', () => {
    const made = Array.from({ length: 1000 }, () => newToken().reveal())
    expect(new Set(made)).to.have.property('size', 1000)
    for (const item of made) expect(item).to.match(/^[\w-]{43}$/)
    expect(newToken((bytes) => new Uint8Array(bytes).fill(255)).reveal()).to.equal(`${'_'.repeat(42)}8`)
  })

  const printed: Record<string, () => string> = {
    'as JSON': () => JSON.stringify(token),
    'as JSON inside other values': () => JSON.stringify({ link: { token, list: [token] } }),
    'in a template': () => `to ${unchecked}`,
    'added to text': () => ['to: ', token].join(''),
    'as an error message': () => String(new Error(String(token)).stack),
    'by util.inspect': () => inspect(token),
    'by util.inspect with hidden properties': () =>
      inspect({ token }, { showHidden: true, depth: null, customInspect: true }),
    'by util.inspect without custom methods': () => inspect(token, { showHidden: true, customInspect: false }),
    'by the formats of console.log': () => format('%s %o %O %j', token, token, token, token, { token }),
    'as its properties': () => JSON.stringify([Object.entries(token), Reflect.ownKeys(token)]),
    'as a copy': () => JSON.stringify(Object.assign({}, token)) + inspect(structuredClone(token)),
  }
  for (const [how, print] of Object.entries(printed)) {
    it(`cannot be printed ${how}`, () => {
      expect(print()).to.not.include(text)
    })
  }

  it('prints a placeholder', () => {
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

  it('is returned by `reveal` only', () => {
    expect(new Secret('plain text').reveal()).to.equal('plain text')
  })
})

describe('An id', () => {
  it('is 128 random bits and never the same twice', () => {
    const made = Array.from({ length: 1000 }, () => newId())
    expect(new Set(made)).to.have.property('size', 1000)
    for (const item of made) expect(item).to.match(/^[\w-]{22}$/)
    expect(newId((bytes) => new Uint8Array(bytes))).to.equal('A'.repeat(22))
  })

  it('is refused if the generator returns too little', () => {
    expect(() => newId(() => new Uint8Array(8))).to.throw(RangeError)
  })
})

describe('A digest', () => {
  it('is SHA-256 of its purpose and its fields, each after its length in bytes', () => {
    const message = '\0\0\0\u0006digest\0\0\0\u0004form\0\0\0\u0002é'
    const expected = createHash('sha256').update(message).digest('base64url')
    expect(digest({ for: 'form', nonce: 'é' })).to.equal(expected)
    expect(expected).to.match(/^[\w-]{43}$/)
  })
})

describe('Two texts', () => {
  it('are equal only if they are the same', () => {
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
  const act = { for: 'act', does: 'reset', actor: 'ada', key: 'ticket-4712' } as const

  it('is the same for the same use under the same key', () => {
    expect(derivedId(key, act)).to.equal(derivedId(Buffer.alloc(32, 7), { ...act }))
    expect(derivedId(key, act)).to.match(/^[\w-]{22}$/)
  })

  it('is HMAC-SHA-256 of its purpose and its fields, each after its length in bytes', () => {
    const message = '\0\0\0\u0002id\0\0\0\u0003act\0\0\0\u0005reset\0\0\0\u0003ada\0\0\0\u0002é'
    const expected = createHmac('sha256', key).update(message).digest().subarray(0, 16).toString('base64url')
    expect(derivedId(key, { ...act, key: 'é' })).to.equal(expected)
  })

  it('differs under another key', () => {
    expect(derivedId(key, act)).to.not.equal(derivedId(Buffer.alloc(32, 8), act))
  })

  it('needs a key of 128 bits or more', () => {
    expect(() => derivedId(Buffer.alloc(15), act)).to.throw(RangeError)
    expect(() => derivedId(new Uint8Array(), act)).to.throw(RangeError)
  })

  it('of one client shares no part with that of another', () => {
    const secrets = ['console', 'account'].map((client) => clientSecret(key, client))
    const halves = secrets.flatMap((secret) => [secret.slice(0, 22), secret.slice(22)])
    expect(new Set(halves)).to.have.property('size', 4)
  })
})
