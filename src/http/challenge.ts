/** `WWW-Authenticate` of our API and of a host's. @see RFC 6750 §3, RFC 9449 §7, RFC 9470 §3 */
import type { IncomingMessage } from 'node:http'
import type { PresentedToken, TokenVerifier } from '../oidc/bearer.ts'

export interface Challenge {
  /** null: the request had no token, so that nothing was wrong with one. */
  readonly parameters: Readonly<Record<string, string>> | null
  /** Default: the scheme of the request. */
  readonly scheme?: PresentedToken['scheme']
  /** @see RFC 9728 §5.1 */
  readonly metadataUrl?: string
}

export function challengeOf(
  { headers }: Pick<IncomingMessage, 'headers'>,
  { parameters, scheme = schemeOf(headers.authorization) ?? 'Bearer', metadataUrl }: Challenge,
  { algorithms }: Pick<TokenVerifier, 'algorithms'>,
): string {
  const named = Object.entries({ ...parameters, ...(metadataUrl && { resource_metadata: metadataUrl }) })
  const list = named.map(([name, value]) => `${name}="${value}"`)
  const algs = algorithms().length > 0 ? `DPoP algs="${algorithms().join(' ')}"` : null
  if (parameters !== null && scheme === 'DPoP' && algs) return [algs, ...list].join(', ')
  const bearer = `Bearer ${list.join(', ')}`.trimEnd()
  return parameters === null && algs ? `${bearer}, ${algs}` : bearer
}

const schemeOf = (authorization = ''): PresentedToken['scheme'] | null => {
  const [, scheme] = /^(Bearer|DPoP)\s/i.exec(authorization) ?? []
  return scheme === undefined ? null : scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
}

/** @param url of the request, without a query, as clients know it. null: there is no token, or it has not the form of one */
export function presentedToken({ headers, method = '' }: IncomingMessage, url: string): PresentedToken | null {
  const token = /^(?:Bearer|DPoP) ([\w.~+/=-]+)$/i.exec(headers.authorization ?? '')?.[1]
  const scheme = schemeOf(headers.authorization)
  const proof = headers['dpop']
  if (token === undefined || scheme === null) return null
  return { scheme, token, proof: typeof proof === 'string' ? proof : null, method, url }
}

/** Whether the request tries to authenticate by a token at all. @see RFC 6750 §3.1 */
export const hasToken = ({ headers }: IncomingMessage): boolean => schemeOf(headers.authorization) !== null
