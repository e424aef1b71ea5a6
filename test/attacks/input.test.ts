/** Whatever is typed, pasted or sent into a field: the designed answer, the page as it was, nothing counted, nothing failed. */
import { expect } from 'chai'
import { request } from 'node:http'
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

  const apps: Record<string, (person: Person) => Promise<Page>> = {
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
    ['what is not seen', '\u200b\u2060\ufeff', EMPTY],
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
    ['half a letter', '\ud800', SHAPE],
    ['letters of four bytes', '😀😀😀', SHAPE],
    ['fractions and circles', '½½½½½½', SHAPE],
    ['markup', '<script>alert(1)</script>', SHAPE],
    ['a query', "' OR 1=1--", SHAPE],
    ['a thousand digits', '1'.repeat(1000), SHAPE],
    ['thirty thousand', '1'.repeat(30_000), SHAPE],
    ['combining marks', `1${'\u0301'.repeat(60)}`, SHAPE],
  ]
  const accepted: [what: string, spell: (code: string) => string][] = [
    ['with a space', (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['with dashes', (code) => code.split('').join('-')],
    ['full-width', (code) => code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
    ['Arabic', (code) => code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))],
    ['with what is not seen', (code) => `\u202a${code}\u202c\u200b\n`],
  ]

  for (const [where, reach] of Object.entries(apps))
    it(`(${where}) answers 422 on the same page, with the sentence`, async () => {
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
      // Whatever was sent, nothing of it was counted as a guess: the right one is taken.
      if (where === 'Enter your code')
        expect((await page.visitor.submit(page, { code: await person.code() })).status).to.equal(200)
    })

  it('takes the right one however a phone spells it', async () => {
    for (const [what, spell] of accepted) {
      const person = await fixture.person()
      await fixture.enter(person)
      const page = await fixture.challenge(person)
      expect((await page.visitor.submit(page, { code: spell(await person.code()) })).status, what).to.equal(200)
    }
  })

  it('(backup codes) answers 422 on the same page, counts shapes as no guess of the authenticator’s, and forgives spelling', async () => {
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

  it('answers whatever is sent as email and password', async () => {
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

  it('answers whatever is sent as a body', async () => {
    const page = await fixture.begin()
    const { action, token } = page.form!
    const own = { origin: fixture.issuer }
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...own }
    const bodies: [string, Record<string, string>, number[]][] = [
      ['', form, [403]],
      ['&&&==&', form, [403]],
      ['%', form, [403]],
      ['%ff%fe=%ff', form, [403]],
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

describe('The provider’s own endpoints', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** A megabyte, on a connection of its own: whoever sends too much may find the door shut before they have finished. */
  const tooMuch = (path: string): Promise<number> =>
    new Promise((resolve) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const sent = request(`${fixture.issuer}${path}`, { method: 'POST', agent: false, headers }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      sent.on('error', () => resolve(0))
      sent.end('x'.repeat(1_000_000))
    })

  it('answer nonsense without failing', async () => {
    const paths = [
      '/auth',
      '/token',
      '/me',
      '/request',
      '/token/introspection',
      '/token/revocation',
      '/session/end',
      '/session/end/confirm',
      '/jwks',
      '/auth/nobody',
      '/sign-in/nobody',
      '/sign-in/nobody/consent',
    ]
    const bodies: [string, string][] = [
      ['application/x-www-form-urlencoded', 'a=1&a=2&client_id=app&client_id=desk'],
      ['application/x-www-form-urlencoded', `grant_type=authorization_code&code=${'x'.repeat(20_000)}&client_id=spa`],
      ['application/x-www-form-urlencoded', 'grant_type=__proto__&client_id=spa'],
      ['application/x-www-form-urlencoded', 'grant_type=password&username=a&password=b&client_id=spa'],
      ['application/x-www-form-urlencoded', 'grant_type=refresh_token&refresh_token=%00&client_id=spa'],
      ['application/x-www-form-urlencoded', 'client_id=%00&token=%00'],
      ['application/json', '{"__proto__":{}}'],
      ['text/plain', 'x'],
    ]
    for (const path of paths) {
      for (const [type, body] of bodies) {
        const sent = { method: 'POST', redirect: 'manual', headers: { 'content-type': type }, body } as const
        const { status } = await fetch(`${fixture.issuer}${path}`, sent)
        expect(status, `POST ${path} ${body.slice(0, 40)}`).to.be.lessThan(500)
      }
      // 502 is what the proxy in front of several processes makes of a door that is shut early.
      expect(await tooMuch(path), `POST ${path}`).to.satisfy((status: number) => status < 500 || status === 502)
      for (const query of [
        '',
        '?a=1&a=2',
        '?client_id=%00',
        '?client_id=app&response_type=token',
        '?__proto__=1',
        '?client_id=app&request_uri=urn:x',
        '?client_id=app&request=e30.e30.',
        `?id_token_hint=${'a.'.repeat(50)}`,
        '?client_id=app&redirect_uri=javascript:alert(1)&response_type=code&scope=openid',
        '?client_id=app&response_mode=form_post',
        '?%ff=%ff',
      ]) {
        const answer = await fetch(`${fixture.issuer}${path}${query}`, {
          redirect: 'manual',
          headers: { accept: 'text/html' },
        })
        expect(answer.status, `GET ${path}${query}`).to.be.lessThan(500)
        expect(answer.headers.get('location') ?? '').not.to.match(/^javascript/)
      }
    }
  })

  it('send nobody to an address that is not registered', async () => {
    const addresses = [
      'https://evil.example/',
      'http://127.0.0.1:9/callback/',
      'http://127.0.0.1:9/callback?x=1',
      'http://127.0.0.1:9/callback#x',
      'http://127.0.0.1:9@evil.example/callback',
      'http://127.0.0.1:10/callback',
      '//evil.example',
      'http://127.0.0.1:9/Callback',
      'http://127.0.0.1:9/callback%00',
    ]
    for (const redirect_uri of addresses) {
      const page = await fixture.visitor().get(fixture.ask('app', { redirect_uri }).path)
      expect([redirect_uri, page.status, page.location]).to.deep.equal([redirect_uri, 400, null])
      expect(page.text).not.to.include('href="http://evil').and.not.to.include('href="https://evil')
    }
  })

  it('take no request without PKCE, with a weak one, or by an implicit flow', async () => {
    const cases: Record<string, string>[] = [
      { code_challenge: '' },
      { code_challenge_method: 'plain' },
      { response_type: 'token' },
      { response_type: 'id_token' },
      { response_type: 'code id_token' },
      { response_type: 'none' },
    ]
    const { visitor } = await fixture.enter(await fixture.person())
    for (const parameters of cases) {
      const page = await visitor.get(fixture.ask('app', { ...parameters, prompt: 'none' }).path)
      // An error goes where the answer would have gone: into the fragment, for an implicit flow.
      const error = /[?#&]error=(\w+)/.exec(page.location ?? '')?.[1] ?? page.status
      expect(error, JSON.stringify(parameters)).to.be.oneOf(['invalid_request', 'unsupported_response_type', 400])
      expect(page.location ?? '').not.to.match(/[?&#](code|id_token|access_token)=/)
    }
    const entered = await fixture.enter(await fixture.person())
    const wrong = { ...entered, request: { ...entered.request, verifier: 'x'.repeat(43) } }
    expect((await fixture.exchange(wrong)).body.error).to.equal('invalid_grant')
  })
})
