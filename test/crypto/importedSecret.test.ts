import { expect } from 'chai'
import * as fc from 'fast-check'
import * as otpauth from 'otpauth'
import { readImported } from '../../src/crypto/importedSecret.ts'
import { matchStep } from '../../src/crypto/totp.ts'

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const secretOf = (bytes: number): string => new otpauth.Secret({ buffer: new Uint8Array(bytes).fill(3).buffer }).base32
const read = (text: string): unknown => {
  const imported = readImported(text)
  return imported.is === 'secret' ? imported.secret : imported.why
}

describe('A secret made elsewhere', () => {
  it('is normalised: spaces, dashes, case and padding do not matter', () => {
    const same = [
      'jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp',
      'JBSW-Y3DP-EHPK-3PXP–JBSW-Y3DP-EHPK-3PXP',
      ` ${SECRET}\n`,
      `${SECRET}====`,
      `otpauth://totp/Bank:ana?secret=${SECRET}&issuer=Bank`,
      `OTPAUTH://TOTP/ana?secret=jbsw+y3dp+ehpk+3pxp+jbsw+y3dp+ehpk+3pxp&algorithm=SHA-1&digits=6&period=30`,
    ]
    expect(same.map(read)).to.deep.equal(same.map(() => SECRET))
  })

  it('has 10 to 128 bytes; less than 16 are short', () => {
    expect([9, 10, 15, 16, 20, 128, 129].map((bytes) => readImported(secretOf(bytes)))).to.deep.equal([
      { is: 'refused', why: 'too-short' },
      ...[10, 15].map((bytes) => ({ is: 'secret', secret: secretOf(bytes), isShort: true, isUnusual: false })),
      ...[16, 20, 128].map((bytes) => ({ is: 'secret', secret: secretOf(bytes), isShort: false, isUnusual: false })),
      { is: 'refused', why: 'too-long' },
    ])
  })

  it('keeps its codes, whatever follows its last whole byte', () => {
    const key = fc.uint8Array({ minLength: 10, maxLength: 128 })
    fc.assert(
      fc.property(key, fc.constantFrom('', '7', 'A', '77'), (bytes, tail) => {
        const { base32 } = new otpauth.Secret({ buffer: bytes.slice().buffer })
        // Eight further bits would be another byte.
        const isIgnored = (base32.length + tail.length) * 5 < (bytes.length + 1) * 8
        const imported = readImported(base32 + (isIgnored ? tail : ''))
        if (imported.is !== 'secret') return expect.fail(imported.why)
        const code = new otpauth.TOTP({ secret: otpauth.Secret.fromBase32(base32) }).generate({ timestamp: 3_000_000 })
        expect(matchStep(imported.secret, code, 3000)).to.be.oneOf([100, 101])
      }),
    )
  })

  const refused: Readonly<Record<string, string>> = {
    '': 'not-base32',
    'not a secret!': 'not-base32',
    [`${SECRET.slice(1)}1`]: 'not-base32',
    otp: 'too-short',
    'otpauth://totp/b': 'not-base32',
    'otpauth://totp': 'not-totp',
    [`otpauth://hotp/b?secret=${SECRET}&counter=1`]: 'not-totp',
    [`otpauth://totp/b?secret=${SECRET}&algorithm=MD5`]: 'not-sha1',
    [`otpauth://totp/b?secret=${SECRET}&digits=7`]: 'not-6-digits',
    [`otpauth://totp/b?secret=${SECRET}&period=5`]: 'not-30-seconds',
  }
  for (const [text, why] of Object.entries(refused))
    it(`is refused: ${JSON.stringify(text.replace(SECRET, '…'))} is ${why}`, () => expect(read(text)).to.equal(why))
})
