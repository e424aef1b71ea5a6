/**
 * What the end of an SMTP conversation means, for every stage and reply: whether the address is wrong for good, or the email is sent again
 * within its lifetime, and one word with a sentence for administrators. No text of the server is passed on: it can quote the email.
 */
import { connectionFailure } from '../outgoing/failure.ts'

export type Stage = 'connect' | 'EHLO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'text' | 'unknown'

const sentences = {
  recipient: 'the mail server does not take this address',
  sender: 'the mail server does not take the sender, see mail.from',
  name: 'the mail server does not take our name, see mail.ehlo_name',
  auth: 'the mail server wants a user or encryption, or does not take the user',
  token: 'there is no access token, see mail.oauth2',
  tls: 'there is no trusted encryption, see mail.tls and mail.ca_file',
  policy: 'the mail server refuses by a policy',
  storage: 'the mailbox or the mail server is full',
  size: 'the mail server does not take emails of this size',
  later: 'the mail server asks for another attempt',
  rejected: 'the mail server does not take the email',
  protocol: 'the answer is not SMTP',
  dns: 'DNS does not know the mail server',
  refused: 'nothing takes connections there',
  unreachable: 'there is no way to the mail server',
  timeout: 'the mail server did not answer in time',
  disconnected: 'the mail server closed the connection',
  unknown: 'the email was not sent',
} as const
export type MailFailureClass = keyof typeof sentences

export interface MailFailure {
  readonly is: MailFailureClass
  /** Nothing that the operator or time can change: the address is wrong. */
  readonly final: boolean
  /** `recipient: the mail server does not take this address (550 5.1.1 at RCPT)` */
  readonly text: string
}

interface Row {
  readonly at: readonly Stage[]
  /** Of the reply code, RFC 5321 §4.2. */
  readonly code?: RegExp
  /** Of the enhanced status code, RFC 3463. */
  readonly status?: RegExp
  readonly is: MailFailureClass
  readonly final?: true
}

const anywhere: readonly Stage[] = ['connect', 'EHLO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'text', 'unknown']
const envelope: readonly Stage[] = ['MAIL', 'RCPT', 'DATA', 'text']

/** The first row that matches decides. */
const replies: readonly Row[] = [
  { at: envelope, status: /^[45]\.[23]\.[34]$/, is: 'size' },
  { at: envelope, status: /^[45]\.(2\.2|3\.1)$/, is: 'storage' },
  { at: ['STARTTLS'], is: 'tls' },
  // 454: the server cannot ask its directory now, RFC 4954 §4.7.
  { at: ['AUTH'], code: /^4/, is: 'later' },
  { at: ['AUTH'], is: 'auth' },
  // Encryption is wanted, RFC 5248 §3.1; Microsoft 365 asks for STARTTLS with 451 5.7.3.
  { at: envelope, status: /^[45]\.7\.(3|10|11)$/, is: 'auth' },
  { at: anywhere, code: /^(421|450|451)$/, is: 'later' },
  { at: ['EHLO'], code: /^4/, is: 'later' },
  // Without EHLO there is no STARTTLS.
  { at: ['EHLO'], code: /^50[02]$/, is: 'tls' },
  { at: ['EHLO'], is: 'name' },
  { at: ['connect'], code: /^4/, is: 'later' },
  { at: ['connect'], code: /^5/, is: 'policy' },
  // 530: a user or encryption is required first, RFC 4954 §6, RFC 3207 §4.
  { at: anywhere, code: /^(530|534|535|538)$/, is: 'auth' },
  // Postfix answers MAIL and RCPT where it does not like the name in EHLO.
  { at: envelope, code: /^504$/, is: 'name' },
  { at: envelope, status: /^5\.5\.2$/, is: 'name' },
  { at: ['MAIL', 'text'], code: /^552$/, is: 'size' },
  { at: envelope, code: /^(452|552)$/, is: 'storage' },
  // The last two: the user may not send as this sender, Exchange and Microsoft 365.
  { at: envelope, status: /^5\.(1\.[78]|7\.60|2\.252)$/, is: 'sender' },
  { at: envelope, code: /^4/, is: 'later' },
  { at: envelope, status: /^5\.7\./, is: 'policy' },
  { at: ['RCPT'], code: /^5/, status: /^5\.[01]\./, is: 'recipient', final: true },
  { at: ['RCPT'], code: /^5/, is: 'recipient' },
  { at: ['MAIL'], code: /^5/, is: 'sender' },
  { at: ['DATA', 'text'], code: /^5/, is: 'rejected' },
  { at: anywhere, is: 'protocol' },
]

/** @param error of nodemailer */
export function mailFailure(error: unknown): MailFailure {
  if (error instanceof TokenRefused) return failure('token', error.message)
  const { code: kind, command, response, responseCode, message = '' } = (error ?? {}) as NodemailerError
  const stage = stageOf(command, kind)
  const reply = String(responseCode || '')
  if (reply !== '') {
    const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1] ?? ''
    const row = replies.find(
      (item) => item.at.includes(stage) && (item.code?.test(reply) ?? true) && (item.status?.test(status) ?? true),
    )
    const said = [reply, status].filter(Boolean).join(' ')
    return failure(row?.is ?? 'unknown', `${said} ${stage === 'connect' ? 'at first' : `at ${stage}`}`, row?.final)
  }
  if (kind === 'EMESSAGE' && stage === 'MAIL') return failure('size')
  if (kind === 'ENOAUTH') return failure('auth', 'it offers no sign-in, or only with encryption')
  if (kind === 'EAUTH') return failure('auth')
  if (kind === 'EPROTOCOL') return failure('protocol')
  if (kind === 'EENVELOPE') return failure('recipient')
  if (kind === 'EABORT' || kind === 'ETIMEDOUT') return failure('timeout')
  const cause = connectionFailure(error)
  const tls = tlsDetail(message)
  if (kind === 'ETLS' || cause === 'tls' || tls !== null) return failure('tls', tls ?? undefined)
  if (kind === 'EDNS') return failure('dns')
  if (cause in sentences && cause !== 'unknown') return failure(cause as MailFailureClass)
  return failure(kind === 'ECONNECTION' ? 'disconnected' : 'unknown')
}

/** A token endpoint gave no token; the message is one word for each cause. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
}

interface NodemailerError {
  readonly code?: string
  readonly command?: string
  readonly response?: unknown
  readonly responseCode?: number
  readonly message?: string
}

const failure = (is: MailFailureClass, detail?: string, final = false): MailFailure => ({
  is,
  final,
  text: `${is}: ${sentences[is]}${detail === undefined ? '' : ` (${detail})`}`,
})

function stageOf(command: string | undefined, kind: string | undefined): Stage {
  if (command === 'CONN') return 'connect'
  if (command === 'EHLO' || command === 'HELO' || command === 'LHLO') return 'EHLO'
  if (command === 'STARTTLS') return 'STARTTLS'
  if (command?.startsWith('AUTH')) return 'AUTH'
  if (command === 'MAIL FROM') return 'MAIL'
  if (command === 'RCPT TO') return 'RCPT'
  // The same command names the reply to DATA and the one to the text after it.
  if (command === 'DATA') return kind === 'EMESSAGE' ? 'text' : 'DATA'
  return 'unknown'
}

/** Sentences of OpenSSL and node:tls, whose error codes get lost in nodemailer. */
const tlsDetails: readonly (readonly [RegExp, string])[] = [
  [/self[- ]signed certificate/i, 'the certificate is not trusted'],
  [/unable to (verify|get)/i, 'the certificate is not trusted'],
  [/altnames|does not match/i, 'the certificate is for another name'],
  [/certificate has expired/i, 'the certificate has expired'],
  [/wrong version number|packet length too long/i, 'the mail server does not speak TLS at once: write smtp://'],
  [/unsupported protocol|no protocols|alert protocol version/i, 'TLS 1.2 or newer is required'],
]
const tlsDetail = (message: string): string | null => tlsDetails.find(([pattern]) => pattern.test(message))?.[1] ?? null
