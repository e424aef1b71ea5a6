/**
 * The issuer is the only source of URLs. Host, scheme and forwarding headers of a request are checked or replaced before other code
 * reads them, so that no link, redirect or endpoint can get another origin.
 */
import type { RequestListener, ServerResponse } from 'node:http'
import { clientAddress } from './clientAddress.ts'

/** Replaces an unreadable address, instead of the proxy's own. @see RFC 7239 §6.2 */
const UNKNOWN = 'unknown'

/** Load balancers probe by address. */
const isProbe = (path: string): boolean => path === '/health/live' || path === '/health/ready'

/** @param proxies trusted proxies in front, each of which appends to X-Forwarded-For; 0: the header is ignored */
export function fixedOrigin(issuer: string, proxies: number, listener: RequestListener): RequestListener {
  const { host, protocol } = new URL(issuer)
  return (req, res) => {
    const target = req.url ?? ''
    if (!target.startsWith('/')) return misdirected(res, issuer)
    if (req.headers.host?.toLowerCase() !== host && !isProbe(target)) return misdirected(res, issuer)
    const address = clientAddress(req.socket.remoteAddress, String(req.headers['x-forwarded-for'] ?? ''), proxies)
    for (const name of Object.keys(req.headers)) if (/^(x-)?forwarded/.test(name)) delete req.headers[name]
    req.headers.host = host
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    req.headers['x-forwarded-for'] = address ?? UNKNOWN
    return listener(req, res)
  }
}

function misdirected(res: ServerResponse, issuer: string): void {
  res.writeHead(421, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
  res.end(`This service answers at ${issuer} only.\n`)
}
