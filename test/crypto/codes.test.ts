import { expect } from 'chai'
import * as fc from 'fast-check'
import { normaliseCode } from '../../src/crypto/codes.ts'

const decimal = /^\p{Nd}$/u

/** Every decimal digit of Unicode, in order, in groups from 0 to 9. */
const digits = Array.from({ length: 0x110000 }, (_, point) => point)
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point))
  .filter((character) => decimal.test(character))

describe('A typed code', () => {
  const readable: Record<string, string> = {
    plain: '123456',
    'split as an app shows it': '123 456',
    'with a dash': '123-456',
    'with blanks around it': '\t 123456 \r\n',
    'with no-break and thin spaces': '12\u00a034\u200956\u202f',
    'with an ideographic space': '123\u3000456',
    'full-width': '１２３４５６',
    'full-width with its own dash': '１２３－４５６',
    'Arabic-Indic': '١٢٣٤٥٦',
    'Persian with a zero-width non-joiner': '۱۲۳\u200c۴۵۶',
    'Devanagari, Bengali and Thai mixed': '१२৩৪๕๖',
    'mathematical bold': '𝟏𝟐𝟑𝟒𝟓𝟔',
    superscript: '¹²³⁴⁵⁶',
    'between direction marks': '\u200f\u202a123456\u202c\u200e',
    'in direction isolates': '\u2066123456\u2069',
    'after a byte order mark': '\ufeff123456',
    'with zero-width spaces and joiners': '1\u200b2\u200d3\u20604\u00ad56',
    'with every kind of dash': '1\u20102\u20113\u20124\u20135\u2014\u2015\u22126',
  }
  for (const [how, typed] of Object.entries(readable)) {
    it(`is accepted when it is ${how}`, () => {
      expect(normaliseCode(typed)).to.deep.equal({ is: 'code', code: '123456' })
    })
  }

  it('keeps its leading zeros', () => {
    expect(normaliseCode('000 001')).to.deep.equal({ is: 'code', code: '000001' })
  })

  for (const typed of [undefined, null, '', '   ', '\u200b', '- -', '\n']) {
    it(`is empty when it is ${JSON.stringify(typed) ?? 'missing'}`, () => {
      expect(normaliseCode(typed)).to.deep.equal({ is: 'empty' })
    })
  }

  const malformed: unknown[] = [
    '12345',
    '1234567',
    '12345a',
    'abcdef',
    '12.3456',
    '1e5',
    '+12345',
    '½23456',
    '123456; DROP',
    '<b>1</b>',
    `${' '.repeat(59)}123456`,
    '1'.repeat(1_000_000),
    'ﷺ'.repeat(64),
    '\ud800',
    123456,
    0,
    NaN,
    123456n,
    true,
    false,
    [],
    ['123456'],
    {},
    { toString: () => '123456' },
    Object('123456'),
    Symbol('123456'),
  ]
  for (const typed of malformed) {
    const shown = typeof typed === 'string' ? JSON.stringify(typed.slice(0, 12)) : String(typed)
    it(`is malformed when it is the ${typeof typed} ${shown}`, () => {
      expect(normaliseCode(typed)).to.deep.equal({ is: 'malformed' })
    })
  }

  it('may be 64 long including separators', () => {
    expect(normaliseCode(`${' '.repeat(58)}123456`)).to.have.property('is', 'code')
  })

  it('may be written in any decimal digit of Unicode', () => {
    expect(digits.length).to.be.greaterThan(700)
    for (const [index, digit] of digits.entries()) {
      expect(normaliseCode(digit.repeat(6)), digit).to.deep.equal({ is: 'code', code: String(index % 10).repeat(6) })
    }
  })

  it('is accepted in the digits of other languages', () => {
    for (const numberingSystem of Intl.supportedValuesOf('numberingSystem')) {
      const format = new Intl.NumberFormat('en', { numberingSystem, useGrouping: false })
      if (!decimal.test(format.format(0))) continue
      expect(normaliseCode(format.format(123456)), numberingSystem).to.deep.equal({ is: 'code', code: '123456' })
      expect(normaliseCode(format.format(789012)), numberingSystem).to.deep.equal({ is: 'code', code: '789012' })
    }
  })

  it('results in six ASCII digits or a fault, never in an exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary', maxLength: 80 })), (typed) => {
        const read = normaliseCode(typed)
        if (read.is === 'code') expect(read.code).to.match(/^[0-9]{6}$/)
      }),
      { numRuns: 2000 },
    )
  })
})
