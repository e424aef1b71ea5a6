/** The mailer that the configuration describes. */
import { smtpMailer, type SmtpMailer } from '../mail/smtp.ts'
import { createOutgoing } from '../outgoing/outgoing.ts'
import type { Configuration } from './configuration/configuration.ts'

/** For an access token. */
const TOKEN_SECONDS = 10

/** null: emails go to the development mailbox. */
export function mailerOf({ issuer, mail, outgoing }: Configuration): SmtpMailer | null {
  const { smtpUrl: url, from, tls, ca, ehloName, oauth2, deadlineSeconds } = mail
  if (url === null) return null
  return smtpMailer({
    url,
    from,
    issuer,
    ca,
    ehloName,
    oauth2,
    ...(tls === null ? {} : { tls }),
    outgoing: createOutgoing({ ...outgoing, timeoutSeconds: TOKEN_SECONDS }),
    deadlineSeconds,
  })
}
