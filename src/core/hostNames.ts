/**
 * Authorities (host and port) of URLs and Host headers, compared by what they mean: case, a trailing dot, the default port, IDNA and the
 * spelling of IP literals make no difference. @see RFC 9110 §4.2.3
 */

export interface Authority {
  /** In lower case, A-labels, without a trailing dot. */
  readonly name: string
  /** null: the default port of its scheme. */
  readonly port: number | null
}

/** A domain name in A-labels, or an IP literal. */
const NAME = /^(?:[a-z\d._-]+|\[[\da-f:.]+\])$/

/** Reads `host` or `host:port`; null: it is neither. */
export function readAuthority(text: string): Authority | null {
  const [, host, port = ''] = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d{0,5}))?$/.exec(decoded(text) ?? '') ?? []
  if (host === undefined || /[\s/?#@\\]/.test(host) || Number(port) > 65_535) return null
  const name = URL.parse(`http://${host}`)?.hostname.replace(/\.$/, '')
  return name && NAME.test(name) ? { name, port: port === '' ? null : Number(port) } : null
}

/** Node.js reads a header as Latin-1; a U-label is sent as UTF-8. */
function decoded(text: string): string | null {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  if (codes.every((code) => code < 128) || codes.some((code) => code > 255)) return text
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(codes))
  } catch {
    return null
  }
}

const HTTP = 80
const HTTPS = 443

/** The authority of an http or https URL. */
export function authorityOf(url: string): Authority {
  const { hostname, port } = new URL(url)
  return { name: hostname.replace(/\.$/, ''), port: port === '' ? null : Number(port) }
}

/**
 * Whether a request for `requested` is one for `known`. A proxy that ends TLS may send the default port of either scheme.
 * @param isSecure `known` may be reached by https
 */
export function isSameAuthority(
  { requested, known }: { readonly requested: Authority; readonly known: Authority },
  isSecure: boolean,
): boolean {
  const portOf = ({ port }: Authority): number | null => (port === HTTP || (isSecure && port === HTTPS) ? null : port)
  return requested.name === known.name && (known.port === null ? portOf(requested) : requested.port) === known.port
}
