import { expect } from 'chai'
import * as fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import type { Use } from '../../src/crypto/purposes.ts'
import { Unsealable } from '../../src/errors.ts'
import { createSealing, type Location, type Sealing, type SealingKey } from '../../src/crypto/sealing.ts'

const newKey = (id: string): SealingKey => ({ id, key: randomBytes(32) })
const old = newKey('2025')
const fresh = newKey('2026')
const sealing = createSealing([fresh, old], 'record')

const totpOf = (account: string, authenticator = 'phone'): Use<'record'> => ({
  for: 'authenticator',
  account,
  authenticator,
})
const passwordOf = (account: string): Use<'record'> => ({ for: 'new-password', account })
const ada = totpOf('ada')
const x = passwordOf('x')
const y = passwordOf('y')

/** Why it does not open, or 'opened'. */
function state<L extends Location>(with_: Sealing<L>, sealed: string, use: Use<L>): string {
  try {
    with_.open(sealed, use)
    return 'opened'
  } catch (error) {
    if (error instanceof Unsealable) return error.reason
    throw error
  }
}

describe('A seal', () => {
  const sealed = sealing.seal('a secret', ada)

  it('opens to the text that was sealed, for any text', () => {
    const texts = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(texts, texts, (text, account) => {
        const use = totpOf(account)
        expect(sealing.open(sealing.seal(text, use), use)).to.equal(text)
        expect(sealing.tryOpen(sealing.seal(text, use), use)).to.equal(text)
      }),
    )
  })

  it('holds 100 kB as well as the empty text', () => {
    for (const text of ['', 'é'.repeat(50_000)]) expect(sealing.open(sealing.seal(text, x), x)).to.equal(text)
  })

  it('names its key, does not show the text and fits into a cookie', () => {
    expect(sealed).to.match(/^2026\.[\w-]+$/)
    expect(Buffer.from(sealed.slice(5), 'base64url').includes('a secret')).to.equal(false)
    expect(sealed).to.have.length(5 + Math.ceil(((12 + 8 + 16) * 4) / 3))
  })

  it('differs each time, by its nonce', () => {
    const made = Array.from({ length: 1000 }, () => sealing.seal('a secret', ada))
    expect(new Set(made.map((item) => item.slice(5, 21)))).to.have.property('size', 1000)
  })

  it('does not open with any single bit inverted', () => {
    const bytes = Buffer.from(sealed.slice(5), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const turned = Buffer.from(bytes)
      turned.writeUInt8(turned.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(state(sealing, `2026.${turned.toString('base64url')}`, ada), `bit ${bit}`).to.equal('tampered')
    }
  })

  it('does not open shortened or extended, at either end', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(state(sealing, sealed.slice(0, length), ada), `first ${length}`).to.not.equal('opened')
      expect(state(sealing, sealed.slice(-length - 1).slice(1), ada), `last ${length}`).to.not.equal('opened')
    }
    expect(state(sealing, `${sealed}AAAA`, ada)).to.equal('tampered')
    expect(state(sealing, `2026.AAAA${sealed.slice(5)}`, ada)).to.equal('tampered')
  })

  it('does not open with its tag shortened', () => {
    // Older Node versions accepted tags of 4 bytes, which can be guessed.
    const bytes = Buffer.from(sealing.seal('', x).slice(5), 'base64url')
    expect(state(sealing, `2026.${bytes.subarray(0, 16).toString('base64url')}`, x)).to.equal('malformed')
  })

  it('does not open for another use: account, authenticator, or fields that run together', () => {
    const others: Use<'record'>[] = [
      totpOf('bob'),
      totpOf('Ada'),
      totpOf('ada '),
      totpOf(''),
      totpOf('ada', 'laptop'),
      totpOf('adap', 'hone'),
      passwordOf('ada'),
      { for: 'backup-codes', account: 'ada', authenticator: 'phone' },
    ]
    for (const use of others) {
      expect(state(sealing, sealed, use), JSON.stringify(use)).to.equal('tampered')
      expect(sealing.tryOpen(sealed, use), JSON.stringify(use)).to.equal(null)
    }
  })

  it('does not open when exchanged with the seal of another account', () => {
    const other = sealing.seal('another secret', totpOf('bob'))
    expect(state(sealing, other, ada)).to.equal('tampered')
    const [ours, theirs] = [sealed, other].map((item) => Buffer.from(item.slice(5), 'base64url'))
    if (!ours || !theirs) throw new Error('two seals were made')
    const mixed = [
      Buffer.concat([theirs.subarray(0, 12), ours.subarray(12)]),
      Buffer.concat([ours.subarray(0, -16), theirs.subarray(-16)]),
      Buffer.concat([ours.subarray(0, 12), theirs.subarray(12)]),
    ]
    for (const bytes of mixed) {
      expect(state(sealing, `2026.${bytes.toString('base64url')}`, ada)).to.equal('tampered')
    }
  })

  it('does not open under another name of the same key', () => {
    const twins = createSealing(
      ['a', 'b'].map((id) => ({ id, key: old.key })),
      'record',
    )
    const item = twins.seal('text', x)
    expect(state(twins, item, x)).to.equal('opened')
    expect(state(twins, item.replace(/^a/, 'b'), x)).to.equal('tampered')
  })

  it('made for a browser does not open as a record, nor the reverse', () => {
    const browser = createSealing([fresh, old], 'browser')
    const webSession: Use<'browser'> = { for: 'web-session', app: 'admin', browser: 'b' }
    const cookie = browser.seal('text', webSession)
    expect(browser.open(cookie, webSession)).to.equal('text')
    expect(state(sealing, cookie, ada)).to.equal('tampered')
    expect(state(browser, sealed, webSession)).to.equal('tampered')
  })

  it('of another installation does not open, even if the key has the same name', () => {
    const stranger = createSealing([newKey('2026')], 'record')
    expect(state(stranger, sealed, ada)).to.equal('tampered')
  })

  const malformed: Record<string, string> = {
    nothing: '',
    'a key id alone': '2026',
    'an empty body': '2026.',
    'no key id': `.${sealed.slice(5)}`,
    'too short for nonce and tag': `2026.${'A'.repeat(36)}`,
    'padded base64': `2026.${Buffer.alloc(28).toString('base64')}`,
    'base64 of the standard alphabet': `2026.${sealed.slice(5, 10)}+/${sealed.slice(12)}`,
    'a blank inside': `2026.${sealed.slice(5, 10)} ${sealed.slice(10)}`,
    'a line break at the end': `${sealed}\n`,
    'a third part': `${sealed}.A`,
    'a key id of 33 characters': `${'a'.repeat(33)}.${sealed.slice(5)}`,
    'a key id with a bar': `20|26.${sealed.slice(5)}`,
  }
  for (const [what, text] of Object.entries(malformed)) {
    it(`is malformed when it is ${what}`, () => {
      expect(state(sealing, text, ada)).to.equal('malformed')
      expect(sealing.tryOpen(text, ada)).to.equal(null)
    })
  }

  it('has one spelling: the spare bits of the last character are checked', () => {
    // 12 + 1 + 16 bytes leave four spare bits.
    const item = sealing.seal('x', y)
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spellings = letters.split('').map((last) => item.slice(0, -1) + last)
    expect(spellings.filter((spelling) => state(sealing, spelling, y) === 'opened')).to.deep.equal([item])
    expect(new Set(spellings.map((spelling) => state(sealing, spelling, y)))).to.have.all.keys(
      'opened',
      'tampered',
      'malformed',
    )
  })

  it('opens or is refused with a reason, for any input of a browser', () => {
    const shapes = fc.oneof(
      fc.anything(),
      fc.string({ unit: 'binary' }),
      fc.base64String().map((body) => `2026.${body.replace(/=+$/, '')}`),
    )
    fc.assert(
      fc.property(shapes, (brought) => {
        expect(sealing.tryOpen(brought, ada)).to.equal(null)
        if (typeof brought === 'string') expect(state(sealing, brought, ada)).to.not.equal('opened')
      }),
      { numRuns: 1000 },
    )
  })

  it('is text: a list or an object that contains one does not open', () => {
    for (const brought of [[sealed], { toString: () => sealed }, Object(sealed)]) {
      expect(sealing.tryOpen(brought, ada)).to.equal(null)
    }
  })

  it('has an error with the reason and without its content', () => {
    let caught: unknown
    try {
      sealing.open(sealed, x)
    } catch (error) {
      caught = error
    }
    expect(caught).to.be.instanceOf(Unsealable)
    expect(String(caught)).to.equal('Unsealable: a seal cannot be opened: tampered')
  })
})

describe('A ring of sealing keys', () => {
  it('rotates without a failure in between', () => {
    const before = createSealing([old], 'record')
    const during = createSealing([fresh, old], 'record')
    const after = createSealing([fresh], 'record')
    const kept = before.seal('text', x)
    expect(during.open(kept, x)).to.equal('text')

    const again = during.seal(during.open(kept, x), x)
    expect(again).to.match(/^2026\./)
    expect(after.open(again, x)).to.equal('text')
    expect(state(after, kept, x)).to.equal('unknown-key')
    expect(after.tryOpen(kept, x)).to.equal(null)
    expect(state(before, again, x)).to.equal('unknown-key')
  })

  it('re-encrypts what an older key sealed, for the same use only, and leaves the rest', () => {
    const during = createSealing([fresh, old], 'record')
    const kept = createSealing([old], 'record').seal('text', x)
    const reEncrypted = during.renew(kept, x)
    expect(createSealing([fresh], 'record').open(reEncrypted ?? '', x)).to.equal('text')
    expect(during.renew(reEncrypted ?? '', x)).to.equal(null)
    expect(() => during.renew(kept, y)).to.throw(Unsealable)
    expect(() => createSealing([fresh], 'record').renew(kept, x)).to.throw(Unsealable)
  })

  it('seals with the first of its keys', () => {
    expect(createSealing([old, fresh], 'record').seal('', x)).to.match(/^2025\./)
  })

  it('still works when the bytes it was given are overwritten', () => {
    const key = randomBytes(32)
    const ring = createSealing([{ id: 'k', key }], 'record')
    const item = ring.seal('text', x)
    key.fill(0)
    expect(ring.open(item, x)).to.equal('text')
  })

  it('does not take an inherited property name for a key', () => {
    for (const id of ['constructor', '__proto__', 'toString']) {
      expect(state(sealing, `${id}.${'A'.repeat(40)}`, x)).to.equal('unknown-key')
    }
  })

  const refused: Record<string, SealingKey[]> = {
    'no key': [],
    'a key of 31 bytes': [{ id: 'a', key: new Uint8Array(31) }],
    'a key of 33 bytes': [{ id: 'a', key: new Uint8Array(33) }],
    'an old key of 16 bytes': [fresh, { id: 'a', key: new Uint8Array(16) }],
    'a key without a name': [{ id: '', key: old.key }],
    'a name of 33 characters': [{ id: 'a'.repeat(33), key: old.key }],
    'a name with a dot': [{ id: 'a.b', key: old.key }],
    'a name with a bar': [{ id: 'a|b', key: old.key }],
    'a name with a line break': [{ id: 'a\n', key: old.key }],
    'the same name twice': [fresh, { id: fresh.id, key: old.key }],
  }
  for (const [what, keys] of Object.entries(refused)) {
    it(`is refused with ${what}`, () => {
      for (const location of ['record', 'browser'] satisfies Location[])
        expect(() => createSealing(keys, location)).to.throw(Error)
    })
  }
})
