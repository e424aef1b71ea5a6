/** Headers that say where a request comes from: what browsers, proxies and applications send, and what attackers can send. */
import { expect } from 'chai'
import { isCrossSite } from '../../src/http/crossSite.ts'
import { routes } from '../../src/http/routes.ts'
import { crossSiteHeaders, ownHeaders } from '../support/siteHeaders.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const issuer = 'https://id.example.com'

describe('The headers of a request', () => {
  for (const headers of ownHeaders(issuer))
    it(`say nothing against it: ${JSON.stringify(headers)}`, () => {
      expect(isCrossSite({ headers }, issuer)).to.equal(false)
    })

  for (const headers of crossSiteHeaders(issuer))
    it(`say that another site sent it: ${JSON.stringify(headers)}`, () => {
      expect(isCrossSite({ headers }, issuer)).to.equal(true)
    })

  it('are compared with an issuer in any spelling', () => {
    for (const [own, origin] of [
      ['https://ID.example.com:443/oidc', 'https://id.example.com'],
      ['https://id.müller.example', 'https://id.xn--mller-kva.example'],
      ['http://[0:0::1]:3000', 'http://[::1]:3000'],
      ['https://id.example.com', 'https://id.example.com.'],
      ['http://id.lan:3000', 'HTTP://ID.lan.:3000'],
    ] as const)
      expect(isCrossSite({ headers: { origin } }, own), own).to.equal(false)
  })
})

describe('A form', () => {
  let fixture: Standalone
  before(async () => {
    fixture = await openStandalone()
  })
  after(() => fixture.close())

  it('without the cookie of its browser is refused by a page that speaks of the cookie, not of another site', async () => {
    const page = await fixture.visitor().go(fixture.ask().path)
    page.visitor.jar.drop('rekey')
    const { status, h1, text } = await page.visitor.send(page, { email: 'ana@example.com', password: 'any' })
    expect([status, h1]).to.deep.equal([403, 'This form is no longer valid'])
    expect(text).to.contain('Allow cookies for this site')
  })

  it('of another site is refused by a page that says so', async () => {
    const page = await fixture.visitor().go(fixture.ask().path)
    const { status, h1 } = await page.visitor.send(page, {}, { origin: 'https://evil.example' })
    expect([status, h1]).to.deep.equal([403, 'You may not do this'])
  })
})

describe('A writing call of the management API', () => {
  let fixture: Standalone
  before(async () => {
    fixture = await openStandalone()
  })
  after(() => fixture.close())

  const isWriting = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
    method !== 'GET' && path.startsWith('/management/v1')

  for (const { method, path } of routes.filter(isWriting))
    it(`${method} ${path} is refused only by headers that say that another site sent it`, async () => {
      const admin = await fixture.admin()
      const nowhere = path.slice('/management/v1'.length).replaceAll(/:\w+/g, 'nowhere')
      const statuses = async (all: readonly Readonly<Record<string, string>>[]): Promise<string[]> => {
        const answers = await Promise.all(all.map((headers) => admin.call(method, nowhere, undefined, headers)))
        return answers.map(({ status, body }) => `${status} ${body.code}`)
      }
      for (const answer of await statuses(crossSiteHeaders(fixture.issuer)))
        expect(answer).to.equal('403 origin_mismatch')
      for (const answer of await statuses(ownHeaders(fixture.issuer))) expect(answer).to.match(/^(404|415|422) /)
    })
})
