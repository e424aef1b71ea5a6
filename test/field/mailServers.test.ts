/** Mail servers as houses have them: strict ones, private authorities, none of the extensions. The email arrives, or the reason says why not. */
import { expect } from 'chai'
import { simpleParser } from 'mailparser'
import { Resolver } from 'node:dns'
import { generate } from 'selfsigned'
import { words } from '../../src/i18n/messages.ts'
import { smtpMailer, type SmtpOptions } from '../../src/mail/smtp.ts'
import { templates } from '../../src/mail/templates.ts'
import type { Email } from '../../src/ports.ts'
import { type MailScript, openScriptedMailServer, type ScriptedMailServer } from '../support/scriptedMailServer.ts'

const issuer = 'https://identity.a-rather-long-name.example.com'
const link = `${issuer}/two-factor/reset/${'r'.repeat(22)}.${'t'.repeat(43)}`
const write = templates({ issuer, brand: { name: 'Acme ID' }, words: (locale) => words(locale ?? 'en') })
const emailFor = (name: string, locale: string): Email => ({
  ...write.reset({
    person: { email: 'ana@example.com', name, locale },
    at: 1_777_816_951,
    link,
    expiresAt: 1_777_845_751,
    proofs: { both: false, because: [] },
  }),
  to: 'ana@example.com',
  id: '1',
})

const certificateOf = async (name: string) => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  })
  return { key, cert }
}

describe('the mail server of a house', () => {
  let here: { readonly key: string; readonly cert: string }
  let elsewhere: { readonly key: string; readonly cert: string }
  const open: { close(): unknown }[] = []
  before(async () => {
    ;[here, elsewhere] = await Promise.all([certificateOf('localhost'), certificateOf('mx.example.com')])
  })
  afterEach(async () => {
    for (const item of open.splice(0)) await item.close()
  })

  async function served(script: MailScript, more: Partial<SmtpOptions> = {}, scheme = 'smtp', user = '') {
    const server = await openScriptedMailServer(script)
    const url = `${scheme}://${user}localhost:${server.port}`
    const mailer = smtpMailer({ url, from: 'no-reply@example.com', issuer, ...more })
    open.push(server, mailer)
    const outcome = mailer.deliver(emailFor('Ana', 'en')).catch((error: Error) => error.message)
    return { server, outcome: await outcome, verified: await mailer.verify!(AbortSignal.timeout(5000)).catch(String) }
  }
  const namesIn = ({ commands }: ScriptedMailServer): string[] => [
    ...new Set(commands.filter((line) => line.startsWith('EHLO')).map((line) => line.slice(5))),
  ]

  it('refuses address literals and wants encryption: the email arrives with the issuer’s host as the name', async () => {
    const script = {
      takesName: (name: string) => !name.startsWith('[') && name.includes('.'),
      wantsTls: true,
      tls: here,
    }
    const { server, outcome } = await served(script, { tls: 'required', ca: here.cert })
    expect(outcome).to.equal('250 2.0.0')
    expect(namesIn(server)).to.deep.equal(['identity.a-rather-long-name.example.com'])
    expect(server.commands.indexOf('STARTTLS')).to.be.lessThan(
      server.commands.findIndex((line) => line.startsWith('MAIL')),
    )
  })

  const names: readonly (readonly [string, Partial<SmtpOptions>, string])[] = [
    ['mail.ehlo_name', { ehloName: 'out.acme.example' }, 'out.acme.example'],
    ['the sender’s domain where the issuer is an address', { issuer: 'https://192.168.1.5' }, 'example.com'],
    ['the sender’s domain where the issuer is an IPv6 address', { issuer: 'https://[fd00::1]' }, 'example.com'],
    ['the sender’s domain where the issuer has no dot', { issuer: 'http://localhost:3000' }, 'example.com'],
  ]
  for (const [what, more, name] of names)
    it(`is told ${what}`, async () => expect(namesIn((await served({}, more)).server)).to.deep.equal([name]))

  it('is found by the hosts file, whatever DNS answers', async () => {
    const { resolve4 } = Resolver.prototype
    const answer = (_name: string, done: (error: null, addresses: string[]) => void): void =>
      done(null, ['203.0.113.9'])
    Object.assign(Resolver.prototype, { resolve4: answer })
    const server = await openScriptedMailServer()
    const url = `smtp://LOCALHOST:${server.port}`
    const mailer = smtpMailer({ url, from: 'no-reply@example.com', tls: 'off', deadlineSeconds: 2 })
    open.push(server, mailer)
    const outcome = await mailer.deliver(emailFor('Ana', 'en')).catch((error: Error) => error.message)
    Object.assign(Resolver.prototype, { resolve4 })
    expect(outcome).to.equal('250 2.0.0')
  })

  it('is named as the reason when it takes no name', async () => {
    const { outcome } = await served({ takesName: () => false }, { tls: 'required' })
    expect(outcome).to.match(/^name: .*mail\.ehlo_name \(504 5\.5\.2 at EHLO\)$/)
  })

  /** Certificate, scheme and mode, and what becomes of the email. */
  const required = { tls: 'required' } as const
  const encryption: readonly (readonly [string, () => MailScript, () => Partial<SmtpOptions>, string, RegExp])[] = [
    ['no encryption', () => ({}), () => required, 'smtp', /^tls: .*\(502 5\.5\.1 at STARTTLS\)$/],
    ['no encryption, mode off', () => ({}), () => ({ tls: 'off' }), 'smtp', /^250/],
    ['no encryption, mode opportunistic', () => ({}), () => ({ tls: 'opportunistic' }), 'smtp', /^250/],
    ['no EHLO', () => ({ ehlo: '502 5.5.1 no' }), () => required, 'smtp', /^tls: .*\(502 5\.5\.1 at EHLO\)$/],
    ['STARTTLS refused', () => ({ tls: here, starttls: '454 4.7.0 not now' }), () => required, 'smtp', /^tls: .*454/],
    [
      'STARTTLS refused, mode opportunistic',
      () => ({ tls: here, starttls: '454 4.7.0 not now' }),
      () => ({ tls: 'opportunistic' }),
      'smtp',
      /^250/,
    ],
    [
      'a private authority',
      () => ({ tls: here }),
      () => required,
      'smtp',
      /^tls: .*\(the certificate is not trusted\)$/,
    ],
    [
      'a private authority in mail.ca_file',
      () => ({ tls: here }),
      () => ({ ...required, ca: here.cert }),
      'smtp',
      /^250/,
    ],
    [
      'a private authority, mode opportunistic',
      () => ({ tls: here }),
      () => ({ tls: 'opportunistic' }),
      'smtp',
      /^250/,
    ],
    [
      'another authority',
      () => ({ tls: here }),
      () => ({ ...required, ca: elsewhere.cert }),
      'smtp',
      /^tls: .*not trusted/,
    ],
    [
      'a certificate for another name',
      () => ({ tls: elsewhere }),
      () => ({ ...required, ca: elsewhere.cert }),
      'smtp',
      /^tls: .*\(the certificate is for another name\)$/,
    ],
    [
      'TLS at once',
      () => ({ tls: { ...here, atOnce: true } }),
      () => ({ ...required, ca: here.cert }),
      'smtps',
      /^250/,
    ],
    [
      'TLS at once, not trusted',
      () => ({ tls: { ...here, atOnce: true } }),
      () => required,
      'smtps',
      /^tls: .*not trusted/,
    ],
    ['plain where TLS at once is expected', () => ({}), () => required, 'smtps', /^tls: .*: write smtp:\/\/\)$/],
  ]
  for (const [what, script, more, scheme, expected] of encryption)
    it(`with ${what}: ${expected.source}`, async () => {
      const { server, outcome, verified } = await served(script(), more(), scheme)
      expect(outcome).to.match(expected)
      const isSent = outcome.startsWith('250')
      expect(server.texts).to.have.length(isSent ? 1 : 0)
      // The doctor uses the same connection and words.
      if (isSent) expect(verified).not.to.be.a('string')
      else expect(String(verified)).to.contain(outcome)
    })

  it('takes percent-encoded users and passwords', async () => {
    const { server, outcome } = await served({ auth: '' }, {}, 'smtp', 'ana%40example.com:p%40s%2Fs%25%23@')
    expect(outcome).to.equal('250 2.0.0')
    const [, credentials = ''] = /^AUTH PLAIN (\S+)$/m.exec(server.commands.join('\n')) ?? []
    expect(Buffer.from(credentials, 'base64').toString()).to.equal('\0ana@example.com\0p@s/s%#')
  })

  it('offers no sign-in though a user is configured: nothing is sent without the user, and the reason says so', async () => {
    const { server, outcome, verified } = await served({}, {}, 'smtp', 'ana:secret@')
    expect(outcome).to.match(/^auth: .*\(it offers no sign-in, or only with encryption\)$/)
    expect(String(verified)).to.contain(outcome)
    expect(server.commands.filter((line) => !line.startsWith('EHLO'))).to.deep.equal([])
  })

  /** Names that are no atoms of RFC 5322, and an address alone. */
  for (const name of ['Acme, Inc.', 'Acme: ID', 'Acme (Test)', 'Acme; ID', 'ID @ Acme', 'Müller & Söhne', '“Acme”', ''])
    it(`shows the sender ${name || 'without a name'} as it was configured`, async () => {
      for (const from of [`${name} <no-reply@example.com>`, `"${name}" <no-reply@example.com>`]) {
        const { server } = await served({}, { from })
        const { from: shown } = await simpleParser(server.texts[0]!)
        expect(shown?.value, from).to.deep.equal([{ name, address: 'no-reply@example.com' }])
      }
    })

  for (const [name, locale] of [
    ['Ana', 'en'],
    ['李小龍', 'de'],
  ] as const)
    it(`without 8BITMIME gets 7-bit octets only (${name}), and the same email`, async () => {
      const server = await openScriptedMailServer({ offers: [] })
      const mailer = smtpMailer({
        url: `smtp://127.0.0.1:${server.port}`,
        from: 'Ána <no-reply@example.com>',
        issuer,
      })
      open.push(server, mailer)
      const email = emailFor(name, locale)
      await mailer.send(email)
      expect(server.texts[0]!.every((octet) => octet < 128)).to.equal(true)
      expect(server.commands.find((line) => line.startsWith('MAIL'))).to.equal('MAIL FROM:<no-reply@example.com>')
      const mail = await simpleParser(server.texts[0]!)
      expect([mail.text?.trimEnd(), mail.subject]).to.deep.equal([email.text.trimEnd(), email.subject])
      expect(String(mail.html)).to.contain(`href="${link}"`)
    })

  for (const [name, locale, encoding] of [
    ['Ana', 'en', '7bit'],
    ['Ána Müller', 'de', '8bit'],
    ['李小龍', 'en', '8bit'],
  ] as const)
    it(`gets the link of ${name} (${locale}) whole on a line of the source`, async () => {
      const server = await openScriptedMailServer()
      const mailer = smtpMailer({ url: `smtp://127.0.0.1:${server.port}`, from: 'no-reply@example.com', issuer })
      open.push(server, mailer)
      const email = emailFor(name, locale)
      await mailer.send(email)
      const source = server.texts[0]!.toString()
      const lines = source.split('\r\n')
      expect(lines.filter((line) => line === link)).to.have.length(1)
      // The button and the address below it: some mail programs copy a link from the source.
      expect(source.split(`href="${link}"`)).to.have.length(3)
      expect(source).to.contain(`Content-Transfer-Encoding: ${encoding}`)
      expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).to.be.lessThan(999)
      const mail = await simpleParser(server.texts[0]!)
      expect(mail.text?.trimEnd()).to.equal(email.text.trimEnd())
      expect(mail.text?.split('\n')).to.include(link)
      const [from] = server.commands.filter((line) => line.startsWith('MAIL'))
      expect(from?.includes('BODY=8BITMIME')).to.equal(encoding === '8bit')
    })

  it('gets no line above 998 octets, whatever a text contains', async () => {
    const server = await openScriptedMailServer()
    const mailer = smtpMailer({ url: `smtp://127.0.0.1:${server.port}`, from: 'no-reply@example.com' })
    open.push(server, mailer)
    const text = `${'ä'.repeat(600)}\n${link}\n.dot\n`
    await mailer.send({ ...emailFor('Ana', 'en'), text })
    const lines = server.texts[0]!.toString().split('\r\n')
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).to.be.lessThan(999)
    expect((await simpleParser(server.texts[0]!)).text).to.equal(text)
  })
})
