/** Emails that follow each other use one connection, and none is lost or sent twice when the server ends it. */
import { expect } from 'chai'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { generate } from 'selfsigned'
import { MailRefused } from '../../src/errors.ts'
import { smtpMailer, type SmtpOptions } from '../../src/mail/smtp.ts'
import type { Email } from '../../src/ports.ts'
import {
  type MailScript,
  openScriptedMailServer,
  SILENT,
  type ScriptedMailServer,
} from '../support/scriptedMailServer.ts'

type Changing = { -readonly [K in keyof MailScript]: MailScript[K] }

const email = (id: number): Email => ({
  id: String(id),
  to: 'ana@example.com',
  subject: 'Subject',
  text: `Text ${id}`,
  html: `<p>Text ${id}</p>`,
  locale: 'en',
})

describe('a kept connection to the mail server', () => {
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const item of open.splice(0).toReversed()) await item.close()
  })

  async function serve(script: Changing = {}, more: Partial<SmtpOptions> = {}, user = '') {
    const server = await openScriptedMailServer(script)
    const url = `smtp://${user}localhost:${server.port}`
    const mailer = smtpMailer({ url, from: 'no-reply@example.com', ...more })
    open.push(server, mailer)
    return { server, mailer, send: (id: number) => mailer.send(email(id)) }
  }
  const idsIn = ({ texts }: ScriptedMailServer) =>
    texts.map((text) => /^Message-ID: <(\d+)@/m.exec(text.toString())?.[1]).map(Number)
  const count = ({ commands }: ScriptedMailServer, word: string) =>
    commands.filter((line) => line.startsWith(word)).length
  const ended = async (server: ScriptedMailServer): Promise<void> => {
    while (server.openConnections() > 0) await turn()
  }

  it('serves the emails that follow, with one greeting and one sign-in', async () => {
    const { server, send } = await serve({ auth: '' }, {}, 'ana:secret@')
    for (const id of [1, 2, 3]) await send(id)
    expect(idsIn(server)).to.deep.equal([1, 2, 3])
    expect([server.connections(), count(server, 'EHLO'), count(server, 'AUTH')]).to.deep.equal([1, 1, 1])
  })

  it('stays encrypted after STARTTLS', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    })
    const { server, send } = await serve({ tls: { key, cert }, wantsTls: true }, { tls: 'required', ca: cert })
    await send(1)
    await send(2)
    expect(idsIn(server)).to.deep.equal([1, 2])
    expect([server.connections(), count(server, 'STARTTLS')]).to.deep.equal([1, 1])
    server.hangUp()
    await send(3)
    expect([server.connections(), count(server, 'STARTTLS')]).to.deep.equal([2, 2])
  })

  it('is one of several while emails are sent at the same time', async () => {
    const { server, send } = await serve()
    await Promise.all([1, 2, 3].map(send))
    expect(server.connections()).to.equal(3)
    await Promise.all([4, 5, 6].map(send))
    expect(server.connections()).to.equal(3)
    expect(idsIn(server).toSorted((a, b) => a - b)).to.deep.equal([1, 2, 3, 4, 5, 6])
  })

  it('takes fifty emails at most', async () => {
    const { server, send } = await serve()
    for (let id = 1; id <= 51; id++) await send(id)
    expect([server.connections(), server.texts.length]).to.deep.equal([2, 51])
  })

  for (const [what, reply] of [
    ['without a word', undefined],
    ['with 421', '421 4.4.2 timeout exceeded'],
  ] as const)
    it(`that the server ends ${what} is replaced, and the email is sent once`, async () => {
      const { server, send } = await serve()
      await send(1)
      server.hangUp(reply)
      // Before the end has arrived here.
      await send(2)
      server.hangUp(reply)
      await ended(server)
      await send(3)
      expect(idsIn(server)).to.deep.equal([1, 2, 3])
      expect(server.connections()).to.equal(3)
    })

  for (const stage of ['mail', 'rcpt', 'data'] as const)
    it(`is replaced when the server ends it with 421 in answer to ${stage.toUpperCase()}`, async () => {
      const script: Changing = {}
      const { server, send } = await serve(script)
      await send(1)
      server.setReplyOnce(stage, '421 4.7.0 too many emails in this connection')
      await send(2)
      expect(idsIn(server)).to.deep.equal([1, 2])
      expect(server.connections()).to.equal(2)
    })

  it('that is reset in answer to MAIL is replaced', async () => {
    const { server, send } = await serve()
    await send(1)
    server.setReplyOnce('mail', null)
    await send(2)
    expect(idsIn(server)).to.deep.equal([1, 2])
  })

  for (const [what, reply] of [
    ['closes', null],
    ['answers 421', '421 4.3.0 stopping'],
  ] as const)
    it(`on which the server ${what} after the text is not replaced: it may have the email`, async () => {
      const { server, send } = await serve()
      await send(1)
      server.setReplyOnce('text', reply)
      expect(await send(2).catch((error: Error) => error)).to.be.instanceOf(Error)
      expect(idsIn(server)).to.deep.equal([1, 2])
      expect(server.connections()).to.equal(1)
    })

  it('is replaced once only: a server that ends every connection is asked later', async () => {
    const script: Changing = {}
    const { server, send } = await serve(script)
    await send(1)
    script.mail = '421 4.3.2 stopping'
    const failure = await send(2).catch((error: Error) => error)
    expect(String(failure)).to.contain('later: ').and.contain('421')
    expect(server.connections()).to.equal(2)
  })

  it('on which the server hangs costs its deadline, and the next email gets another connection', async () => {
    const script: Changing = {}
    const { server, send } = await serve(script, { deadlineSeconds: 0.3 })
    await send(1)
    script.mail = SILENT
    expect(String(await send(2).catch((error: Error) => error))).to.contain('timeout: ')
    delete script.mail
    await send(3)
    expect(idsIn(server)).to.deep.equal([1, 3])
    expect(server.connections()).to.equal(2)
  })

  it('is ended after a refusal', async () => {
    const { server, send } = await serve()
    await send(1)
    server.setReplyOnce('rcpt', '550 5.1.1 no such user')
    expect(await send(2).catch((error: Error) => error)).to.be.instanceOf(MailRefused)
    await ended(server)
    await send(3)
    expect(idsIn(server)).to.deep.equal([1, 3])
  })

  it('ends with QUIT when the mailer is closed, and later emails keep none', async () => {
    const { server, mailer, send } = await serve()
    await send(1)
    mailer.close()
    await ended(server)
    expect(server.commands.at(-1)).to.equal('QUIT')
    await send(2)
    await ended(server)
    expect(count(server, 'QUIT')).to.equal(2)
  })

  it('does not keep a process running', async () => {
    const { server } = await serve()
    const script = join(import.meta.dirname, '../support/mailProcess.ts')
    const sender = fork(script, [`smtp://localhost:${server.port}`])
    await once(sender, 'message')
    const sentAt = performance.now()
    const [code] = (await once(sender, 'exit')) as [number]
    expect([code, server.texts.length]).to.deep.equal([0, 1])
    // It would be kept for five.
    expect((performance.now() - sentAt) / 1000).to.be.lessThan(4)
  })
})
