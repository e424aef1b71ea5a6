/** One judge of email addresses: spellings of one address have one canonical form, and what has none cannot be mailed to. */
import { domainToASCII, domainToUnicode } from 'node:url'
import { expect } from 'chai'
import fc from 'fast-check'
import { asciiEmail, emailFault, givenEmail, sameEmail, searchText, spellings, typedEmail } from '../../src/email.ts'

/** Canonical form → spellings that a person may type or paste. */
const spelled: Readonly<Record<string, readonly string[]>> = {
  'ana@example.com': [
    ' ANA@Example.COM\t',
    '\u00A0ana@example.com\u3000',
    'ａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ',
    'ana@example。com',
  ],
  'ana@müller.example': [
    'ana@xn--mller-kva.example',
    'ANA@XN--MLLER-KVA.EXAMPLE',
    'Ana@MÜLLER.example',
    'ana@mu\u0308ller.example',
    'ana@ｍüller.example',
  ],
  'ana@faß.example': ['ana@xn--fa-hia.example', 'ana@FAẞ.example'],
  'jörg@例え.jp': ['jo\u0308rg@xn--r8jz45g.jp', 'JÖRG@例え。jp'],
  'ana@نامه\u200Cای.com': ['ana@xn--mgba3gch31f060k.com'],
  "o'neil+tag/x=y@example.com": ["O'Neil+tag/x=y@example.com"],
  [`${'a'.repeat(64)}@example.com`]: [`${'A'.repeat(64)}@example.com`],
}

/** Spellings of ana@example.com with a character that is not seen. */
const hidden: Readonly<Record<string, string>> = {
  'U+200B': 'an\u200Ba@example.com',
  'U+202A': '\u202Aana@example.com\u202C',
  'U+00AD': 'ana@exam\u00ADple.com',
  'U+FEFF': '\uFEFFana@example.com',
  'U+2060': 'ana\u2060@example.com',
  'U+200C': 'ana@exa\u200Cmple.com',
  'U+200D': 'an\u200Da@example.com',
  'U+FE0F': 'ana@example\uFE0F.com',
  'U+3164': 'ana\u3164@example.com',
  'U+E0001': 'ana\u{E0001}@example.com',
}

const none = [
  '',
  '@',
  'ana',
  'ana@',
  '@example.com',
  'a@b@example.com',
  'ana @example.com',
  'ana@exam ple.com',
  'first:last@example.com',
  'a(b)@example.com',
  'a,b@example.com',
  'a;b@example.com',
  'a"b@example.com',
  '"a b"@example.com',
  'a\\b@example.com',
  '<ana@example.com>',
  'Ana <ana@example.com>',
  'a[b]@example.com',
  '.ana@example.com',
  'ana.@example.com',
  'a..b@example.com',
  'a\u037Eb@example.com',
  'ana\n@example.com',
  'ana@example.com\r\nBcc: eve@example.com',
  'ana@example.com\0',
  'a\uD800@example.com',
  'a\uFFFD@example.com',
  'ana@127.0.0.1',
  'ana@1.2',
  'ana@0x7f.1',
  'ana@[127.0.0.1]',
  'ana@a%41.com',
  'ana@a/b',
  'ana@a:25',
  'ana@a?b',
  'ana@example.com.',
  'ana@.com',
  'ana@a..b',
  'ana@exa_mple.com',
  'ana@-a.com',
  'ana@a-.com',
  'ana@xn--a.example',
  `ana@${'b'.repeat(64)}.com`,
  'ana@example\u2024com',
  'ana@#.com',
]
const tooLong = [
  `${'a'.repeat(65)}@example.com`,
  `${'ü'.repeat(33)}@example.com`,
  `${'a'.repeat(64)}@${`${'b'.repeat(60)}.`.repeat(3)}example`,
]

describe('An email address', () => {
  for (const [canonical, others] of Object.entries(spelled))
    for (const spelling of [canonical, ...others])
      it(`${JSON.stringify(spelling)} is ${canonical}`, () => {
        expect([typedEmail(spelling), givenEmail(spelling)]).to.deep.equal([canonical, canonical])
        expect([emailFault(spelling), sameEmail(spelling, canonical)]).to.deep.equal([null, true])
        expect([searchText(spelling), spellings(spelling)[0]]).to.deep.equal([canonical, canonical])
      })

  for (const [character, spelling] of Object.entries(hidden))
    it(`with ${character} is read where a person pastes, and a fault where a file brings it`, () => {
      expect(typedEmail(spelling)).to.equal('ana@example.com')
      expect([givenEmail(spelling), emailFault(spelling)]).to.deep.equal([
        null,
        `contains an invisible character, ${character}`,
      ])
    })

  for (const text of [...none, ...tooLong])
    it(`${JSON.stringify(text).slice(0, 60)} is none`, () => {
      expect([typedEmail(text), givenEmail(text)]).to.deep.equal([null, null])
      expect(emailFault(text)).to.match(tooLong.includes(text) ? /^must have at most 64 bytes/ : /^must be an email/)
    })

  it('of another script is another address', () => {
    const alike = [
      'apple@example.com',
      'аpple@example.com',
      'apple@еxample.com',
      'applе@example.com',
      'ａpplℯ@example.com',
    ]
    expect(new Set(alike.map((text) => typedEmail(text))).size).to.equal(alike.length)
    expect(typedEmail('ﬁ@example.com')).to.not.equal(typedEmail('fi@example.com'))
  })

  it('is ASCII for mail and for programs where it can be', () => {
    expect(asciiEmail('ana@müller.example')).to.equal('ana@xn--mller-kva.example')
    expect(asciiEmail('jörg@müller.example')).to.equal('jörg@müller.example')
    expect(spellings('ANA@müller.example')).to.deep.equal(['ana@müller.example', 'ana@xn--mller-kva.example'])
    expect([spellings('ana@example.com'), spellings('ana')]).to.deep.equal([['ana@example.com'], ['ana']])
  })

  it('in ASCII is judged alike in both cases', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-', '.', '_', '+'), minLength: 1, maxLength: 9 })
    const text = fc.tuple(part, fc.constantFrom('@', '@x.'), part, fc.constantFrom('', '.example', '.xn--a', '.9'))
    fc.assert(
      fc.property(text, (parts) => {
        const address = parts.join('')
        expect(typedEmail(address)).to.equal(typedEmail(address.toUpperCase()))
      }),
      { numRuns: 2000 },
    )
  })

  it('has a canonical form that is its own canonical form', () => {
    const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 9 })
    const text = fc.tuple(
      part,
      fc.constantFrom('@', '＠'),
      part,
      fc.constantFrom('.example', '。com', '.xn--mller-kva'),
    )
    fc.assert(
      fc.property(text, (parts) => {
        const email = typedEmail(parts.join(''))
        if (email === null) return
        expect([typedEmail(email), givenEmail(email)]).to.deep.equal([email, email])
        expect(typedEmail(asciiEmail(email))).to.equal(email)
      }),
      { numRuns: 2000 },
    )
  })

  it('has the domain of UTS 46, however ordinary it looks', () => {
    const characters = fc.string({
      unit: fc.constantFrom('a', 'x', 'n', '-', '.', '0', '1', '7', '9', 'f'),
      minLength: 1,
      maxLength: 16,
    })
    const start = fc.constantFrom('', 'xn--', 'a.xn--', 'xn--mller-kva.', 'ab--', '0x')
    fc.assert(
      fc.property(fc.tuple(start, characters), (parts) => {
        const domain = parts.join('')
        const email = typedEmail(`a@${domain}`)
        if (email !== null) expect(email).to.equal(`a@${domainToUnicode(domainToASCII(domain))}`)
        expect(typedEmail(`a@${domain.toUpperCase()}`)).to.equal(email)
      }),
      { numRuns: 5000 },
    )
  })
})
