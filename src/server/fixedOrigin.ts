/**
 * The issuer is the only source of URLs. Host, scheme and forwarding headers of a request are checked or replaced before other code
 * reads them, so that no link, redirect or endpoint can get another origin.
 */
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Authority, authorityOf, isSameAuthority, readAuthority } from '../core/hostNames.ts'
import { clientAddress } from './clientAddress.ts'

/** Replaces an unreadable address, instead of the proxy's own. @see RFC 7239 §6.2 */
const UNKNOWN = 'unknown'

/** Load balancers probe by address, by HTTP/1.0 without a Host, and with queries. */
const isProbe = (path: string): boolean => /^\/health\/(?:live|ready)\/?$/i.test(path)

export interface Addresses {
  readonly issuer: string
  /** Names of the machine endpoints in the operator's own network: `host` or `host:port`. */
  readonly internalHosts: readonly string[]
  /** Whether an internal host serves a request. */
  readonly isMachineEndpoint: (method: string, path: string) => boolean
  /** The trusted proxies wrote no address of the client. */
  readonly onUnknownClient?: () => void
  /** A request for another host was refused. */
  readonly onOtherHost?: (host: string) => void
}

/** Answers `internal`: a request in the operator's own network; null: the request is for another address. */
type Judge = (req: IncomingMessage, target: Target) => 'issuer' | 'internal' | null

/** @param proxies trusted proxies in front, each of which appends to X-Forwarded-For; 0: the header is ignored */
export function fixedOrigin(addresses: Addresses, proxies: number, listener: RequestListener): RequestListener {
  const { issuer } = addresses
  const { host, protocol } = new URL(issuer)
  const judge = judgeOf(addresses)
  return (req, res) => {
    const target = targetOf(req.url ?? '')
    const reached = target && judge(req, target)
    if (!reached) {
      addresses.onOtherHost?.(req.headers.host ?? '')
      return misdirected(res, issuer)
    }
    if (isAtOtherOrigin(req)) return void res.writeHead(308, { Location: issuer + target.path }).end()
    req.url = target.path
    // A client in the operator's own network reaches this process without a proxy, so that it wrote the header itself.
    const count = reached === 'internal' ? 0 : proxies
    const address = clientAddress(req.socket.remoteAddress, String(req.headers['x-forwarded-for'] ?? ''), count)
    if (address === null && !isProbe(pathOf(target.path))) addresses.onUnknownClient?.()
    for (const name of Object.keys(req.headers)) if (isForwarding(name) && !REPLACED.has(name)) delete req.headers[name]
    req.headers.host = host
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    req.headers['x-forwarded-for'] = address ?? UNKNOWN
    return listener(req, res)
  }
}

const isForwarding = (name: string): boolean => name.startsWith('x-forwarded') || name.startsWith('forwarded')

/** Headers that get a value of ours. To delete them first makes every later access to a header slower. */
const REPLACED: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-proto'])

const pathOf = (target: string): string => target.split('?', 1)[0] ?? ''

function judgeOf({ issuer, internalHosts, isMachineEndpoint }: Addresses): Judge {
  const own = authorityOf(issuer)
  const ownHost = new URL(issuer).host
  const isSecure = issuer.startsWith('https:')
  const internal = internalHosts.map(readAuthority).filter((known) => known !== null)
  const readHost = (host: string): Authority | null => (host === ownHost ? own : readAuthority(host))
  return (req, { authority, path }) => {
    const pathname = pathOf(path)
    if (isProbe(pathname)) return 'issuer'
    const requested = authority ?? (hasOneHost(req) ? readHost(req.headers.host ?? '') : null)
    if (!requested) return null
    if (requested === own || isSameAuthority({ requested, known: own }, isSecure)) return 'issuer'
    const isInternal = internal.some((known) => isSameAuthority({ requested, known }, true))
    return isInternal && isMachineEndpoint(req.method ?? '', pathname) ? 'internal' : null
  }
}

/** A second Host may be the one that a proxy has checked, so two are none. @see RFC 9112 §3.2 */
function hasOneHost({ rawHeaders }: IncomingMessage): boolean {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count === 1
}

/** For a browser `id.example.com.` is another origin, which gets none of our cookies. */
const isAtOtherOrigin = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && isNavigation(headers) && /\.(?::\d*)?$/.test(headers.host ?? '')

/** Over plain http, and before Safari 16.4, a browser sends no `Sec-Fetch-Mode`. */
const isNavigation = ({ accept, 'sec-fetch-mode': mode }: IncomingHttpHeaders): boolean =>
  mode === undefined ? /\btext\/html\b/.test(accept ?? '') : mode === 'navigate'

interface Target {
  /** Of an absolute target, which overrides Host; null: the target is a path. @see RFC 9112 §3.2.2 */
  readonly authority: Authority | null
  readonly path: string
}

/** null: neither a path nor an absolute URL. */
function targetOf(target: string): Target | null {
  if (target.startsWith('/')) return { authority: null, path: target }
  const [, host = '', path = ''] = /^https?:\/\/([^/?#]*)([^#]*)$/i.exec(target) ?? []
  const authority = readAuthority(host)
  return authority && { authority, path: path.startsWith('/') ? path : `/${path}` }
}

function misdirected(res: ServerResponse, issuer: string): void {
  res.writeHead(421, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
  res.end(`This service answers at ${issuer} only.\n`)
}
