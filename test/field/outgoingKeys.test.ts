/** The keys of outgoing connections, in the file and as an option of a host. */
import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { optionFaults } from '../../src/optionFaults.ts'
import { configurationFixture } from '../server/configurationFixture.ts'

describe('outgoing.allow and outgoing.ca_file', () => {
  const { read, faultsOf } = configurationFixture()
  let folder: string
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'rekey-outgoing-'))))
  after(() => rm(folder, { recursive: true }))

  it('are empty by default', async () =>
    expect((await read('')).outgoing).to.deep.equal({ allow: [], ca: null, timeoutSeconds: 3 }))

  it('take networks and a file of certificates, without the key that is in it', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'Acme CA' }])
    const path = join(folder, 'ca.pem')
    await writeFile(path, `# Acme\n${key}${cert}${cert}`)
    const { outgoing } = await read(`outgoing: { allow: [10.0.0.0/8, 'fd00::/8', 192.168.1.17], ca_file: ${path} }`)
    expect(outgoing.allow).to.deep.equal(['10.0.0.0/8', 'fd00::/8', '192.168.1.17'])
    expect(outgoing.ca?.match(/BEGIN CERTIFICATE/g)).to.have.length(2)
    expect(outgoing.ca).not.to.contain('PRIVATE')
  })

  it('is told that a proxy of the environment is not used, where a request would need it', async () => {
    const client = 'redirect_uris: [https://app.example.com/in], client_id: app, client_secret: a-secret'
    const yaml = (more: string) => `clients: [{ ${client}, ${more} }]`
    const remote = yaml('backchannel_logout_uri: https://app.example.com/out')
    const local = yaml('backchannel_logout_uri: http://127.0.0.1:3001/out')
    const noticesOf = async (text: string, environment: Readonly<Record<string, string>>) =>
      (await read(text, environment)).notices.filter((notice) => notice.includes('proxy'))
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY', 'http_proxy']) {
      const [notice, ...others] = await noticesOf(remote, { [name]: 'http://user:S3CR3T@proxy.example.com:3128' })
      expect(notice, name).to.match(new RegExp(`^${name} is not used: .*backchannel_logout_uri`))
      expect([others, notice?.includes('S3CR3T')]).to.deep.equal([[], false])
      expect(await noticesOf(local, { [name]: 'http://proxy.example.com:3128' })).to.deep.equal([])
    }
    expect(await noticesOf(remote, { HTTPS_PROXY: '' })).to.deep.equal([])
  })

  it('are refused by name', async () => {
    const broken = join(folder, 'broken.pem')
    await writeFile(broken, '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n')
    expect(await faultsOf('outgoing: { allow: [10.0.0.0/8, intern.example, 0.0.0.0/0] }')).to.deep.equal([
      'outgoing.allow[1]: must be a network such as 10.0.0.0/8 or fd00::/8, or one address, is "intern.example"',
      'outgoing.allow[2]: is wider than /8, which is more than one private network, is "0.0.0.0/0"',
    ])
    expect(await faultsOf('outgoing: { allow: 10.0.0.0/8 }')).to.deep.equal([
      'outgoing.allow: must be a list of networks, is "10.0.0.0/8"',
    ])
    expect(await faultsOf('outgoing: { timeout_seconds: 61 }')).to.deep.equal([
      'outgoing.timeout_seconds: must be a whole number of seconds from 1 to 60, is 61',
    ])
    expect(await faultsOf('outgoing: { ca_file: /nowhere/ca.pem }')).to.deep.equal([
      'outgoing.ca_file: cannot be read: there is no such file or folder, is "/nowhere/ca.pem"',
    ])
    for (const path of [broken, import.meta.filename])
      expect((await faultsOf(`outgoing: { ca_file: ${path} }`))[0]).to.contain('has no certificate in PEM')
    expect(await faultsOf('outgoing: { alow: [] }')).to.deep.equal([
      'outgoing.alow: unknown key, the nearest known one is outgoing.allow',
    ])
  })

  it('are options of a host, refused in the same words', () => {
    const faultsIn = (outgoing: unknown) => optionFaults({ outgoing }).filter(({ path }) => path.startsWith('outgoing'))
    expect(faultsIn({ allow: ['10.0.0.0/8'] })).to.deep.equal([])
    expect(faultsIn({ allow: ['10.1.2.3/8'], ca: 'no PEM', alow: [] })).to.deep.equal([
      { path: 'outgoing.allow.0', message: 'is not the first address of that network', nearest: null },
      { path: 'outgoing.ca', message: 'must be a certificate in PEM', nearest: null },
      { path: 'outgoing.alow', message: 'unknown name', nearest: 'outgoing.allow' },
    ])
  })
})
