/** Both journeys in each framework, over http and behind a proxy that ends TLS, while the host's own pages stay as they were. */
import { expect } from 'chai'
import { type Host, signInRequest, startHost } from '../support/host.ts'
import { type Framework, frameworks } from './frameworks.ts'
import { enrol, followLink, redeem, visitorOf } from './journeys.ts'
import { answersBefore, ownAnswers } from './ownPages.ts'

const transports = [
  { over: 'http', proxy: {} },
  { over: 'https behind a proxy', proxy: { publicOrigin: 'https://op.example' } },
]

/** The provider trusts the proxy, as the library asks for; the framework itself does not. */
const trusting =
  (application: Framework['application']): Framework['application'] =>
  (host) => {
    if (host) host.provider.proxy = true
    return application(host)
  }

for (const { name, base, application } of frameworks) {
  describe(`A host: ${name}`, () => {
    let host: Host
    afterEach(() => host.close())

    for (const { over, proxy } of transports)
      it(`signs people in and lets them follow the mailed link, over ${over}`, async () => {
        host = await startHost({ base, application: trusting(application), ...proxy })
        const visitor = visitorOf(host)
        const { page } = await enrol(host, visitor)
        expect(await redeem(host, page)).to.deep.include({ sub: 'ana', acr: 'urn:oidc-rekey:acr:2fa' })
        const done = await followLink(host, visitorOf(host))
        expect(done.text).to.contain('Your account has been successfully updated.')
        expect((await visitor.go(base + signInRequest())).h1).to.equal('Sign in')
      })

    it('keeps its own pages, refusals and failures byte for byte', async () => {
      host = await startHost({ base, application })
      expect(await ownAnswers(host)).to.deep.equal(await answersBefore(await application(null)))
    })

    it('has our headers on our pages, whatever it sets on its own', async () => {
      host = await startHost({ base, application: trusting(application), publicOrigin: 'https://op.example' })
      const { setUp } = await enrol(host, visitorOf(host))
      const headers = Object.fromEntries(setUp.headers)
      expect(headers['content-security-policy']).to.contain("form-action 'self'; frame-ancestors 'none'")
      expect(headers).to.include({ 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' })
      expect(headers['strict-transport-security']).to.match(/^max-age=31536000/)
    })
  })
}
