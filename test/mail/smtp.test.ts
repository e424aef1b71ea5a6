/** Sending to a real SMTP server, with each of its outcomes. */
import { expect } from 'chai'
import { type AddressObject, simpleParser } from 'mailparser'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { templates } from '../../src/mail/templates.ts'
import { smtpMailer, type SmtpOptions } from '../../src/mail/smtp.ts'
import { MailDeferred, MailRefused } from '../../src/errors.ts'
import type { Email } from '../../src/ports.ts'
import { words } from '../../src/i18n/messages.ts'

const issuer = 'https://id.example.com'
const link = `${issuer}/two-factor/reset/${'r'.repeat(22)}.${'t'.repeat(43)}`
const write = templates({ issuer, brand: { name: 'Acme ID' }, words: () => words('de') })
const person = { email: 'ana@example.com', name: 'Ána Müller', locale: 'de' }
const letter: Email = {
  ...write.reset({ person, at: 1_777_816_951, link, expiresAt: 1_777_845_751, proofs: { both: false, because: [] } }),
  to: person.email,
  id: '1777816951.3/ana',
}

interface Received {
  readonly raw: string
  readonly from: string
  readonly to: readonly string[]
}

describe('sending by SMTP', () => {
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const item of open.splice(0).toReversed()) await item.close()
  })

  async function serve(more: SMTPServerOptions = {}): Promise<{ url: string; received: Received[] }> {
    const received: Received[] = []
    const server = new SMTPServer({
      logger: false,
      authOptional: true,
      disableReverseLookup: true,
      closeTimeout: 100,
      onData(stream, { envelope }, done) {
        let raw = ''
        stream.setEncoding('utf8').on('data', (chunk: string) => (raw += chunk))
        stream.on('end', () => {
          const from = envelope.mailFrom ? envelope.mailFrom.address : ''
          received.push({ raw, from, to: envelope.rcptTo.map(({ address }) => address) })
          done()
        })
      },
      ...more,
    })
    server.on('error', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => new Promise<void>((resolve) => server.close(resolve)) })
    return { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, received }
  }

  const mailer = (url: string, more: Partial<SmtpOptions> = {}) => {
    const made = smtpMailer({ url, from: 'Acme ID <no-reply@id.example.com>', issuer, ...more })
    open.push(made)
    return made
  }
  const failureOf = async (sent: Promise<void>) =>
    sent.then(
      () => expect.fail('it was sent'),
      (error: Error) => error,
    )
  const answering = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })

  it('delivers both parts, each with the complete link', async () => {
    const { url, received } = await serve()
    await mailer(url).send(letter)
    expect(received).to.have.length(1)
    const mail = await simpleParser(received[0]!.raw)
    expect(mail.subject).to.equal(letter.subject)
    expect(mail.text?.trimEnd()).to.equal(letter.text.trimEnd())
    expect(mail.text?.split('\n')).to.include(link)
    expect(String(mail.html)).to.contain(`href="${link}"`)
    expect(received[0]!.raw)
      .to.match(/Content-Type: multipart\/alternative/)
      .and.match(/text\/plain[\s\S]*text\/html/)
    expect(mail.attachments).to.deep.equal([])
  })

  it('marks the email as automatic', async () => {
    const { url, received } = await serve()
    await mailer(url, { replyTo: 'help@example.com' }).send(letter)
    const { headers, from, to, replyTo } = await simpleParser(received[0]!.raw)
    expect(headers.get('auto-submitted')).to.equal('auto-generated')
    expect(headers.get('x-auto-response-suppress')).to.equal('All')
    expect(headers.get('content-language')).to.equal('de')
    expect([from?.text, (to as AddressObject).text, replyTo?.text]).to.deep.equal([
      '"Acme ID" <no-reply@id.example.com>',
      'ana@example.com',
      'help@example.com',
    ])
  })

  it('uses one message id for all attempts, with the host of the issuer', async () => {
    const { url, received } = await serve()
    const { send } = mailer(url)
    await send(letter)
    await send(letter)
    await send({ ...letter, id: 'é..(x)\r\nBcc: eve@example.com' })
    const ids = await Promise.all(received.map(async ({ raw }) => (await simpleParser(raw)).messageId))
    expect(ids.slice(0, 2)).to.deep.equal(Array(2).fill('<1777816951.3%2fana@id.example.com>'))
    expect(ids[2]).to.match(/^<[\w.%-]+@id\.example\.com>$/)
    expect(received[2]!.to).to.deep.equal(['ana@example.com'])
  })

  it('sends to the one address only', async () => {
    const { url, received } = await serve()
    const { send } = mailer(url)
    for (const to of [
      'ana@example.com, eve@example.com',
      'ana@example.com\r\nBcc: eve@example.com',
      'Ana <ana@example.com>',
      'group: ana@example.com;',
      '"ana"@example.com',
      'ana',
      'ana@',
      '',
    ])
      expect(await failureOf(send({ ...letter, to })), to).to.be.instanceOf(MailRefused)
    expect(received).to.deep.equal([])
    await send(letter)
    expect(received.map(({ from, to }) => ({ from, to }))).to.deep.equal([
      { from: 'no-reply@id.example.com', to: ['ana@example.com'] },
    ])
  })

  it('550 to the recipient is final', async () => {
    const { url } = await serve({
      onRcptTo: (_address, _session, done) => done(answering(550, '5.1.1 no such user ana@example.com')),
    })
    const failure = await failureOf(mailer(url).send(letter))
    expect(failure).to.be.instanceOf(MailRefused)
    expect(failure.message).to.equal('recipient: the mail server does not take this address (550 5.1.1 at RCPT)')
  })

  it('554 to the text is retried, and the text that the server quotes is not passed on', async () => {
    const { url } = await serve({
      onData(stream, _session, done) {
        stream.resume().on('end', () => done(answering(554, `5.7.1 blocked: ${link}`)))
      },
    })
    const failure = await failureOf(mailer(url).send(letter))
    expect(failure).to.be.instanceOf(MailDeferred)
    expect(failure.message).to.equal('policy: the mail server refuses by a policy (554 5.7.1 at text)')
    expect(failure.cause).to.equal(undefined)
  })

  for (const code of [421, 450, 451, 452])
    it(`${code} is retried`, async () => {
      const { url } = await serve({ onRcptTo: (_address, _session, done) => done(answering(code, '4.7.1 later')) })
      const failure = await failureOf(mailer(url).send(letter))
      expect(failure).not.to.be.instanceOf(MailRefused)
      expect(failure.message).to.contain(`${code}`)
    })

  it('421 instead of a greeting is retried', async () => {
    const { url } = await serve({ onConnect: (_session, done) => done(answering(421, 'busy')) })
    expect(await failureOf(mailer(url).send(letter))).not.to.be.instanceOf(MailRefused)
  })

  it('a refused login or sender is retried, also with a permanent code: the operator can repair it', async () => {
    const shut = await serve({ onMailFrom: (_address, _session, done) => done(answering(550, '5.7.1 who are you')) })
    expect(await failureOf(mailer(shut.url).send(letter))).not.to.be.instanceOf(MailRefused)
    const locked = await serve({
      authOptional: false,
      onAuth: (_auth, _session, done) => done(answering(535, '5.7.8 wrong')),
      allowInsecureAuth: true,
    })
    const url = locked.url.replace('//', '//user:wrong-password@')
    const failure = await failureOf(mailer(url).send(letter))
    expect(failure).not.to.be.instanceOf(MailRefused)
    expect(failure.message).to.contain('535').and.not.contain('wrong-password')
  })

  it('a server that never answers is disconnected at the deadline', async () => {
    let gone: () => void = () => {}
    const left = new Promise<void>((resolve) => (gone = resolve))
    const { url, received } = await serve({ onMailFrom: () => {}, onClose: () => gone() })
    const failure = await failureOf(mailer(url, { deadlineSeconds: 0.15 }).send(letter))
    expect(failure).not.to.be.instanceOf(MailRefused)
    await left
    expect(received).to.deep.equal([])
  })

  it('a refused connection is retried', async () => {
    const { url } = await serve()
    await open.pop()?.close()
    const failure = await failureOf(mailer(url).send(letter))
    expect(failure).not.to.be.instanceOf(MailRefused)
    expect(failure.message).to.equal('refused: nothing takes connections there')
  })

  it('refuses a server without TLS, and one with an untrusted certificate', async () => {
    const plain = await serve({ disabledCommands: ['STARTTLS'] })
    expect((await failureOf(mailer(plain.url, { tls: 'required' }).send(letter))).message).to.match(/^tls: .*STARTTLS/)
    const selfSigned = await serve()
    expect(await failureOf(mailer(selfSigned.url, { tls: 'required' }).send(letter))).not.to.be.instanceOf(MailRefused)
    expect([...plain.received, ...selfSigned.received]).to.deep.equal([])
  })

  it('writes nothing to the console, whatever happens', async () => {
    const { log, info, error, warn } = console
    const written: unknown[] = []
    Object.assign(
      console,
      Object.fromEntries(
        ['log', 'info', 'error', 'warn'].map((name) => [name, (...all: unknown[]) => written.push(all)]),
      ),
    )
    try {
      const { url } = await serve({ onRcptTo: (_address, _session, done) => done(answering(550, link)) })
      await failureOf(mailer(url).send(letter))
    } finally {
      Object.assign(console, { log, info, error, warn })
    }
    expect(written).to.deep.equal([])
  })

  it('takes the domain of message ids from the sender when it is given no issuer', async () => {
    const { url, received } = await serve()
    const made = smtpMailer({ url, from: 'security@mail.example.org' })
    open.push(made)
    await made.send(letter)
    expect((await simpleParser(received[0]!.raw)).messageId).to.match(/@mail\.example\.org>$/)
  })

  it('refuses to start with a sender that is not an address', () => {
    expect(() => smtpMailer({ url: 'smtp://localhost', from: 'Acme', issuer })).to.throw('Acme')
  })
})
