/** IP addresses as proxies and frameworks write them, in canonical form, and the networks they belong to. */

const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`)
/** An IPv4 address inside IPv6, as the URL parser writes it. */
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/

/**
 * The address without quotes, brackets, port and zone; IPv4 within IPv6 as IPv4. null: `unknown`, `_hidden`, or no address at all.
 * @see RFC 7239 §6
 */
export function readAddress(text: string): string | null {
  if (IPV4.test(text)) return text
  const bare = text.trim().replace(/^"(.*)"$/, '$1')
  const host = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(bare)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(bare)?.[1] ?? bare
  const address = host.replace(/%.*$/, '')
  if (IPV4.test(address)) return address
  if (!/^[\da-f:.]*:[\da-f:.]*$/i.test(address)) return null
  const long = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1)
  const [, high, low] = MAPPED.exec(long ?? '') ?? []
  if (high === undefined || low === undefined) return long ?? null
  const number = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)
  return [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join('.')
}

/** The first `count` groups of a canonical IPv6 address. */
function groupsOf(address: string, count: number): string {
  const [head = '', tail = ''] = address.split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail.split(':').filter(Boolean)
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, count).join(':')
}

/** The network for the audit, which shows a pattern and no person: IPv4 /24, IPv6 /48; null: no address. */
export function auditNetwork(text: string): string | null {
  const address = readAddress(text)
  if (address === null) return null
  return IPV4.test(address) ? address.replace(/\.\d+$/, '.0/24') : `${groupsOf(address, 3)}::/48`
}

/** The network for rate limits: an IPv4 address, or the /64 of an IPv6 address, which one customer has. */
export function limitNetwork(text: string): string {
  const address = readAddress(text)
  if (address === null) return 'unknown'
  return IPV4.test(address) ? address : `${groupsOf(address, 4)}::/64`
}
