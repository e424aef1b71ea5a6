/** One conversation with a mail server: connect, sign in, send emails one after another. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import SMTPConnection, {
  type SMTPConnectionAuth,
  type SMTPConnectionOptions,
  type SMTPEnvelope,
} from 'nodemailer/lib/smtp-connection'

export type { SMTPConnectionAuth as MailAuth, SMTPEnvelope as MailEnvelope }

/** Its functions throw errors of nodemailer, see `mailFailure`. */
export interface Conversation {
  /** Octets above 127 may be sent. @see RFC 6152 */
  readonly takesEightBit: boolean
  isOpen(): boolean
  /** The server's last reply. */
  send(envelope: SMTPEnvelope, source: Buffer, signal: AbortSignal): Promise<string>
  /** Whether the server ended the conversation before the text of the last email was sent, which failed with this error. */
  endedBeforeText(error: unknown): boolean
  /** While it waits for the next email it does not keep the process running. */
  rest(): void
  resume(): void
  close(): void
}

export interface ConversationOptions {
  readonly connection: SMTPConnectionOptions
  /** null: without a user. The library changes what it gets, so each conversation has its own. */
  readonly auth: SMTPConnectionAuth | null
  readonly signal: AbortSignal
}

export async function converse({ connection: options, auth, signal }: ConversationOptions): Promise<Conversation> {
  const socket = await opened(options, signal)
  const connection = new SMTPConnection({ ...options, connection: socket })
  const inTime = limited(connection)
  const begin = async (): Promise<boolean> => {
    await called((done) => connection.connect(done))
    // The last reply is the one to EHLO, unless STARTTLS failed, or HELO was needed: then there are no extensions.
    const takesEightBit = /^250[ -]8BITMIME\b/im.test(connection.lastServerResponse || '')
    await signIn(connection, auth)
    return takesEightBit
  }
  const takesEightBit = await inTime(begin(), signal)
  return {
    takesEightBit,
    isOpen: () => !connection.destroyed,
    async send(envelope, source, until) {
      connection.lastServerResponse = false
      const sent = called<{ readonly response: string }>((done) =>
        connection.send({ ...envelope, size: source.length }, source, done),
      )
      return (await inTime(sent, until)).response
    },
    endedBeforeText: (error) => connection.lastServerResponse === false || isClosing(error),
    rest: () => void socket.unref(),
    resume: () => void socket.ref(),
    close() {
      if (!connection.destroyed) connection.quit()
      connection.close()
    },
  }
}

/** 421 in place of a reply to the envelope or to DATA; one to the text has another code. */
function isClosing(error: unknown): boolean {
  const { responseCode, code } = error as { readonly responseCode?: number; readonly code?: string }
  return responseCode === 421 && code !== 'EMESSAGE'
}

/** Waits for work until the conversation ends or the signal says so, which ends the conversation. */
function limited(connection: SMTPConnection) {
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => undefined)
  connection.on('error', ended.reject)
  // Later than the error of a command that the server answered by closing (421).
  connection.on('end', () => setImmediate(() => ended.reject(Object.assign(new Error(), { code: 'ECONNECTION' }))))
  return async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
    const late = Promise.withResolvers<never>()
    const giveUp = (): void => late.reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }))
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    try {
      return await Promise.race([ended.promise, late.promise, work])
    } catch (error) {
      connection.close()
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
}

/** How long one address of several may take, before the next one is tried too. Milliseconds; 250 is too short across an ocean. */
const ATTEMPT_MS = 2000

/** Nodemailer would ask DNS first, so that an entry of the hosts file would not count, which it does for all other connections. */
async function opened({ host = '', port }: SMTPConnectionOptions, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port: Number(port), autoSelectFamilyAttemptTimeout: ATTEMPT_MS })
  try {
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Nodemailer would send without the user where the server offers no sign-in, and nobody would know why it is refused. */
async function signIn(connection: SMTPConnection, auth: SMTPConnectionAuth | null): Promise<void> {
  if (auth === null) return
  if (!connection.allowsAuth)
    throw Object.assign(new Error('no sign-in is offered'), {
      code: 'ENOAUTH',
    })
  await called((done) => connection.login(auth, done))
}

type Done<R> = (error?: Error | null, result?: R) => void

const called = <R>(start: (done: Done<R>) => void): Promise<R> =>
  new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result as R))))
