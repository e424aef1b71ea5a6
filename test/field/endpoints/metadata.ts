/** Metadata and keys. metadata.test.ts has what they contain. */
import { expect } from 'chai'
import type { Standalone } from '../standalone.ts'
import type { Row, Rows } from './row.ts'

const at = (path: string, has: (issuer: string) => object): Row => ({
  outcome: '200, JSON, to any origin',
  async check(server: Standalone) {
    // Parameters are not defined here.
    const answer = await fetch(`${server.issuer}${path}?x=1&x=2`, { headers: { origin: 'https://spa.example' } })
    expect(answer.status).to.equal(200)
    expect(answer.headers.get('content-type')).to.match(/^application\/json/)
    expect(answer.headers.get('access-control-allow-origin')).to.be.oneOf(['*', 'https://spa.example'])
    expect(answer.headers.get('cache-control')).to.match(/^public, max-age=\d+$/)
    expect(await answer.json()).to.deep.include(has(server.issuer))
  },
})

export const metadata: Rows = {
  'GET `/.well-known/openid-configuration`': at('/.well-known/openid-configuration', (issuer) => ({
    issuer,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA'],
    pushed_authorization_request_endpoint: `${issuer}/request`,
  })),
  'GET `/.well-known/oauth-authorization-server`': at('/.well-known/oauth-authorization-server', (issuer) => ({
    issuer,
    authorization_response_iss_parameter_supported: true,
    code_challenge_methods_supported: ['S256'],
  })),
  'GET `/.well-known/oauth-protected-resource/management/v1`': at(
    '/.well-known/oauth-protected-resource/management/v1',
    (issuer) => ({ resource: `${issuer}/management/v1`, authorization_servers: [issuer] }),
  ),
  'GET `/jwks`': {
    outcome: '200, public parts only, to any origin',
    async check(server) {
      const answer = await fetch(`${server.issuer}/jwks`, { headers: { origin: 'https://spa.example' } })
      expect(answer.headers.get('access-control-allow-origin')).to.equal('https://spa.example')
      expect(answer.headers.get('content-type')).to.match(/^application\/jwk-set\+json/)
      const { keys } = (await answer.json()) as { keys: object[] }
      expect(keys).to.have.length.above(0)
      for (const key of keys) expect(key).not.to.have.any.keys('d', 'p', 'q', 'dp', 'dq', 'qi', 'k')
    },
  },
}
