/** Rules between the keys of mail. */
import { isLoopback } from '../../core/loopback.ts'
import { readRelay } from '../../mail/relay.ts'
import type { File } from './schema.ts'

export type MailFile = File['mail']

/** As [key below mail, what is wrong]. */
export function* mailContradictions({ smtp_url: url, tls, oauth2 }: MailFile): Iterable<readonly [string, string]> {
  const relay = url === undefined ? null : readRelay(url)
  if (relay?.isTls && (tls === 'off' || tls === 'opportunistic'))
    yield ['tls', `${tls} contradicts smtps://, which is encrypted from the start: write smtp://`]
  if (relay && !oauth2 && relay.user !== null && relay.password === null)
    yield ['smtp_url', 'has a user and no password']
  if (!oauth2) return
  if (relay?.password) yield ['smtp_url', 'has a password beside mail.oauth2: leave it out']
  if (!oauth2.user && !relay?.user)
    yield ['oauth2.user', 'the mailbox is required, here or as the user of mail.smtp_url']
  if (tls && tls !== 'required') yield ['tls', 'must be required with mail.oauth2: the token would travel readable']
  const { protocol, hostname, username, password } = new URL(oauth2.token_url)
  if (username !== '' || password !== '') yield ['oauth2.token_url', 'has a user and a password, which are not sent']
  if (protocol !== 'https:' && !isLoopback(hostname)) yield ['oauth2.token_url', 'must be https']
}

/** What is weaker than the default, for the start and `config check`. */
export function mailNotices({ smtp_url: url, tls }: MailFile): string[] {
  const relay = url === undefined ? null : readRelay(url)
  if (!relay || isLoopback(relay.host) || (tls !== 'off' && tls !== 'opportunistic')) return []
  const what = relay.user === null ? 'emails with links' : 'the password of the mail server and emails with links'
  return [`mail.tls: ${tls}: ${what} may travel readable`]
}
