/** A mail server that is set up as Postfix often is: a full name in EHLO, encryption and a user are required, the authority is private. */
import { expect } from 'chai'
import { simpleParser } from 'mailparser'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import { smtpMailer, type SmtpOptions } from '../../src/mail/smtp.ts'

const email = {
  to: 'ana@example.com',
  subject: 'Zurücksetzen',
  text: 'Guten Tag, Ána\nhttps://id.example.com/link\n',
  html: '<p>Guten Tag, Ána</p>',
  id: '1',
  locale: 'de',
}
const refusal = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })

/** `reject_invalid_helo_hostname` and `reject_non_fqdn_helo_hostname`, which Postfix answers at RCPT. */
const nameFault = ({ hostNameAppearsAs: name }: SMTPServerSession): Error | null =>
  /^[a-z\d-]+(\.[a-z\d-]+)+$/i.test(name) && !/^[\d.]+$/.test(name)
    ? null
    : refusal(504, `5.5.2 <${name}>: Helo command rejected: need fully-qualified hostname`)

describe('a strict mail server', () => {
  let certificate: { readonly private: string; readonly cert: string }
  const open: { close(): unknown }[] = []
  before(async () => {
    certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    })
  })
  afterEach(async () => {
    for (const item of open.splice(0).toReversed()) await item.close()
  })

  async function outcomeOf(more: Partial<SmtpOptions>, server: SMTPServerOptions = {}, user = 'rekey:p%40ss@') {
    const received: {
      readonly source: string
      readonly name: unknown
      readonly secure: boolean
    }[] = []
    const strict = new SMTPServer({
      logger: false,
      disableReverseLookup: true,
      closeTimeout: 100,
      key: certificate.private,
      cert: certificate.cert,
      authMethods: ['LOGIN'],
      onAuth({ username, password }, _session, done) {
        if (username === 'rekey' && password === 'p@ss') done(null, { user: username })
        else done(refusal(535, '5.7.8 Error: authentication failed'))
      },
      onRcptTo: (_address, session, done) => done(nameFault(session)),
      onData(stream, { hostNameAppearsAs: name, secure }, done) {
        let source = ''
        stream.setEncoding('utf8').on('data', (chunk: string) => (source += chunk))
        stream.on('end', () => {
          received.push({ source, name, secure })
          done()
        })
      },
      ...server,
    })
    strict.on('error', () => {})
    await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', resolve))
    const { port } = strict.server.address() as AddressInfo
    const mailer = smtpMailer({
      url: `${server.secure ? 'smtps' : 'smtp'}://${user}localhost:${port}`,
      from: 'Acme: ID <no-reply@example.com>',
      issuer: 'https://id.example.com',
      tls: 'required',
      ca: certificate.cert,
      ...more,
    })
    open.push({ close: () => new Promise<void>((resolve) => strict.close(resolve)) }, mailer)
    const outcome = await mailer.deliver(email).catch((error: Error) => error.message)
    return { outcome, received }
  }

  for (const secure of [false, true])
    it(`takes an email by ${secure ? 'TLS at once' : 'STARTTLS'}, with the name of the issuer's host`, async () => {
      const { outcome, received } = await outcomeOf({}, { secure })
      expect(outcome).to.match(/^250/)
      expect(received.map(({ name, secure: encrypted }) => [name, encrypted])).to.deep.equal([['id.example.com', true]])
      const mail = await simpleParser(received[0]!.source)
      expect([mail.subject, mail.text?.trimEnd(), mail.from?.value[0]?.name]).to.deep.equal([
        email.subject,
        email.text.trimEnd(),
        'Acme: ID',
      ])
    })

  it('without 8BITMIME takes the same email', async () => {
    const { outcome, received } = await outcomeOf({}, { hide8BITMIME: true })
    expect(outcome).to.match(/^250/)
    // oxlint-disable-next-line no-control-regex -- 7bit is what ASCII is
    expect(received[0]?.source).to.match(/^[\x00-\x7f]*$/)
    expect((await simpleParser(received[0]!.source)).text?.trimEnd()).to.equal(email.text.trimEnd())
  })

  const failures: readonly (readonly [string, Partial<SmtpOptions>, RegExp, SMTPServerOptions?, string?])[] = [
    ['a name without a dot', { ehloName: 'localhost' }, /^name: .*mail\.ehlo_name \(504 5\.5\.2 at RCPT\)$/],
    ['an address as the name', { ehloName: '10.1.2.3' }, /^name: .*mail\.ehlo_name \(504 5\.5\.2 at RCPT\)$/],
    ['no encryption', { tls: 'off' }, /^auth: .*encryption.*\(538 at AUTH\)$/],
    ['no authority', { ca: null }, /^tls: .*mail\.ca_file \(the certificate is not trusted\)$/],
    ['another password', {}, /^auth: .*\(535 5\.7\.8 at AUTH\)$/, {}, 'rekey:wrong@'],
    ['no user', {}, /^auth: .*\(530 at MAIL\)$/, {}, ''],
  ]
  for (const [what, more, expected, server, user] of failures)
    it(`refuses ${what}, and the reason says so`, async () => {
      const { outcome, received } = await outcomeOf(more, server, user)
      expect(outcome, outcome).to.match(expected)
      expect(received).to.deep.equal([])
    })
})
