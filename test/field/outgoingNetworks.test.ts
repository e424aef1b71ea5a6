/** The judge of addresses: which are reachable without an entry, which need one, and which entries are refused. */
import { expect } from 'chai'
import { allowedAddresses, networkFault } from '../../src/outgoing/networks.ts'

const everyPrivate = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '100.64.0.0/10',
  'fc00::/7',
  '::1',
]

describe('the networks of outgoing connections', () => {
  for (const address of [
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.0.1',
    '11.0.0.1',
    '126.255.255.255',
  ])
    it(`${address} is public`, () => expect(allowedAddresses([])(address)).to.equal(true))
  for (const address of ['2606:4700::1111', '2a00:1450:4001:80e::200e', '::ffff:8.8.8.8', '::ffff:808:808'])
    it(`${address} is public`, () => expect(allowedAddresses([])(address)).to.equal(true))

  /** Address, and an entry that allows it. */
  const needs: readonly (readonly [string, string])[] = [
    ['10.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3'],
    ['172.31.255.255', '172.16.0.0/12'],
    ['192.168.1.1', '192.168.1.0/24'],
    ['100.64.0.1', '100.64.0.0/10'],
    ['127.0.0.1', '127.0.0.0/8'],
    ['127.255.0.1', '127.0.0.0/8'],
    ['::1', '::1'],
    ['198.18.0.1', '198.18.0.0/15'],
    ['203.0.113.9', '203.0.113.0/24'],
    ['fd12:3456::1', 'fd00::/8'],
    ['fc00::1', 'fc00::/7'],
    ['fec0::1', 'fec0::/10'],
    ['2001:db8::1', '2001:db8::/32'],
    ['2002:7f00:1::', '2002::/16'],
    ['64:ff9b::a00:1', '64:ff9b::/96'],
    ['::ffff:10.1.2.3', '10.0.0.0/8'],
    ['::ffff:a01:203', '10.0.0.0/8'],
    ['::ffff:127.0.0.1', '127.0.0.0/8'],
  ]
  for (const [address, entry] of needs)
    it(`${address} is reachable with ${entry} only`, () => {
      expect(allowedAddresses([])(address)).to.equal(false)
      expect(allowedAddresses(['10.99.0.0/16', 'fd99::/16'])(address)).to.equal(false)
      expect(networkFault(entry)).to.equal(null)
      expect(allowedAddresses([entry])(address)).to.equal(true)
    })

  /** Metadata of clouds, and addresses that mean this machine. */
  const alone = ['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192', '0.0.0.0']
  for (const address of [...alone, 'fd00:ec2::254', 'fd20:ce::254', 'fe80::1', '::', '::ffff:169.254.169.254'])
    it(`${address} is reachable by an entry of this address alone`, () => {
      const networks = ['169.254.0.0/16', '168.0.0.0/8', '192.0.0.0/24', '0.0.0.0/8', 'fe80::/10', '::/96', 'fd00::/8']
      expect(allowedAddresses([...everyPrivate, ...networks])(address)).to.equal(false)
      expect(allowedAddresses([address.replace('::ffff:', '')])(address)).to.equal(true)
    })

  for (const text of ['', 'localhost', 'a.example', '10.1', '0x7f000001', '2130706433', '10.0.0.0/8', '[::1]'])
    it(`${JSON.stringify(text)} is no address, and is not allowed`, () =>
      expect(allowedAddresses(everyPrivate)(text)).to.equal(false))

  it('a zone does not hide an address', () => {
    expect(allowedAddresses(everyPrivate)('fe80::1%eth0')).to.equal(false)
    expect(allowedAddresses([])('fd00::1%eth0')).to.equal(false)
  })

  const faults: Readonly<Record<string, string>> = {
    '': 'must be a network',
    localhost: 'must be a network',
    'intern.example': 'must be a network',
    '10.0.0.0/33': 'must be a network',
    '10.0.0.0/': 'must be a network',
    '10.0.0/8': 'must be a network',
    ' 10.0.0.0/8': 'must be a network',
    'fd00::/129': 'must be a network',
    '0.0.0.0/0': 'is wider than /8',
    '8.0.0.0/7': 'is wider than /8',
    '::/0': 'is wider than /7',
    '10.1.2.3/8': 'is not the first address',
    '192.168.1.5/24': 'is not the first address',
    'fd00::1/8': 'is not the first address',
    '::ffff:10.0.0.0/104': 'write it as IPv4',
  }
  for (const [entry, fault] of Object.entries(faults))
    it(`refuses the entry ${JSON.stringify(entry)}`, () => expect(networkFault(entry)).to.contain(fault))
  for (const entry of ['10.1.2.3', '10.1.2.0/24', '10.1.2.128/25', 'fd00:1:2::/48', 'fd00::1', 'FD00::/8', '::1/128'])
    it(`takes the entry ${entry}`, () => expect(networkFault(entry)).to.equal(null))
})
