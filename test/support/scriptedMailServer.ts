/** A mail server that follows a script: what it offers, and its reply at each stage. It keeps what it was told. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'

export interface MailScript {
  /** Replies in place of success; null: the connection is closed, `SILENT`: no reply. */
  readonly greeting?: Reply
  readonly ehlo?: Reply
  /** Of each name in EHLO. */
  readonly takesName?: (name: string) => boolean
  readonly starttls?: Reply
  readonly auth?: Reply
  readonly mail?: Reply
  readonly rcpt?: Reply
  readonly data?: Reply
  readonly text?: Reply
  /** Lines of the answer to EHLO, beside STARTTLS. */
  readonly offers?: readonly string[]
  /** With a certificate STARTTLS is offered, or TLS spoken from the start. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly atOnce?: boolean }
  /** MAIL without encryption is refused, as Postfix does with smtpd_tls_security_level=encrypt. */
  readonly wantsTls?: boolean
}
export type Reply = string | null

/** No reply. */
export const SILENT = '(no reply)'

type Stage = 'mail' | 'rcpt' | 'data' | 'text'

export interface ScriptedMailServer {
  readonly port: number
  /** Commands, in order, without the text. */
  readonly commands: readonly string[]
  /** Sources of texts, as received. */
  readonly texts: readonly Buffer[]
  /** Connections so far. Count. */
  connections(): number
  /** Those that are open. Count. */
  openConnections(): number
  /** In place of the script's reply, the next time. */
  setReplyOnce(stage: Stage, reply: Reply): void
  /** Ends all connections, with this last reply if one is given. */
  hangUp(reply?: string): void
  close(): Promise<void>
}

export async function openScriptedMailServer(script: MailScript = {}): Promise<ScriptedMailServer> {
  const commands: string[] = []
  const texts: Buffer[] = []
  const replacing = new Map<Stage, Reply>()
  const sockets = new Set<Socket>()
  const { tls } = script
  let connections = 0
  const onConnection = (socket: Socket): void => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    converse(socket, script, { commands, texts, replacing })
  }
  const server: Server = tls?.atOnce ? createTlsServer(tls, onConnection) : createServer(onConnection)
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    texts,
    connections: () => connections,
    setReplyOnce: (stage, reply) => void replacing.set(stage, reply),
    openConnections: () => sockets.size,
    hangUp(reply) {
      for (const socket of sockets) socket.end(reply === undefined ? '' : `${reply}\r\n`)
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Kept {
  readonly commands: string[]
  readonly texts: Buffer[]
  readonly replacing: Map<Stage, Reply>
}

function converse(plain: Socket, script: MailScript, { commands, texts, replacing }: Kept): void {
  let socket = plain
  let received = Buffer.alloc(0)
  let isText = false
  let isEncrypted = script.tls?.atOnce ?? false

  const say = (reply: Reply | undefined, usual: string): boolean => {
    if (reply === SILENT) return false
    if (reply === null) socket.destroy()
    else socket.write(`${reply ?? usual}\r\n`)
    return reply === undefined
  }
  const replyAt = (stage: Stage): Reply | undefined => {
    const reply = replacing.has(stage) ? replacing.get(stage) : script[stage]
    replacing.delete(stage)
    return reply
  }
  const encrypt = (): void => {
    const { key = '', cert = '' } = script.tls ?? {}
    socket.removeAllListeners('data')
    socket = new TLSSocket(socket, { isServer: true, key, cert })
    socket.on('error', () => {})
    socket.on('data', take)
    isEncrypted = true
  }
  const ehlo = (name: string): void => {
    if (script.takesName && !script.takesName(name)) return void say(`504 5.5.2 <${name}>: Helo command rejected`, '')
    const more = [...(script.offers ?? ['8BITMIME', 'SMTPUTF8', 'SIZE 10485760', 'ENHANCEDSTATUSCODES'])]
    if (script.tls && !isEncrypted) more.push('STARTTLS')
    if (script.auth !== undefined) more.push('AUTH PLAIN LOGIN XOAUTH2')
    const lines = ['mx.example.com', ...more]
    say(script.ehlo, lines.map((line, n) => `250${n < lines.length - 1 ? '-' : ' '}${line}`).join('\r\n'))
  }
  const handle = (line: string): void => {
    commands.push(line)
    const word = (/^[a-z]+/i.exec(line)?.[0] ?? '').toUpperCase()
    if (word === 'EHLO' || word === 'HELO') return ehlo(line.slice(5))
    if (word === 'STARTTLS') return void (say(script.tls ? script.starttls : '502 5.5.1 no', '220 go') && encrypt())
    if (word === 'AUTH') return void say(script.auth === '' ? undefined : script.auth, '235 2.7.0 ok')
    if (word === 'MAIL')
      return void say(
        script.wantsTls && !isEncrypted ? '530 5.7.0 Must issue a STARTTLS command first' : replyAt('mail'),
        '250 2.1.0 ok',
      )
    if (word === 'RCPT') return void say(replyAt('rcpt'), '250 2.1.5 ok')
    if (word === 'DATA') return void (isText = say(replyAt('data'), '354 go'))
    if (word === 'QUIT') return void say('221 2.0.0 bye', '')
    say('500 5.5.1 what', '')
  }
  function take(chunk: Buffer): void {
    received = Buffer.concat([received, chunk])
    for (;;) {
      const end = received.indexOf(isText ? '\r\n.\r\n' : '\r\n')
      if (end < 0) return
      const part = received.subarray(0, end)
      received = received.subarray(end + (isText ? 5 : 2))
      if (!isText) handle(part.toString())
      else {
        isText = false
        // RFC 5321 §4.5.2: a dot in front of a line was doubled.
        texts.push(Buffer.from(part.toString('latin1').replace(/^\.\./gm, '.'), 'latin1'))
        say(replyAt('text'), '250 2.0.0 queued')
      }
    }
  }
  socket.on('data', take)
  say(script.greeting, '220 mx.example.com ESMTP')
}
