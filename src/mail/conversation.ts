/** One conversation with a mail server: connect, sign in, and what the server offers before anything is sent. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import SMTPConnection, {
  type SMTPConnectionAuth,
  type SMTPConnectionOptions,
  type SMTPEnvelope,
} from 'nodemailer/lib/smtp-connection'

export type { SMTPConnectionAuth as MailAuth }

export interface MailServer {
  /** Octets above 127 may be sent. @see RFC 6152 */
  readonly takesEightBit: boolean
  /** The server's last reply. */
  send(envelope: SMTPEnvelope, source: Buffer): Promise<string>
}

export interface ConversationOptions {
  readonly connection: SMTPConnectionOptions
  /** null: without a user. The library changes what it gets, so each conversation has its own. */
  readonly auth: SMTPConnectionAuth | null
  readonly signal: AbortSignal
}

/** @throws errors of nodemailer, see `mailFailure` */
export async function converse<T>(
  { connection: options, auth, signal }: ConversationOptions,
  work: (server: MailServer) => Promise<T>,
): Promise<T> {
  const socket = await opened(options, signal)
  const connection = new SMTPConnection({ ...options, connection: socket })
  const ended = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }))
    connection.on('error', reject)
    // Later than the error of a command that the server answered by closing (421).
    connection.on('end', () => setImmediate(() => reject(Object.assign(new Error(), { code: 'ECONNECTION' }))))
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
  })
  const talk = async (): Promise<T> => {
    await called((done) => connection.connect(done))
    // The last reply is the one to EHLO, unless STARTTLS failed, or HELO was needed: then there are no extensions.
    const takesEightBit = /^250[ -]8BITMIME\b/im.test(connection.lastServerResponse || '')
    await signIn(connection, auth)
    return work({
      takesEightBit,
      async send(envelope, source) {
        const { response } = await called<{ readonly response: string }>((done) =>
          connection.send({ ...envelope, size: source.length }, source, done),
        )
        return response
      },
    })
  }
  try {
    return await Promise.race([ended, talk()])
  } finally {
    connection.close()
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
