/**
 * A mail server with faults: it accepts emails, reads one without an answer, or accepts a connection without a greeting. An accepted email
 * stays accepted, also if the sender stopped before the answer.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { callbackify } from 'node:util'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { isSecret } from './secrets.ts'

export interface ResetLetter {
  readonly to: string
  readonly messageId: string
  /** The path of its link. */
  readonly link: string
  readonly accepted: boolean
}

export interface FaultPost {
  readonly url: string
  /** `is silent`: connections get no greeting, and those that have one no answer. `reads`: emails get no answer. */
  mood: 'takes' | 'reads' | 'is silent'
  /** Delay between the acceptance of an email and the answer. Milliseconds. */
  thinks: () => number
  /** Complete emails with a link, oldest first. */
  readonly letters: readonly ResetLetter[]
  /** Connections that wait for a greeting or an answer. */
  readonly ungreeted: ReadonlySet<string>
  close(): Promise<void>
}

const NEVER = new Promise<void>(() => {})

export async function openFaultPost(): Promise<FaultPost> {
  const letters: ResetLetter[] = []
  const ungreeted = new Set<string>()
  const state = { mood: 'takes' as FaultPost['mood'], thinks: () => 0 }
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect({ id }, greet) {
      if (state.mood === 'is silent') ungreeted.add(id)
      else greet()
    },
    onMailFrom(_address, { id }, done) {
      if (state.mood === 'is silent') ungreeted.add(id)
      else done()
    },
    onClose({ id }) {
      ungreeted.delete(id)
    },
    onData(stream, { envelope }, done) {
      callbackify(async () => {
        const accepted = state.mood === 'takes'
        const { text: body = '', messageId = '' } = await simpleParser(await text(stream))
        const link = /^http\S+(\/two-factor\/reset\/\S+)$/m.exec(body)?.[1]
        isSecret('link', ...(link?.split('.').slice(1) ?? []))
        if (link) letters.push({ to: envelope.rcptTo[0]?.address ?? '', messageId, link, accepted })
        await (accepted ? pause(state.thinks()) : NEVER)
      })(done)
    },
  })
  // A sender that dies breaks its connection.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return Object.assign(state, {
    url: `smtp://127.0.0.1:${port}`,
    letters,
    ungreeted,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  })
}
