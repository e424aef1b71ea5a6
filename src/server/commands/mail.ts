/** `mail test`: one message by the configured mail server, and the outcome in one line. Exit codes: 0 accepted, 1 not. */
import { systemClock } from '../../clock.ts'
import { newId } from '../../crypto/tokens.ts'
import { readRelay } from '../../mail/relay.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { readConfiguration } from '../configuration/read.ts'
import { mailerOf } from '../mailer.ts'
import type { Command } from './command.ts'

export const mailTest: Command = {
  takes: 'ADDRESS',
  does: 'send one test message by the configured mail server, and say what became of it',
  options: {},
  positionals: 1,
  async run({ environment, out, error }, { positionals: [to = ''] }) {
    const configuration = await readConfiguration(environment)
    const mailer = mailerOf(configuration)
    const { smtpUrl } = configuration.mail
    if (!mailer || smtpUrl === null) {
      error('oidc-rekey: SMTP is not configured: set SMTP_URL (mail.smtp_url); emails go to the development mailbox')
      return 1
    }
    const { host, port } = readRelay(smtpUrl)
    const relay = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    try {
      out(`accepted by ${relay}: ${await mailer.deliver({ ...messageOf(configuration), to })}`)
      return 0
    } catch (failure) {
      error(`oidc-rekey: not accepted by ${relay}: ${(failure as Error).message}`)
      return 1
    } finally {
      mailer.close()
    }
  },
}

function messageOf({ issuer, brand, locales }: Configuration) {
  const text = `This is a test message of ${brand.name} at\n${issuer}\nIts mail server is configured.\n`
  return {
    subject: `Test message of ${brand.name}`,
    text,
    html: `<pre>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</pre>`,
    locale: locales?.[0] ?? 'en',
    id: `test.${systemClock.now()}.${newId()}`,
  }
}
