/** The keys of outgoing connections, and files of certificates. */
import { readTextSync, whyUnreadable } from '../../decoding.ts'
import { z } from 'zod'
import { isLoopback } from '../../core/loopback.ts'
import { certificatesIn } from '../../crypto/certificates.ts'
import { networkFault } from '../../outgoing/networks.ts'
import { USUAL_SECONDS } from '../../outgoing/outgoing.ts'
import type { Environment } from './environment.ts'

const network = z.string('must be a network such as 10.0.0.0/8').superRefine((entry, { addIssue }) => {
  const fault = networkFault(entry)
  if (fault !== null) addIssue(fault)
})

/** A PEM file with certificates of authorities; becomes its text. */
export const certificateFile = z
  .string('must be the path of a PEM file')
  .transform((path, { addIssue }) => {
    try {
      return certificatesIn(readTextSync(path))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      addIssue(
        code?.startsWith('E') && !code.startsWith('ERR')
          ? `cannot be read: ${whyUnreadable(error)}`
          : 'has no certificate in PEM',
      )
      return z.NEVER
    }
  })
  .optional()

const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY', 'http_proxy']

/**
 * A proxy would look the name up itself, and reach what this machine may not. Only the first variable is named, never its value.
 * @param urls of requests of this service
 */
export function proxyNotices(urls: readonly string[], environment: Environment): string[] {
  const variable = proxyVariables.find((name) => environment[name])
  if (variable === undefined || urls.every((url) => isLoopback(new URL(url).hostname))) return []
  return [
    `${variable} is not used: requests to backchannel_logout_uri, jwks_uri and mail.oauth2 go to the address itself, without the proxy`,
  ]
}

const TIMEOUT = 'must be a whole number of seconds from 1 to 60'

export const outgoingKeys = z.strictObject({
  allow: z.array(network, 'must be a list of networks').default([]),
  ca_file: certificateFile,
  timeout_seconds: z.int(TIMEOUT).min(1, TIMEOUT).max(60, TIMEOUT).default(USUAL_SECONDS),
})
