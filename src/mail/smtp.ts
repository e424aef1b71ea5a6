/**
 * Letters leave by SMTP, one conversation each. Nothing of a letter, its link least of all, may reach a log or an error: a
 * server's answer can quote both, so only its codes are passed on.
 */
import nodemailer from 'nodemailer'
import { MailRefused } from '../errors.ts'
import type { Email, Mailer } from '../ports.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…` */
  readonly url: string
  /** `Acme ID <no-reply@acme.example>`, or the address alone. */
  readonly from: string
  /** Whose host names the letters' ids. */
  readonly issuer: string
  readonly replyTo?: string | undefined
  /** Refuse a server that offers no TLS with a certificate we can check. Default true, but false on this very machine. */
  readonly requireTls?: boolean
  /** Whole time for one letter, connecting included. Milliseconds, default 30 000. */
  readonly deadlineMs?: number
}

/** One mailbox, no list, no comment, no quoting, no line break: what cannot be sent to a second reader. */
const address = /^[^\s<>()[\]\\,;:"@]{1,64}@[^\s<>()[\]\\,;:"@]{1,255}$/u

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

export function smtpMailer(options: SmtpOptions): Mailer & { close(): void } {
  const { url, from, issuer, replyTo, deadlineMs = 30_000 } = options
  const { requireTls = !loopback.test(new URL(url).hostname) } = options
  const sender = /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim()
  if (!address.test(sender)) throw new Error(`not an address to send from: ${from}`)
  const host = new URL(issuer).hostname
  const transport = nodemailer.createTransport({
    url,
    requireTLS: requireTls,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: requireTls },
  })

  return {
    async send(message) {
      if (!address.test(message.to)) throw new MailRefused('not an address')
      try {
        await transport.sendMail({
          from,
          to: message.to,
          replyTo,
          envelope: { from: sender, to: message.to },
          messageId: `<${printable(message.id)}@${host}>`,
          subject: message.subject,
          text: message.text,
          html: message.html,
          headers: {
            'Content-Language': message.locale,
            // RFC 3834 §5, and Exchange's own word: no out-of-office answers.
            'Auto-Submitted': 'auto-generated',
            'X-Auto-Response-Suppress': 'All',
          },
          signal: AbortSignal.timeout(deadlineMs),
        })
      } catch (error) {
        throw failure(error)
      }
    },
    close: () => transport.close(),
  }
}

/** What stands before the @ of a Message-ID: the letter's id, the same at every attempt. @see RFC 5322 §3.6.4 */
const printable = (id: Email['id']) =>
  id.replace(/[^\w.-]|^\.|\.$|\.(?=\.)/gu, (sign) => `%${sign.codePointAt(0)?.toString(16)}`)

/** A "no" for ever is one to this recipient or this text; one to our name, password or connection is ours to mend, so it waits. */
function failure(error: unknown): Error {
  const {
    code = '',
    command = '',
    responseCode = 0,
    response = '',
  } = error as Partial<Record<string, string>> & {
    responseCode?: number
  }
  if (!responseCode) return new Error(`the letter did not leave: ${code || 'unknown error'}`)
  // RFC 3463 §2: the enhanced code is digits only.
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
  const said = `the mail server answered ${[responseCode, enhanced].filter(Boolean).join(' ')} to ${command || 'the connection'}`
  const isAboutThisEmail = command === 'RCPT TO' || command === 'DATA'
  return responseCode >= 500 && isAboutThisEmail ? new MailRefused(said) : new Error(said)
}
