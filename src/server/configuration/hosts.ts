/** Names under which this service is reached. */
import { z } from 'zod'
import { authorityOf, isSameAuthority, readAuthority } from '../../core/hostNames.ts'

/** Names in the operator's own network, for machine endpoints only. */
export const internalHosts = z
  .array(
    z.string('must be host or host:port').refine((text) => readAuthority(text) !== null, 'must be host or host:port'),
    'must be a list of host or host:port',
  )
  .default([])

/** The internal hosts that are the issuer's host: they would have no effect. */
export const hostsOfIssuer = (issuer: string, hosts: readonly string[]): number[] =>
  hosts.flatMap((text, index) => {
    const requested = readAuthority(text)
    const isOwn = requested && isSameAuthority({ requested, known: authorityOf(issuer) }, issuer.startsWith('https:'))
    return isOwn ? [index] : []
  })

/** The issuer as applications have to name it: its origin, without a dot at the end of the host. */
export function issuerOf(given: string): URL {
  const url = new URL(given)
  url.hostname = url.hostname.replace(/\.$/, '')
  return url
}
