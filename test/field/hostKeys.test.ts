/** Where the service listens, what it is called, and what it is called inside: one spelling of each is kept, whatever was written. */
import { expect } from 'chai'
import { configurationFixture } from '../server/configurationFixture.ts'

describe('The configuration of hosts', () => {
  const { read, faultsOf } = configurationFixture()
  const at = { ISSUER: 'https://id.example.com' }

  it('takes hosts with and without a port', async () => {
    const { internalHosts } = await read('internal_hosts: ["oidc:3000", "[fd00::7]:3000", oidc.svc.cluster.local]', at)
    expect(internalHosts).to.deep.equal(['oidc:3000', '[fd00::7]:3000', 'oidc.svc.cluster.local'])
  })

  for (const host of ['http://oidc:3000', 'oidc:3000/token', 'oidc:99999', '*', '', 'a b', 'fd00::7'])
    it(`refuses the internal host ${JSON.stringify(host)}`, async () => {
      const [fault] = await faultsOf(`internal_hosts: [${JSON.stringify(host)}]`, at)
      expect(fault).to.match(/^internal_hosts\[0\]: must be host or host:port/)
    })

  for (const [given, host] of Object.entries({
    '[::1]': '::1',
    '::': '::',
    'fe80::1%eth0': 'fe80::1%eth0',
    LocalHost: 'localhost',
    'id.lan.': 'id.lan',
    '0.0.0.0': '0.0.0.0',
  }))
    it(`listens on ${host} for HOST=${given}`, async () => {
      expect((await read('', { ...at, HOST: given })).host).to.equal(host)
    })

  for (const given of ['0.0.0.0:3000', '[::1]:3000', 'http://localhost', '*', 'a b', '[::1', 'localhost/'])
    it(`refuses HOST=${given}`, async () => {
      const [fault] = await faultsOf('', { ...at, HOST: given })
      expect(fault).to.match(/^HOST: must be the name or the IP address of this machine to listen on, without a port/)
    })

  it('refuses the issuer as an internal host', async () => {
    for (const host of ['id.example.com', 'ID.example.com:443'])
      expect(await faultsOf(`internal_hosts: ["${host}"]`, at)).to.deep.equal([
        'internal_hosts[0]: is the host of the issuer, leave it out',
      ])
  })

  for (const [given, issuer] of Object.entries({
    'https://id.example.com/': 'https://id.example.com',
    'https://id.example.com:443': 'https://id.example.com',
    'https://ID.Example.com': 'https://id.example.com',
    'https://id.example.com.': 'https://id.example.com',
    'https://id.müller.example': 'https://id.xn--mller-kva.example',
    'http://[0:0::1]:3000/': 'http://[::1]:3000',
  }))
    it(`says that ${given} is served as ${issuer}`, async () => {
      const configuration = await read('', { ISSUER: given })
      expect(configuration.issuer).to.equal(issuer)
      // That of passkeys, which browsers do not make at an IP address, is tested where it is made.
      expect(configuration.notices.filter((notice) => !notice.startsWith('passkeys:'))).to.deep.equal([
        `the issuer is ${issuer}, which applications compare exactly; ${given} was written`,
      ])
    })

  it('says nothing of an issuer that is served as it was written', async () => {
    expect((await read('', at)).notices).to.deep.equal([])
  })
})
