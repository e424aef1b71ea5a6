/**
 * What was made for one purpose is refused for every other: every seal, digest and derived id there is, taken to every other use.
 * A new purpose in the list is taken there too.
 */
import { expect } from 'chai'
import * as fc from 'fast-check'
import { encoded, type Kind, purposes, tuple, type Use } from '../../src/crypto/purposes.ts'
import { createSealing, type Binding } from '../../src/crypto/sealing.ts'
import { derivedId, digest } from '../../src/crypto/tokens.ts'

const fieldsOf = (kind: Kind): [purpose: string, fields: readonly string[]][] => Object.entries(purposes[kind])

/** One use, every field `text`; the types of a list that is walked through are lost, its rows are not. */
const useOf = <K extends Kind>(purpose: string, fields: readonly string[], text: (field: string) => string): Use<K> =>
  ({ for: purpose, ...Object.fromEntries(fields.map((field) => [field, text(field)])) }) as unknown as Use<K>

/** Of a kind, for each purpose: one use with the same text everywhere, and, for each field, one that differs in it alone. */
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

describe('What was made for one purpose', () => {
  for (const binding of ['record', 'browser'] satisfies Binding[])
    it(`as a seal of a ${binding} opens for no other`, () => {
      const sealing = createSealing(keys, binding)
      const uses = everyUse(binding)
      for (const [made, use] of uses)
        for (const [request, other] of uses)
          expect(sealing.tryOpen(sealing.seal('text', use), other), `${made} as ${request}`).to.equal(
            made === request ? 'text' : null,
          )
    })

  it('as a seal of a record opens as none of a browser, and the other way round', () => {
    const [record, browser] = [createSealing(keys, 'record'), createSealing(keys, 'browser')]
    for (const [, kept] of everyUse('record'))
      for (const [, brought] of everyUse('browser')) {
        expect(browser.tryOpen(record.seal('text', kept), brought)).to.equal(null)
        expect(record.tryOpen(browser.seal('text', brought), kept)).to.equal(null)
      }
  })

  it('as a digest or a derived id is equal to no other', () => {
    const made = [
      ...everyUse('digest').map(([, use]) => digest(use)),
      ...everyUse('id').map(([, use]) => derivedId(keys[0]?.key ?? new Uint8Array(), use)),
    ]
    expect(new Set(made)).to.have.property('size', made.length)
  })

  it('has other bytes than every other use of every kind', () => {
    const kinds = Object.keys(purposes) as Kind[]
    const bytes = kinds.flatMap((kind) => everyUse(kind).map(([, use]) => encoded(kind, use).toString('hex')))
    expect(bytes.length).to.be.greaterThan(40)
    expect(new Set(bytes)).to.have.property('size', bytes.length)
  })

  it('is made for a purpose of the list and for all of its fields, or not at all', () => {
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

  it('takes its purpose from the list by its type: no text of a caller stands there', () => {
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

  it('is the same exactly when all of its texts are', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(tuple(...a).equals(tuple(...b))).to.equal(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  it('is another one when its texts are cut elsewhere, or imitate a length', () => {
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
