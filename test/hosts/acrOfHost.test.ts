/** A host with acr values of its own: it meets those, and ours are never met with less. */
import { expect } from 'chai'
import { clock, signInRequest } from '../support/host.ts'
import { type HostWithPages, startHostWithPages } from './hostPages.ts'

const TWO_FACTOR = 'urn:oidc-rekey:acr:2fa'
const errorOf = (location: string | null): string | null => new URL(location!).searchParams.get('error')
const essential = (value: string): Record<string, string> => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, value } } }),
})

for (const required of ['always', 'when_requested'] as const)
  describe(`acr values of a host, second factor ${required}`, () => {
    let host: HostWithPages
    before(async () => {
      host = await startHostWithPages({
        options: { required },
        configuration: { acrValues: ['eidas1', 'eidas2'] },
        answer: ({ rekey }, { reasons }) => {
          const acr = reasons.includes('essential_acr') ? 'eidas2' : 'eidas1'
          return rekey.loginResult('ana', { authenticatedAt: clock.now(), proven: null, acr })
        },
      })
    })
    after(() => host.close())

    it('are met by the host, and kept beside the second factor', async () => {
      const visitor = host.visitor()
      const first = await host.redeem(await host.enter(visitor, { acr_values: 'eidas1' }))
      expect(first.claims['acr']).to.equal('eidas1')
      const withCode = await host.redeem(await host.enter(visitor, { acr_values: TWO_FACTOR }))
      expect(withCode.claims['acr']).to.equal(TWO_FACTOR)
      expect(withCode.claims['amr']).to.deep.equal(['pwd', 'otp', 'mfa'])
      const again = await host.redeem(await host.enter(visitor, { acr_values: 'eidas1 ' + TWO_FACTOR }))
      expect(again.claims['acr']).to.equal('eidas1')
    })

    it('that are essential lead to the host’s page when the session has less', async () => {
      const visitor = host.visitor()
      await host.enter(visitor)
      const prompts = host.prompts.length
      const page = await host.redeem(await host.enter(visitor, essential('eidas2')))
      expect([page.claims['acr'], host.prompts.length]).to.deep.equal(['eidas2', prompts + 1])
    })

    it('of which none is known are refused', async () => {
      const page = await host.visitor().go(signInRequest({ acr_values: 'eidas9' }))
      expect(errorOf(page.location)).to.equal('unmet_authentication_requirements')
    })

    it('stand in discovery beside ours', async () => {
      const found = (await (await fetch(`${host.issuer}/.well-known/openid-configuration`)).json()) as {
        acr_values_supported: string[]
      }
      expect(found.acr_values_supported).to.include.members(['eidas1', 'eidas2', TWO_FACTOR])
    })
  })
