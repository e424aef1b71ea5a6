/** Names under which this service is reached, and where it listens. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { authorityOf, isSameAuthority, readAuthority } from '../../core/hostNames.ts'

/** Names in the operator's own network, for machine endpoints only. */
export const internalHosts = z
  .array(
    z.string('must be host or host:port').refine((text) => readAuthority(text) !== null, 'must be host or host:port'),
    'must be a list of host or host:port',
  )
  .default([])

const OWN_HOST = 'must be the name or the IP address of this machine to listen on, without a port'

/** Where to listen. An IPv6 address may have the brackets of a URL. */
export const ownHost = z.string(OWN_HOST).transform((given, ctx) => {
  const address = given.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address)) return address
  const read = given.includes(':') ? null : readAuthority(given)
  if (read) return read.name
  ctx.addIssue({ code: 'custom', message: OWN_HOST })
  return z.NEVER
})

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
