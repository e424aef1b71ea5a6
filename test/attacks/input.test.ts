/** Malformed input in the fields of our pages: the designed answer on the same page, not counted. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Page } from '../support/client.ts'
import { WRONG_CODE } from '../support/sentences.ts'

const EMPTY = 'Enter the 6-digit code from your authenticator app.'
const SHAPE = 'The code must be 6 digits.'
const BACKUP = 'That looks like a backup code. Use it on the page for backup codes.'
const EMPTY_BACKUP = 'Enter one of your backup codes.'
const WRONG_BACKUP = 'That backup code is wrong or was already used. Try another one.'

describe('A field for a code', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const pages: Record<string, (person: Person) => Promise<Page>> = {
    'Enter your code': async (person) => fixture.challenge(person),
    'Set up your authenticator': async () => fixture.challenge(await fixture.person({ enrolled: false })),
    'Set up your authenticator, by the link': async () => {
      const visitor = fixture.visitor()
      return visitor.submit(await visitor.get((await fixture.reset(await fixture.person())).link), {})
    },
  }

  const typed: [what: string, code: string | string[], says: string][] = [
    ['nothing', '', EMPTY],
    ['blanks', ' \t\n ', EMPTY],
    ['invisible characters', '\u200b\u2060\ufeff', EMPTY],
    ['five digits', '12345', SHAPE],
    ['seven digits', '1234567', SHAPE],
    ['letters', 'abcdef', SHAPE],
    ['a number', '1e5', SHAPE],
    ['signs', '+12345', SHAPE],
    ['digits and a letter', '12345a', SHAPE],
    ['a code twice', ['000000', '000000'], SHAPE],
    ['two codes', ['000000', '111111'], SHAPE],
    ['NUL', '\u0000\u0000\u0000\u0000\u0000\u0000', SHAPE],
    ['a NUL behind it', '000000\u0000', SHAPE],
    ['half a surrogate pair', '\ud800', SHAPE],
    ['characters of four bytes', '😀😀😀', SHAPE],
    ['fractions and circles', '½½½½½½', SHAPE],
    ['markup', '<script>alert(1)</script>', SHAPE],
    ['SQL', "' OR 1=1--", SHAPE],
    ['a thousand digits', '1'.repeat(1000), SHAPE],
    ['thirty thousand', '1'.repeat(30_000), SHAPE],
    ['combining marks', `1${'\u0301'.repeat(60)}`, SHAPE],
  ]
  const accepted: [what: string, spell: (code: string) => string][] = [
    ['with a space', (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['with dashes', (code) => code.split('').join('-')],
    ['full-width', (code) => code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
    ['Arabic', (code) => code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))],
    ['with invisible characters', (code) => `\u202a${code}\u202c\u200b\n`],
  ]

  for (const [where, reach] of Object.entries(pages))
    it(`on “${where}” answers 422 on the same page, with the sentence`, async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      const page = await reach(person)
      const h1 = where.split(',')[0]
      expect(page.h1).to.equal(h1)
      const more: typeof typed = where === 'Enter your code' ? [['a backup code', person.codes[0]!, BACKUP]] : []
      for (const [what, code, says] of [...typed, ...more]) {
        const answer = await page.visitor.submit(page, { code })
        expect([what, answer.status, answer.h1, answer.alert]).to.deep.equal([what, 422, h1, says])
        expect(answer.text).not.to.include('<script>alert')
        expect(answer.form?.action).to.equal(page.form?.action)
      }
      // No code at all, and one under another name.
      for (const fields of [{}, { Code: '000000' }, { 'code[]': '000000' }, { 'code[0]': '000000' }]) {
        const answer = await page.visitor.submit(page, fields)
        expect([answer.status, answer.h1, answer.alert]).to.deep.equal([422, h1, EMPTY])
      }
      const wrong = await page.visitor.submit(page, { code: '000000' })
      expect([wrong.status, wrong.h1, wrong.alert]).to.deep.equal([422, h1, WRONG_CODE])
      const tooMuch = await page.visitor.submit(page, { code: '1'.repeat(10_000_000) })
      expect(tooMuch.status).to.equal(413)
      // None of these was counted as a failed attempt: the right code is accepted.
      if (where === 'Enter your code')
        expect((await page.visitor.submit(page, { code: await person.code() })).status).to.equal(200)
    })

  it('accepts the right code in other spellings', async () => {
    for (const [what, spell] of accepted) {
      const person = await fixture.person()
      await fixture.enter(person)
      const page = await fixture.challenge(person)
      expect((await page.visitor.submit(page, { code: spell(await person.code()) })).status, what).to.equal(200)
    }
  })

  it('for backup codes answers 422 on the same page, and accepts other spellings', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    const page = await fixture.backup(person)
    const shapes: [string | string[], string][] = [
      ['', EMPTY_BACKUP],
      ['  ', EMPTY_BACKUP],
      ['123456', WRONG_BACKUP],
      [[person.codes[0]!, person.codes[1]!], EMPTY_BACKUP],
      ['\u0000', WRONG_BACKUP],
      ['A'.repeat(30_000), WRONG_BACKUP],
    ]
    for (const [code, says] of shapes) {
      const answer = await page.visitor.submit(page, { code })
      expect([answer.status, answer.h1, answer.alert]).to.deep.equal([422, 'Use a backup code', says])
    }
    const code = person.codes[0]!.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    expect((await page.visitor.submit(page, { code: `10. ${code}` })).status).to.equal(200)
  })
})

describe('The sign-in form', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('answers 422 to malformed emails and passwords', async () => {
    const person = await fixture.person()
    const page = await fixture.begin()
    const again: [Record<string, string | string[]>, string][] = [
      [{ email: '', password: '' }, 'Enter your email and your password.'],
      [{ email: person.email, password: '' }, 'Enter your email and your password.'],
      [{}, 'Enter your email and your password.'],
      [{ email: [person.email, person.email], password: person.password }, 'Enter your email and your password.'],
      [{ email: person.email, password: [person.password, person.password] }, 'Enter your email and your password.'],
    ]
    const odd = [
      '\u0000',
      `${person.email}\u0000`,
      '<b>@x',
      'a@b\r\nBcc: c@d',
      '😀@😀',
      `${'a'.repeat(20_000)}@x`,
      '__proto__@constructor',
      "' OR ''='",
      '\ud800@x',
    ]
    for (const email of odd) again.push([{ email, password: person.password }, 'That email and password do not match.'])
    for (const password of ['\u0000', `${person.password}\u0000`, ` ${person.password}`, 'x'.repeat(20_000), '\ud800'])
      again.push([{ email: person.email, password }, 'That email and password do not match.'])
    for (const [fields, says] of again) {
      const answer = await page.visitor.submit(page, fields)
      expect([answer.status, answer.h1, answer.alert], JSON.stringify(fields).slice(0, 80)).to.deep.equal([
        422,
        'Sign in',
        says,
      ])
      expect(answer.text).not.to.include('<b>@x')
    }
    expect(
      (await page.visitor.submit(page, { email: `  ${person.email.toUpperCase()} `, password: person.password }))
        .status,
    ).to.equal(200)
  })

  it('answers malformed bodies without a server error', async () => {
    const page = await fixture.begin()
    const { action, token } = page.form!
    const own = { origin: fixture.issuer }
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...own }
    const bodies: [string, Record<string, string>, number[]][] = [
      ['', form, [403]],
      ['&&&==&', form, [403]],
      ['%', form, [403]],
      ['%ff%fe=%ff', form, [400]],
      [`form_token=${encodeURIComponent(token)}&__proto__=1&constructor=2&toString=3`, form, [422]],
      [`form_token=${encodeURIComponent(token)}&${'a=b&'.repeat(7000)}`, form, [422]],
      [`form_token=${encodeURIComponent(token)}`, { ...form, 'content-encoding': 'gzip' }, [415, 422]],
      [
        `form_token=${encodeURIComponent(token)}`,
        { ...own, 'content-type': 'application/x-www-form-urlencoded; charset=utf-16' },
        [415, 422],
      ],
      [JSON.stringify({ form_token: token }), { ...own, 'content-type': 'application/json' }, [415]],
      ['a'.repeat(10_000_000), form, [413]],
    ]
    for (const [body, headers, statuses] of bodies)
      expect((await page.visitor.post(action, body, headers)).status, body.slice(0, 40)).to.be.oneOf(statuses)
  })
})
