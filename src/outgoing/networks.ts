/** Judges the address of an outgoing connection: public ones are allowed, others only when the operator lists their network. */
import { BlockList, isIP, type IPVersion } from 'node:net'

/** Length of an address. Bits. */
const BITS = { ipv4: 32, ipv6: 128 } as const

/** Special-purpose registries of IANA (RFC 6890) that a name on the internet must not lead to, multicast included. */
const specialUse = networksOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/9',
  'ff00::/8',
])

/** Where clouds hand out credentials of the machine: only an entry of this one address allows them, never a network around it. */
const singly = networksOf([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  '::/96',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
])

/** IPv4 addresses as a dual-stack socket shows them. */
const mapped = networksOf(['::ffff:0:0/96'])

/** The widest entry that names a private network: 10.0.0.0/8, fc00::/7. Bits. */
const WIDEST = { ipv4: 8, ipv6: 7 } as const

export type IsAllowed = (address: string) => boolean

interface Network {
  readonly address: string
  readonly bits: number
  readonly version: IPVersion
}

/** @param entries without a fault of `networkFault` */
export function allowedAddresses(entries: readonly string[]): IsAllowed {
  const listed = networksOf(entries)
  const single = networksOf(entries.filter((entry) => isSingle(parse(entry))))
  return (text) => {
    // A zone (fe80::1%eth0) names an interface of this machine.
    const [address = ''] = text.split('%')
    const version = versionOf(address)
    if (version === null) return false
    if (singly.check(address, version)) return single.check(address, version)
    return !specialUse.check(address, version) || listed.check(address, version)
  }
}

/** null: it can be listed. */
export function networkFault(entry: string): string | null {
  const network = parse(entry)
  if (!network) return 'must be a network such as 10.0.0.0/8 or fd00::/8, or one address'
  const { address, bits, version } = network
  if (mapped.check(address, 'ipv6')) return 'is an IPv4 network in IPv6: write it as IPv4'
  if (bits < WIDEST[version]) return `is wider than /${WIDEST[version]}, which is more than one private network`
  const isFirst = numberOf(network) % 2n ** BigInt(BITS[version] - bits) === 0n
  return isFirst ? null : 'is not the first address of that network'
}

function versionOf(address: string): IPVersion | null {
  if (isIP(address) === 4) return 'ipv4'
  return isIP(address) === 6 ? 'ipv6' : null
}

const isSingle = (network: Network | null): boolean => network !== null && network.bits === BITS[network.version]

function parse(entry: string): Network | null {
  const [, address = '', length] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(entry) ?? []
  const version = versionOf(address)
  if (version === null) return null
  const bits = length === undefined ? BITS[version] : Number(length)
  return bits <= BITS[version] ? { address, bits, version } : null
}

function networksOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const network = parse(entry)
    if (!network) throw new TypeError(`not a network: ${entry}`)
    list.addSubnet(network.address, network.bits, network.version)
  }
  return list
}

function numberOf({ address, version }: Network): bigint {
  if (version === 'ipv4') return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
  // The URL parser writes an IPv4 tail as two groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string | undefined): string[] => (text ? text.split(':') : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<string>(tail === undefined ? 0 : missing).fill('0'), ...groups(tail)]
  return all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n)
}
