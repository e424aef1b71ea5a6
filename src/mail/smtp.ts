/**
 * Sends emails by SMTP, one connection each. No content of an email, above all its link, may reach a log or an error: the reply of
 * a server can quote it, so only its codes are passed on.
 */
import nodemailer from 'nodemailer'
import { MailRefused } from '../errors.ts'
import type { Email, Mailer } from '../ports.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…` */
  readonly url: string
  /** `Acme ID <no-reply@acme.example>`, or the address alone. */
  readonly from: string
  /** Its host is the domain of message ids. Default: the domain of `from`. */
  readonly issuer?: string
  readonly replyTo?: string | undefined
  /** Refuse a server without TLS and a valid certificate. Default true, on loopback false. */
  readonly requireTls?: boolean
  /** For one email, connecting included. Default 30. */
  readonly deadlineSeconds?: number
}

/** One mailbox, no list, comment, quoting or line break: cannot reach a second recipient. */
const address = /^[^\s<>()[\]\\,;:"@]{1,64}@[^\s<>()[\]\\,;:"@]{1,255}$/u

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

export function smtpMailer(options: SmtpOptions): Mailer & { close(): void } {
  const { url, from, issuer, replyTo, deadlineSeconds = 30 } = options
  const { requireTls = !loopback.test(new URL(url).hostname) } = options
  const sender = /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim()
  if (!address.test(sender)) throw new Error(`not an address to send from: ${from}`)
  const domain = issuer === undefined ? sender.slice(sender.lastIndexOf('@') + 1) : new URL(issuer).hostname
  const transport = nodemailer.createTransport({
    url,
    requireTLS: requireTls,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: requireTls },
  })

  return {
    from,
    async verify(signal) {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true })
      })
      try {
        await Promise.race([transport.verify(), aborted])
      } catch (error) {
        throw failure(error)
      }
    },
    async send(message) {
      if (!address.test(message.to)) throw new MailRefused('not an address')
      try {
        await transport.sendMail({
          from,
          to: message.to,
          replyTo,
          envelope: { from: sender, to: message.to },
          messageId: `<${printable(message.id)}@${domain}>`,
          subject: message.subject,
          text: message.text,
          html: message.html,
          headers: {
            'Content-Language': message.locale,
            // No out-of-office answers: RFC 3834 §5, and the header of Exchange.
            'Auto-Submitted': 'auto-generated',
            'X-Auto-Response-Suppress': 'All',
          },
          signal: AbortSignal.timeout(deadlineSeconds * 1000),
        })
      } catch (error) {
        throw failure(error)
      }
    },
    close: () => transport.close(),
  }
}

/** The left part of a Message-ID: the id of the email, the same at every attempt. @see RFC 5322 §3.6.4 */
const printable = (id: Email['id']) =>
  id.replace(/[^\w.-]|^\.|\.$|\.(?=\.)/gu, (sign) => `%${sign.codePointAt(0)?.toString(16)}`)

/** Final only when it concerns this recipient or text. A refused login or connection can be repaired by the operator: retried. */
function failure(error: unknown): Error {
  const {
    code = '',
    command = '',
    responseCode = 0,
    response = '',
  } = error as Partial<Record<string, string>> & {
    responseCode?: number
  }
  if (!responseCode) return new Error(`the email was not sent: ${code || 'unknown error'}`)
  // RFC 3463 §2: the enhanced code is digits only.
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
  const message = `the mail server answered ${[responseCode, enhanced].filter(Boolean).join(' ')} to ${command || 'the connection'}`
  const isAboutThisEmail = command === 'RCPT TO' || command === 'DATA'
  return responseCode >= 500 && isAboutThisEmail ? new MailRefused(message) : new Error(message)
}
