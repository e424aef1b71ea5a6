/** Values made for one purpose are refused for every other: every seal, digest and derived id of the list is tried in every other use. */
import { expect } from 'chai'
import * as fc from 'fast-check'
import { encoded, type Kind, purposes, tuple, type Use } from '../../src/crypto/purposes.ts'
import { createSealing, type Location } from '../../src/crypto/sealing.ts'
import { derivedId, digest } from '../../src/crypto/tokens.ts'

const fieldsOf = (kind: Kind): [purpose: string, fields: readonly string[]][] => Object.entries(purposes[kind])

/** One use, with `text` in every field. Iterating over the list loses the types of its rows, hence the cast. */
const useOf = <K extends Kind>(purpose: string, fields: readonly string[], text: (field: string) => string): Use<K> =>
  ({ for: purpose, ...Object.fromEntries(fields.map((field) => [field, text(field)])) }) as unknown as Use<K>

/** For each purpose of a kind: one use with the same text in every field and, for each field, one that differs in this field only. */
function everyUse<K extends Kind>(kind: K): [string, Use<K>][] {
  return fieldsOf(kind).flatMap(([purpose, fields]) => [
    [`${kind} for ${purpose}`, useOf<K>(purpose, fields, () => 'same')] as [string, Use<K>],
    ...fields.map((other): [string, Use<K>] => [
      `${kind} for ${purpose}, of another ${other}`,
      useOf<K>(purpose, fields, (field) => (field === other ? 'other' : 'same')),
    ]),
  ])
}

const keys = [{ id: 'k', key: new Uint8Array(32).fill(7) }]

describe('A value made for one purpose', () => {
  for (const location of ['record', 'browser'] satisfies Location[])
    it(`as a seal of a ${location} opens for no other`, () => {
      const sealing = createSealing(keys, location)
      const uses = everyUse(location)
      for (const [made, use] of uses)
        for (const [request, other] of uses)
          expect(sealing.tryOpen(sealing.seal('text', use), other), `${made} as ${request}`).to.equal(
            made === request ? 'text' : null,
          )
    })

  it('as a seal of a record does not open as one of a browser, nor the reverse', () => {
    const [record, browser] = [createSealing(keys, 'record'), createSealing(keys, 'browser')]
    for (const [, kept] of everyUse('record'))
      for (const [, brought] of everyUse('browser')) {
        expect(browser.tryOpen(record.seal('text', kept), brought)).to.equal(null)
        expect(record.tryOpen(browser.seal('text', brought), kept)).to.equal(null)
      }
  })

  it('as a digest or a derived id equals no other', () => {
    const made = [
      ...everyUse('digest').map(([, use]) => digest(use)),
      ...everyUse('id').map(([, use]) => derivedId(keys[0]?.key ?? new Uint8Array(), use)),
    ]
    expect(new Set(made)).to.have.property('size', made.length)
  })

  it('has another encoding than every other use of every kind', () => {
    const kinds = Object.keys(purposes) as Kind[]
    const bytes = kinds.flatMap((kind) => everyUse(kind).map(([, use]) => encoded(kind, use).toString('hex')))
    expect(bytes.length).to.be.greaterThan(40)
    expect(new Set(bytes)).to.have.property('size', bytes.length)
  })

  it('needs a purpose of the list and all of its fields', () => {
    const sealing = createSealing(keys, 'browser')
    const wrong: unknown[] = [
      { for: 'anything', path: '/' },
      { for: 'toString' },
      { for: 'form', path: '/' },
      { for: 'form', browser: 'b', path: ['/'] },
      { path: '/' },
      'form|b|/',
    ]
    for (const use of wrong)
      expect(() => sealing.seal('text', use as Use<'browser'>), JSON.stringify(use)).to.throw(TypeError)
  })

  it('takes its purpose from the list by type: free text does not compile', () => {
    const caller: string = 'form'
    // @ts-expect-error a purpose is a word of the list
    expect(() => digest({ for: `${caller} or other`, nonce: 'n' })).to.throw(TypeError)
    // @ts-expect-error a digest is of a use, never of a bare text
    expect(() => digest(caller)).to.throw(TypeError)
    // @ts-expect-error a browser opens no seal of a record
    expect(() => createSealing(keys, 'browser').seal('text', { for: 'new-password', account: 'a' })).to.throw(TypeError)
    // @ts-expect-error an id is derived for a use
    expect(() => derivedId(new Uint8Array(32), caller, 'key')).to.throw(TypeError)
  })
})

describe('A tuple', () => {
  const parts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 })

  it('is equal only if all of its texts are', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(tuple(...a).equals(tuple(...b))).to.equal(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  it('differs if its texts are split elsewhere, or contain a length', () => {
    const cuts = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['abc'],
      ['abc', ''],
      ['', 'abc'],
      ['a', 'b', 'c'],
      ['c', 'ab'],
      [],
      ['ab\0\0\0\u0001c'],
    ]
    expect(new Set(cuts.map((cut) => tuple(...cut).toString('hex')))).to.have.property('size', cuts.length)
  })
})
