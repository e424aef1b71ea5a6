/** The source of an email: the library writes its headers. The streams by which it would write the rest cost five times as much. */
import MimeNode from 'nodemailer/lib/mime-node'
import type { Email } from '../ports.ts'
import type { ReadyEmail } from './connections.ts'
import { textPart } from './textPart.ts'

export interface Sender {
  readonly name: string
  readonly address: string
}

interface ComposerOptions {
  readonly sender: Sender
  readonly senderDomain: string
  readonly issuer?: string | undefined
  readonly replyTo?: string | undefined
}

type Composer = (email: Email, takesEightBit: boolean) => Promise<ReadyEmail>

export function composer({ sender, senderDomain, issuer, replyTo }: ComposerOptions): Composer {
  const domain = issuer === undefined ? senderDomain : new URL(issuer).hostname
  return async ({ id, to, subject, text, html, locale }, takesEightBit) => {
    const email = new MimeNode('multipart/alternative')
    email.setHeader({
      From: sender,
      To: to,
      ...(replyTo !== undefined && { 'Reply-To': replyTo }),
      Subject: subject,
      'Message-ID': `<${printable(id)}@${domain}>`,
      'Content-Language': locale,
      // No out-of-office answers: RFC 3834 §5, and the header of Exchange.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    })
    const headers = email.buildHeaders()
    const parts = await Promise.all([
      textPart(email, { kind: 'plain', content: text }, takesEightBit),
      textPart(email, { kind: 'html', content: html }, takesEightBit),
    ])
    const use8BitMime = parts.some(({ isEightBit }) => isEightBit)
    const delimiter = `\r\n--${email.boundary}`
    const source = Buffer.concat([
      Buffer.from(`${headers}\r\n`),
      ...parts.flatMap((part) => [Buffer.from(`${delimiter}\r\n`), part.source]),
      Buffer.from(`${delimiter}--\r\n`),
    ])
    return { envelope: { from: sender.address, to, use8BitMime }, source }
  }
}

/** The left part of a Message-ID: the id of the email, the same at every attempt. @see RFC 5322 §3.6.4 */
const printable = (id: Email['id']) =>
  id.replace(/[^\w.-]|^\.|\.$|\.(?=\.)/gu, (sign) => `%${sign.codePointAt(0)?.toString(16)}`)
