/**
 * Sends emails by SMTP. No content of an email, above all its link, may reach a log or an error: the reply of
 * a server can quote it, so only its codes are passed on.
 */
import { isIP } from 'node:net'
import { callbackify } from 'node:util'
import XOAuth2 from 'nodemailer/lib/xoauth2'
import { isLoopback } from '../core/loopback.ts'
import { asciiEmail, givenEmail, typedEmail } from '../email.ts'
import { MailDeferred, MailRefused } from '../errors.ts'
import { trustedAuthorities } from '../crypto/authorities.ts'
import { createOutgoing, type Outgoing } from '../outgoing/outgoing.ts'
import type { Email, Mailer } from '../ports.ts'
import { createAccessTokens, type MailOauth2 } from './accessTokens.ts'
import { createConnections } from './connections.ts'
import { type Conversation, converse, type MailAuth } from './conversation.ts'
import { readRelay, type TlsMode } from './relay.ts'
import { mailFailure } from './replies.ts'
import { composer, type Sender } from './source.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`; user and password percent-encoded. Options in its query are refused. */
  readonly url: string
  /** `Acme ID <no-reply@acme.example>`, or the address alone. */
  readonly from: string
  /** Its host is the domain of message ids. Default: the domain of `from`. */
  readonly issuer?: string
  readonly replyTo?: string | undefined
  /**
   * `required`: TLS from the start or by STARTTLS, and a trusted certificate. `opportunistic`: STARTTLS when offered, any certificate; it helps
   * against listeners only. `off`: none. Default `required`, for a server on loopback `opportunistic`.
   */
  readonly tls?: TlsMode
  /** PEM: certificates of authorities that are trusted beside those of Node.js. */
  readonly ca?: string | null
  /** The name in EHLO. Default: the issuer's host, or the domain of `from` where that is an address or has no dot. */
  readonly ehloName?: string | null
  /** Access tokens (XOAUTH2) in place of a password, for Microsoft 365 and Google. */
  readonly oauth2?: MailOauth2 | null
  /** For the token endpoint. Default: public addresses only. */
  readonly outgoing?: Outgoing
  /** For one email, connecting included. More for servers that greet late, or read an email before they take it. Default 15. */
  readonly deadlineSeconds?: number
}

export interface SmtpMailer extends Mailer {
  /** As `send`; returns the codes of the server's last reply: `250 2.0.0`. */
  deliver(email: Email): Promise<string>
  /** Ends the connections that wait for another email. */
  close(): void
}

export function smtpMailer(options: SmtpOptions): SmtpMailer {
  const { from, deadlineSeconds = 15 } = options
  const sender = senderOf(from)
  const senderDomain = sender.address.slice(sender.address.lastIndexOf('@') + 1)
  const connection = connectionOf(options, senderDomain)
  const authOf = authentication(options)
  const compose = composer({ ...options, sender, senderDomain })

  const connect = (signal: AbortSignal): Promise<Conversation> => converse({ connection, auth: authOf(), signal })
  const connections = createConnections(connect)

  async function deliver(message: Email): Promise<string> {
    const to = recipientOf(message)
    const email = { ...message, to }
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), deadlineSeconds * 1000)
    try {
      const response = await connections.send((takesEightBit) => compose(email, takesEightBit), deadline.signal)
      return /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3}\b)?/.exec(response)?.[0].replace('-', ' ') ?? ''
    } catch (error) {
      throw thrown(error, isAscii(to) ? '' : ': this address takes a server with SMTPUTF8')
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    from,
    longestSeconds: deadlineSeconds,
    deliver,
    async send(message) {
      await deliver(message)
    },
    async verify(signal) {
      try {
        ;(await connect(signal)).close()
      } catch (error) {
        throw thrown(error)
      }
    },
    close: connections.close,
  }
}

/** The parts of `Name <address>`: as one text, a name with : or ( ) would be read as a group or a comment. @see RFC 5322 §3.4 */
function senderOf(from: string): Sender {
  const [, name = '', inBrackets] = /^(.*)<([^<>]+)>\s*$/su.exec(from) ?? []
  const address = asciiEmail(inBrackets ?? from.trim())
  if (givenEmail(address) === null) throw new Error(`not an address to send from: ${from}`)
  const quoted = /^"(.*)"$/su.exec(name.trim())?.[1]?.replace(/\\(.)/gu, '$1')
  return { name: quoted ?? name.trim(), address }
}

function connectionOf(options: SmtpOptions, senderDomain: string) {
  const { host, port, isTls } = readRelay(options.url)
  const { tls = isLoopback(host) ? 'opportunistic' : 'required', ca, ehloName, issuer } = options
  const issuerHost = issuer === undefined ? '' : new URL(issuer).hostname
  // An address literal or a name without a dot is refused by servers that want a full name (RFC 5321 §2.3.5).
  const isFullName = issuerHost.includes('.') && isIP(issuerHost) === 0
  return {
    host,
    port,
    secure: isTls,
    name: ehloName ?? (isFullName ? issuerHost : senderDomain),
    requireTLS: !isTls && tls === 'required',
    opportunisticTLS: tls === 'opportunistic',
    ignoreTLS: tls === 'off',
    logger: false,
    tls: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: tls === 'required',
      ...(ca ? { ca: [...trustedAuthorities(), ca] } : {}),
    },
  } as const
}

/** Nodemailer keeps a token until this time and would not know ours: it is to ask each time. Milliseconds since 1970. */
const ASK_AGAIN = 1

type TokenCallback = (error: Error | null, token?: string, expires?: number) => void

/** What each conversation signs in with; null: nothing. */
function authentication({ url, oauth2, outgoing = createOutgoing({ allow: [], timeoutSeconds: 10 }) }: SmtpOptions) {
  const { user, password } = readRelay(url)
  if (!oauth2) return (): MailAuth | null => (user === null ? null : { user, pass: password ?? '' })
  const accessToken = createAccessTokens(oauth2, outgoing)
  const provisionCallback = (_user: string, renew: boolean, done: TokenCallback): void =>
    callbackify(accessToken)(renew, (error: Error | null, token?: string) => done(error, token, ASK_AGAIN))
  return (): MailAuth => ({
    user: oauth2.user,
    method: 'XOAUTH2',
    oauth2: new XOAuth2({ user: oauth2.user, provisionCallback }),
  })
}

function recipientOf({ to }: Email): string {
  const canonical = typedEmail(to)
  if (canonical === null) throw new MailRefused('not an address', 'recipient: this is no address')
  return asciiEmail(canonical)
}

/** Other addresses can be sent to by servers with SMTPUTF8 only. @see RFC 6531 */
const isAscii = (address: string): boolean => /^[\x21-\x7E]+$/.test(address)

/** Without a cause: the library's error holds texts of the server. */
function thrown(error: unknown, remark = ''): Error {
  const { final, text: why } = mailFailure(error)
  const text = why + remark
  return final ? new MailRefused(text, text) : new MailDeferred(text, text)
}
