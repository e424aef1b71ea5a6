import { expect } from 'chai'
import * as fc from 'fast-check'
import { createHash } from 'node:crypto'
import {
  digestBackupCodes,
  matchBackupCode,
  newBackupCodes,
  packBackupCodes,
  unpackBackupCodes,
} from '../../src/crypto/backupCodes.ts'

const codes = newBackupCodes()
const set = digestBackupCodes(codes)
const at = (index: number) => codes[index] ?? ''

/** A generator whose first draws consist of these bytes. */
const drawing = (...first: number[]) => {
  let turn = 0
  return (bytes: number) => new Uint8Array(bytes).fill(first[turn++] ?? 0x80 + turn)
}

describe('A set of backup codes', () => {
  it('is ten different codes of sixteen characters that are not easily misread', () => {
    for (let round = 0; round < 100; round += 1) {
      const made = newBackupCodes()
      expect(made).to.have.length(10)
      expect(new Set(made)).to.have.property('size', 10)
      for (const code of made) expect(code).to.match(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    }
  })

  it('is written in Crockford’s Base32, with every bit', () => {
    const [none, all, ramp] = newBackupCodes(drawing(0x00, 0xff, 0x08))
    expect(none).to.equal('0000-0000-0000-0000')
    expect(all).to.equal('ZZZZ-ZZZZ-ZZZZ-ZZZZ')
    // 0x0808080808 is 00001 00000 00100 00000 10000 00010 00000 01000, twice in 80 bits.
    expect(ramp).to.equal('1040-G208-1040-G208')
  })

  it('uses all thirty-two characters about equally', () => {
    const letters = Array.from({ length: 200 }, () => newBackupCodes().join('').replaceAll('-', '')).join('')
    for (const letter of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
      // 32 000 characters, 1000 of each expected; 200 is more than six standard deviations.
      expect(letters.split(letter).length - 1, letter).to.be.within(800, 1200)
    }
  })

  it('is refused if the generator repeats itself', () => {
    expect(() => newBackupCodes((bytes) => new Uint8Array(bytes))).to.throw(/repeats itself/)
  })

  it('is stored as a salt of 128 bits and the first 128 bits of SHA-256 of salt and code each', () => {
    expect(Buffer.from(set.salt, 'base64url')).to.have.length(16)
    const expected = codes.map((code) =>
      createHash('sha256')
        .update(Buffer.from(set.salt, 'base64url'))
        .update(code.replaceAll('-', ''))
        .digest()
        .subarray(0, 16)
        .toString('base64url'),
    )
    expect(set.digests).to.deep.equal(expected)
  })

  it('is sealed as 177 bytes, and read as it was written', () => {
    const bytes = Buffer.from(packBackupCodes(set))
    expect(bytes).to.have.length(1 + 16 + 10 * 16)
    expect(unpackBackupCodes(bytes)).to.deep.equal(set)
    const none = Buffer.from(packBackupCodes(digestBackupCodes([])))
    expect(none).to.have.length(1)
    expect(matchBackupCode(unpackBackupCodes(none), at(0))).to.equal(null)
  })

  it('that was stored as JSON with whole digests is read as well', () => {
    const salt = Buffer.from(set.salt, 'base64url')
    const whole = (code: string) =>
      createHash('sha256').update(salt).update(code.replaceAll('-', '')).digest('base64url')
    const old = Buffer.from(JSON.stringify({ salt: set.salt, digests: codes.map(whole) }))
    expect(unpackBackupCodes(old)).to.deep.equal(set)
  })

  it('is refused when its bytes are damaged: an empty digest would match every code', () => {
    const bytes = Buffer.from(packBackupCodes(set))
    for (let length = 0; length < bytes.length; length += 1)
      if (length !== 1 && (length < 33 || (length - 17) % 16 > 0))
        expect(() => unpackBackupCodes(bytes.subarray(0, length)), String(length)).to.throw()
    const texts = [
      '{}',
      'null',
      '[]',
      '"x"',
      JSON.stringify({ salt: 's', digests: [''] }),
      '{"salt":"s","digests":[7]}',
    ]
    for (const text of [...texts, JSON.stringify(set)])
      expect(() => unpackBackupCodes(Buffer.from(text)), text).to.throw()
  })

  it('is stored under another salt each time', () => {
    const again = digestBackupCodes(codes)
    expect(again.salt).to.not.equal(set.salt)
    expect(again.digests.filter((digest) => set.digests.includes(digest))).to.deep.equal([])
  })

  it('contains no code in its stored form', () => {
    const kept = JSON.stringify(set).toUpperCase()
    for (const code of codes) expect(kept.includes(code) || kept.includes(code.replaceAll('-', ''))).to.equal(false)
  })

  it('cannot be made from other text', () => {
    expect(() => digestBackupCodes(['123456'])).to.throw(TypeError, 'not a backup code')
  })
})

describe('A typed backup code', () => {
  const ways: Record<string, (code: string) => string> = {
    'as shown': (code) => code,
    'in lower case': (code) => code.toLowerCase(),
    'without hyphens': (code) => code.replaceAll('-', ''),
    'with blanks instead of hyphens': (code) => code.replaceAll('-', ' '),
    'with dashes a phone made longer': (code) => code.replaceAll('-', '—'),
    'with blanks around it': (code) => `\t ${code}\r\n`,
    'with O for 0': (code) => code.replaceAll('0', 'O'),
    'with o for 0': (code) => code.replaceAll('0', 'o'),
    'with I for 1': (code) => code.replaceAll('1', 'I'),
    'with l for 1': (code) => code.replaceAll('1', 'l'),
    'with the number of its line': (code) => `1. ${code}`,
    'with a line number of two figures': (code) => `10.${code}`,
    'with a line number in brackets': (code) => `7) ${code}`,
    'in full-width characters': (code) =>
      code.replace(/[0-9A-Z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
    'with invisible marks from a web page': (code) => `\ufeff\u200e${code.replaceAll('-', '-\u200b')}`,
  }
  for (const [how, write] of Object.entries(ways)) {
    it(`is recognised ${how}`, () => {
      expect(codes.map((code) => matchBackupCode(set, write(code)))).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    })
  }

  it('is recognised with every slip at once', () => {
    const [code = ''] = newBackupCodes(drawing(0x08, 0x00))
    const item = digestBackupCodes([code])
    expect(code).to.equal('1040-G208-1040-G208')
    expect(matchBackupCode(item, ' 3)  lO4o G2O8—io4O g2o8 ')).to.equal(0)
  })

  it('is not recognised with one wrong character, at any position', () => {
    const bare = at(4).replaceAll('-', '')
    for (let index = 0; index < bare.length; index += 1) {
      const other = bare[index] === 'Z' ? 'Y' : 'Z'
      expect(matchBackupCode(set, bare.slice(0, index) + other + bare.slice(index + 1)), String(index)).to.equal(null)
    }
  })

  const wrong: Record<string, unknown> = {
    empty: '',
    'cut short': at(0).slice(0, -1),
    'one character too long': `${at(0)}0`,
    'written twice': at(0) + at(0),
    'followed by the next one': `${at(0)}\n${at(1)}`,
    'after an endless number': `${' '.repeat(64)}${at(0)}`,
    'spelt with a U': `U${at(0).slice(1)}`,
    'a one-time code': '123456',
    'a list': [at(0)],
    'an object': { toString: () => at(0) },
    'a number': 1,
    missing: undefined,
    null: null,
  }
  for (const [what, typed] of Object.entries(wrong)) {
    it(`is not recognised when it is ${what}`, () => {
      expect(matchBackupCode(set, typed)).to.equal(null)
    })
  }

  it('is compared with all ten', () => {
    const read: number[] = []
    const digests = new Proxy(set.digests, {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) read.push(Number(key))
        return Reflect.get(target, key, receiver)
      },
    })
    for (const typed of [at(0), at(9), 'ZZZZ-ZZZZ-ZZZZ-ZZZZ']) {
      read.length = 0
      matchBackupCode({ salt: set.salt, digests }, typed)
      expect(read).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    }
  })

  it('of another set is not recognised', () => {
    expect(newBackupCodes().map((code) => matchBackupCode(set, code))).to.deep.equal(codes.map(() => null))
  })

  it('results in an index or null, never in an exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary', maxLength: 80 })), (typed) => {
        expect(matchBackupCode(set, typed)).to.equal(null)
      }),
      { numRuns: 300 },
    )
  })
})
