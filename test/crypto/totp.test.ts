import { expect } from 'chai'
import * as fc from 'fast-check'
import { createHmac } from 'node:crypto'
import * as otpauth from 'otpauth'
import { matchStep, newSecret, otpauthUri, stepsAway } from '../../src/crypto/totp.ts'

/** '12345678901234567890', the shared secret of both RFCs. */
const rfcSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

/** RFC 4226 appendix D: the codes of counters 0–9. */
const hotp = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')

/** RFC 6238 appendix B, SHA-1: time, step and code of eight digits, of which the last six are used here. */
const totp: [number, number, string][] = [
  [59, 0x1, '94287082'],
  [1_111_111_109, 0x23523ec, '07081804'],
  [1_111_111_111, 0x23523ed, '14050471'],
  [1_234_567_890, 0x273ef07, '89005924'],
  [2_000_000_000, 0x3f940aa, '69279037'],
  [20_000_000_000, 0x27bc86aa, '65353130'],
]

/** RFC 4226 §5.3 without a library. */
function reference(key: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(counter).digest()
  const truncated = mac.readUInt32BE(mac.readUInt8(19) & 0xf) & 0x7fffffff
  return String(truncated % 1_000_000).padStart(6, '0')
}

const independent = (secret: string) => new otpauth.TOTP({ secret: otpauth.Secret.fromBase32(secret) })
const secrets = fc
  .uint8Array({ minLength: 10, maxLength: 128 })
  .map((key) => ({ key, secret: new otpauth.Secret({ buffer: key.slice().buffer }).base32 }))

describe('A time-based one-time code', () => {
  for (const [counter, code] of hotp.entries()) {
    it(`is ${code} in step ${counter}, as in RFC 4226`, () => {
      expect(matchStep(rfcSecret, code, counter * 30)).to.equal(counter)
    })
  }

  for (const [time, step, code] of totp) {
    it(`ends ${code} at ${time} s, as in RFC 6238`, () => {
      expect(matchStep(rfcSecret, code.slice(-6), time)).to.equal(step)
    })
  }

  it('is the one that another implementation computes, for any secret and time, beyond 2³² steps too', () => {
    const times = fc.oneof(fc.integer({ min: 60, max: 2 ** 32 }), fc.integer({ min: 2 ** 32 * 30, max: 2 ** 40 }))
    fc.assert(
      fc.property(secrets, times, ({ key, secret }, now) => {
        const step = Math.floor(now / 30)
        const code = independent(secret).generate({ timestamp: now * 1000 })
        expect(code).to.equal(reference(key, step))
        // One code in a million equals that of the next step, which is then the result.
        expect(matchStep(secret, code, now)).to.be.oneOf([step, step + 1])
      }),
      { numRuns: 500 },
    )
  })

  it('counts its steps in 64 bits', () => {
    const step = 2 ** 32 + 1
    const code = reference(Buffer.from('12345678901234567890'), step)
    expect(matchStep(rfcSecret, code, step * 30)).to.equal(step)
    expect(code).to.not.equal(hotp[1])
  })

  it('is accepted one step early and one step late, and no further', () => {
    const now = 1_700_000_000
    const step = Math.floor(now / 30)
    const at = (steps: number) => reference(Buffer.from('12345678901234567890'), step + steps)
    expect([-3, -2, -1, 0, 1, 2, 3].map((steps) => matchStep(rfcSecret, at(steps), now))).to.deep.equal([
      null,
      null,
      step - 1,
      step,
      step + 1,
      null,
      null,
    ])
  })

  it('changes at the second its step changes', () => {
    const code = hotp[5] ?? ''
    const accepted = [119, 120, 149, 150, 179, 180, 209, 210].map((now) => matchStep(rfcSecret, code, now))
    expect(accepted).to.deep.equal([null, 5, 5, 5, 5, 5, 5, null])
  })

  it('belongs to the newest step if two of the window share it', () => {
    // Found by search: steps 910737 and 910738 of the RFC secret share a code, so do 153567 and 153569.
    expect(matchStep(rfcSecret, '911617', 910_737 * 30)).to.equal(910_738)
    expect(matchStep(rfcSecret, '911617', 910_738 * 30)).to.equal(910_738)
    expect(matchStep(rfcSecret, '468457', 153_568 * 30)).to.equal(153_569)
    expect(matchStep(rfcSecret, '468457', 153_567 * 30)).to.equal(153_567)
  })

  it('has no steps before 1970', () => {
    expect(matchStep(rfcSecret, hotp[0] ?? '', 0)).to.equal(0)
    expect(matchStep(rfcSecret, hotp[1] ?? '', 0)).to.equal(1)
    expect(stepsAway(rfcSecret, hotp[0] ?? '', 3, 10)).to.equal(0)
  })

  for (const code of [
    '',
    '75522',
    '7552244',
    ' 755224',
    '755224\n',
    '٧٥٥٢٢٤',
    '75522a',
    '-75522',
    '7.5e10',
    '0x5522',
  ]) {
    it(`is not ${JSON.stringify(code)}, which is no error`, () => {
      expect(matchStep(rfcSecret, code, 0)).to.equal(null)
      expect(stepsAway(rfcSecret, code, 0, 10)).to.equal(null)
    })
  }

  it('never throws, for any input', () => {
    const typed = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^\d{6}$/))
    fc.assert(fc.property(typed, fc.nat(), (code, now) => void matchStep(rfcSecret, code, now)))
  })

  for (const time of [NaN, Infinity, -1]) {
    it(`has no step at ${time}`, () => {
      expect(() => matchStep(rfcSecret, '755224', time)).to.throw(RangeError)
    })
  }

  const damaged = ['', 'GEZDGNBV', `${rfcSecret.slice(0, -1)}1`, 'not base32!', 'A'.repeat(208), '\u0000'.repeat(32)]
  for (const secret of damaged) {
    it(`cannot be compared with the damaged secret ${JSON.stringify(secret.slice(0, 40))}, which the error does not quote`, () => {
      for (const code of ['755224', 'nonsense']) {
        const compare = () => matchStep(secret, code, 59)
        expect(compare).to.throw(/^a TOTP secret is damaged: not Base32 of 10–128 bytes$/)
        expect(() => stepsAway(secret, code, 59, 5)).to.throw(/damaged/)
      }
    })
  }

  it('is accepted with an imported secret of 10 to 128 bytes, in lower case too', () => {
    fc.assert(
      fc.property(secrets, ({ key, secret }) => {
        const found = matchStep(secret.toLowerCase(), reference(key, 1000), 30_000)
        expect(found).to.be.oneOf([1000, 1001])
      }),
    )
  })
})

describe('The offset of a clock', () => {
  const now = 1_700_000_000
  const at = (steps: number) => reference(Buffer.from('12345678901234567890'), Math.floor(now / 30) + steps)

  it('is counted in steps, behind and ahead, within the given reach', () => {
    for (let steps = -10; steps <= 10; steps += 1) {
      expect(stepsAway(rfcSecret, at(steps), now, 10), String(steps)).to.equal(steps)
      expect(stepsAway(rfcSecret, at(steps), now, 5), String(steps)).to.equal(Math.abs(steps) <= 5 ? steps : null)
    }
    expect(stepsAway(rfcSecret, at(11), now, 10)).to.equal(null)
    expect(stepsAway(rfcSecret, at(-11), now, 10)).to.equal(null)
  })

  it('is the shortest one that explains the code, ahead if two are equal', () => {
    expect(stepsAway(rfcSecret, '911617', 910_740 * 30, 10)).to.equal(-2)
    expect(stepsAway(rfcSecret, '911617', 910_735 * 30, 10)).to.equal(2)
    expect(stepsAway(rfcSecret, '468457', 153_568 * 30, 10)).to.equal(1)
  })

  for (const within of [0, 11, -1, 1.5, NaN]) {
    it(`cannot be searched within ${within} steps`, () => {
      expect(() => stepsAway(rfcSecret, '755224', 0, within)).to.throw(RangeError)
    })
  }
})

describe('A new TOTP secret', () => {
  it('has 160 bits, is Base32 without padding and never the same twice', () => {
    const made = Array.from({ length: 1000 }, () => newSecret())
    expect(new Set(made)).to.have.property('size', 1000)
    for (const secret of made) {
      expect(secret).to.match(/^[A-Z2-7]{32}$/)
      expect(otpauth.Secret.fromBase32(secret).bytes).to.have.length(20)
    }
  })

  it('is exactly the output of the generator', () => {
    expect(newSecret(() => Buffer.from('12345678901234567890'))).to.equal(rfcSecret)
  })

  it('is refused if the generator returns too little', () => {
    expect(() => newSecret(() => new Uint8Array(10))).to.throw(RangeError)
  })
})

describe('The address in a QR code', () => {
  it('contains type, label, secret and issuer, and nothing else', () => {
    expect(otpauthUri({ issuer: 'Acme', account: 'ada@example.com', secret: rfcSecret })).to.equal(
      `otpauth://totp/Acme:ada%40example.com?secret=${rfcSecret}&issuer=Acme`,
    )
  })

  it('is read correctly by another implementation, for any names', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    // Longer ones are shortened.
    const isShort = (name: string) => encodeURIComponent(name).length <= 90
    const issuers = names.filter((name) => !name.includes(':') && isShort(name))
    fc.assert(
      fc.property(issuers, names.filter(isShort), (issuer, account) => {
        const read = otpauth.URI.parse(otpauthUri({ issuer, account, secret: rfcSecret }))
        expect(read).to.include({ issuer, label: account, algorithm: 'SHA1', digits: 6, period: 30 })
        expect(read.secret.base32).to.equal(rfcSecret)
      }),
    )
  })

  it('cannot contain another issuer, parameter or path because of a name', () => {
    const url = new URL(otpauthUri({ issuer: 'Ac:me', account: 'x?secret=A&issuer=B#/:c', secret: rfcSecret }))
    expect([...url.searchParams.keys()]).to.deep.equal(['secret', 'issuer'])
    expect(url.searchParams.get('secret')).to.equal(rfcSecret)
    expect(url.pathname.split(':')).to.have.length(2)
    expect(url.hash).to.equal('')
  })

  it('accepts a name with half a surrogate pair', () => {
    expect(otpauthUri({ issuer: 'Acme', account: '\ud800', secret: rfcSecret })).to.include('%EF%BF%BD')
  })

  it('contains its own secret: 1000 of them, 20 bytes each, all different', () => {
    const uris = Array.from({ length: 1000 }, () => otpauthUri({ issuer: 'Acme', account: 'a', secret: newSecret() }))
    const read = uris.map((uri) => otpauth.URI.parse(uri).secret)
    expect(read.every((secret) => secret.bytes.length >= 20)).to.equal(true)
    expect(new Set(read.map((secret) => secret.base32))).to.have.property('size', 1000)
  })
})
