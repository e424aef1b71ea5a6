/** A mail server on a fixed port: it accepts emails, defers them, or is down. */
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { callbackify } from 'node:util'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerEnvelope } from 'smtp-server'
import { freePorts } from './server.ts'

export interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
  readonly mail: ParsedMail
  readonly accepted: boolean
}

export interface MailServer {
  readonly url: string
  /** Complete emails, deferred ones included, oldest first. */
  readonly received: readonly Received[]
  /** Defers every email after reading it. */
  putsOff: boolean
  open(): Promise<void>
  close(): Promise<void>
}

export async function createMailServer(): Promise<MailServer> {
  const [port] = await freePorts(1)
  const received: Received[] = []
  let server: SMTPServer | undefined
  const it: MailServer = {
    url: `smtp://127.0.0.1:${port}`,
    received,
    putsOff: false,
    async open() {
      const take = async (stream: Readable, envelope: SMTPServerEnvelope): Promise<void> => {
        const raw = await text(stream)
        const accepted = !it.putsOff
        const from = envelope.mailFrom ? envelope.mailFrom.address : ''
        const to = envelope.rcptTo.map(({ address }) => address)
        received.push({ from, to, raw, mail: await simpleParser(raw), accepted })
        if (!accepted) throw Object.assign(new Error('later'), { responseCode: 451 })
      }
      const opening = new SMTPServer({
        logger: false,
        authOptional: true,
        disabledCommands: ['STARTTLS'],
        disableReverseLookup: true,
        closeTimeout: 100,
        onData(stream, { envelope }, done) {
          callbackify(take)(stream, envelope, done)
        },
      })
      opening.on('error', () => {})
      opening.listen(port, '127.0.0.1')
      await once(opening.server, 'listening')
      server = opening
    },
    async close() {
      const closing = server
      server = undefined
      if (closing) await new Promise<void>((resolve) => closing.close(resolve))
    },
  }
  return it
}
