/** The mailer: whether its server takes a connection, and whether its sender belongs to the issuer. */
import { isIP } from 'node:net'
import { isLoopback } from '../options.ts'
import { type Check, type Facts, messageOf, type Trouble } from './check.ts'

/** Longest wait for the mail server. Milliseconds. */
const VERIFY_MS = 3000

export const mail: Check<Facts> = {
  severity: 'warn',
  mend: 'Check the address of the mail server, its user and its certificate',
  async run({ mail: mailer, issuer }) {
    return [...(await refusal(mailer)), ...foreignSender(mailer.from, new URL(issuer).hostname)]
  },
}

async function refusal(mailer: Facts['mail']): Promise<Trouble[]> {
  try {
    await mailer.verify?.(AbortSignal.timeout(VERIFY_MS))
    return []
  } catch (error) {
    return [{ found: `no email can be sent: ${messageOf(error)}` }]
  }
}

function foreignSender(from: string | undefined, host: string): Trouble[] {
  const domain = /@([^\s<>@]+)>?\s*$/.exec(from ?? '')?.[1]?.toLowerCase()
  if (domain === undefined || isLoopback(host) || isIP(host) !== 0 || organisationOf(domain) === organisationOf(host))
    return []
  return [
    {
      found: `emails come from ${domain}, and their links lead to ${host}, which looks like phishing`,
      mend: `Send from an address of ${organisationOf(host)}`,
    },
  ]
}

/** Without a list of public suffixes: the last two labels, three below such as co.uk. */
function organisationOf(domain: string): string {
  const labels = domain.split('.')
  const isShort = (labels.at(-2) ?? '').length <= 3 && (labels.at(-1) ?? '').length === 2
  return labels.slice(isShort ? -3 : -2).join('.')
}
