/** The address that is given to `doctor --url`, in any spelling. */
import { expect } from 'chai'
import { examineOutside } from '../../src/doctor/outside.ts'
import { openStandalone, type Standalone } from './standalone.ts'

describe('doctor --url', () => {
  let server: Standalone
  before(async () => {
    server = await openStandalone()
  })
  after(() => server.close())

  const findings = async (issuer: string): Promise<readonly string[]> =>
    (await examineOutside({ issuer, now: server.host.clock.now })).map(({ found }) => found)

  it('finds nothing wrong with another spelling of the issuer', async () => {
    const { host } = new URL(server.issuer)
    for (const url of [server.issuer, `${server.issuer}/`, `HTTP://${host.toUpperCase()}`])
      expect(await findings(url), url).to.deep.equal([])
  })

  it('finds that another host is not served', async () => {
    const [found] = await findings(server.issuer.replace('localhost', '127.0.0.1'))
    expect(found).to.equal('the discovery document is answered with 421')
  })
})
