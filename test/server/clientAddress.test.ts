import { expect } from 'chai'
import request from 'supertest'
import { auditNetwork, limitNetwork } from '../../src/core/ipAddress.ts'
import { clientAddress } from '../../src/server/clientAddress.ts'
import { fixedOrigin } from '../../src/server/fixedOrigin.ts'

/** The entry that one trusted proxy appended, and the address that is read; null: none can be read. */
const entries: Readonly<Record<string, string | null>> = {
  '1.2.3.4': '1.2.3.4',
  ' 1.2.3.4 ': '1.2.3.4',
  '1.2.3.4:5678': '1.2.3.4',
  '"1.2.3.4:5678"': '1.2.3.4',
  '2001:db8::7': '2001:db8::7',
  '[2001:db8::7]': '2001:db8::7',
  '[2001:db8::7]:443': '2001:db8::7',
  '"[2001:db8::7]:443"': '2001:db8::7',
  'fe80::1%eth0': 'fe80::1',
  '::ffff:1.2.3.4': '1.2.3.4',
  '::FFFF:102:304': '1.2.3.4',
  '[::ffff:1.2.3.4]:443': '1.2.3.4',
  '0:0:0:0:0:ffff:1.2.3.4': '1.2.3.4',
  '2001:0DB8:0:0::7': '2001:db8::7',
  '01.2.3.4': null,
  '::1]/[': null,
  '[::1': null,
  ':': null,
  '::ffff:1.2.3.999': null,
  unknown: null,
  _hidden: null,
  '"_SEVKISEK"': null,
  '': null,
  '999.1.1.1': null,
  '1.2.3': null,
  '1.2.3.4:5678:9': null,
  '2001:db8::7::1': null,
  '[1.2.3.4': null,
  'evil.example': null,
}

describe('The address of a client', () => {
  it('is that of the connection when no proxy is trusted', () => {
    expect(clientAddress('10.0.0.1', '6.6.6.6', 0)).to.equal('10.0.0.1')
    expect(clientAddress('::1', '', 0)).to.equal('::1')
    expect(clientAddress(undefined, '6.6.6.6', 0)).to.equal(null)
  })

  for (const [entry, address] of Object.entries(entries))
    it(`is ${address ?? 'unknown'} when the trusted proxy wrote ${JSON.stringify(entry)}`, () => {
      expect(clientAddress('10.0.0.1', entry, 1)).to.equal(address)
      // The next entry to the left is never used: the client wrote it.
      expect(clientAddress('10.0.0.1', `6.6.6.6, ${entry}`, 1)).to.equal(address)
      expect(clientAddress('10.0.0.1', `6.6.6.6,${entry}, 10.0.0.2`, 2)).to.equal(address)
      expect(clientAddress('10.0.0.1', `6.6.6.6, ${entry}, unknown`, 2)).to.equal(address)
    })

  it('is unknown when fewer proxies wrote than are trusted', () => {
    expect(clientAddress('10.0.0.1', '6.6.6.6', 2)).to.equal(null)
    expect(clientAddress('10.0.0.1', '', 1)).to.equal(null)
  })
})

describe('A request behind a proxy', () => {
  const addresses = { issuer: 'http://id.example', internalHosts: [], isMachineEndpoint: () => false }
  const listener = fixedOrigin(addresses, 1, (req, res) => res.end(req.headers['x-forwarded-for']))
  const seen: Readonly<Record<string, string>> = {
    '6.6.6.6, [2001:db8::7]:443': '2001:db8::7',
    '6.6.6.6, unknown': 'unknown',
    '6.6.6.6, 203.0.113.77:5678': '203.0.113.77',
  }
  for (const [forwarded, address] of Object.entries(seen))
    it(`with X-Forwarded-For ${forwarded} has the address ${address}`, async () => {
      const { text } = await request(listener).get('/').set({ host: 'id.example', 'x-forwarded-for': forwarded })
      expect(text).to.equal(address)
    })
})

/** The stored part of an address. */
const kept: Readonly<Record<string, string | null>> = {
  '203.0.113.77': '203.0.113.0/24',
  '::ffff:203.0.113.77': '203.0.113.0/24',
  '::FFFF:203.0.113.77': '203.0.113.0/24',
  '2001:db8:1:2:3:4:5:6': '2001:db8:1::/48',
  '2001:db8::7': '2001:db8:0::/48',
  '::1': '0:0:0::/48',
  unknown: null,
  _hidden: null,
  '': null,
  '203.0.113.77:5678': '203.0.113.0/24',
  '[2001:db8::7]:443': '2001:db8:0::/48',
  '::ffff:cb00:714d': '203.0.113.0/24',
  '2001:0DB8:1::7': '2001:db8:1::/48',
  '64:ff9b::203.0.113.77': '64:ff9b:0::/48',
  'evil:example': null,
  '999.0.113.77': null,
}

describe('An address in the audit', () => {
  for (const [address, short] of Object.entries(kept))
    it(`is stored as ${short ?? 'nothing'} for ${JSON.stringify(address)}`, () => {
      expect(auditNetwork(address)).to.equal(short)
    })
})

/** What the limits count together. */
const limited: Readonly<Record<string, string>> = {
  '203.0.113.77': '203.0.113.77',
  '203.0.113.77:5678': '203.0.113.77',
  '::ffff:203.0.113.77': '203.0.113.77',
  '::ffff:cb00:714d': '203.0.113.77',
  '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
  '2001:0DB8:1:2::9': '2001:db8:1:2::/64',
  '[2001:db8::7]:443': '2001:db8:0:0::/64',
  'fe80::1%eth0': 'fe80:0:0:0::/64',
  unknown: 'unknown',
}

describe('An address in a limit', () => {
  for (const [address, network] of Object.entries(limited))
    it(`is ${network} for ${address}`, () => {
      expect(limitNetwork(address)).to.equal(network)
    })
})
