/** Metadata of the provider and of the management API, where clients look for it and as long as a cache may keep it. */
import { expect } from 'chai'
import express from 'express'
import { startHost } from '../support/host.ts'
import { openStandalone, type Standalone } from './standalone.ts'

describe('Metadata of the management API', () => {
  let server: Standalone
  before(async () => {
    server = await openStandalone()
  })
  after(() => server.close())

  /** @see RFC 9728 §5.1 */
  it('is found by the challenge of a call without a token, which names no error (RFC 6750 §3.1)', async () => {
    const { resource, issuer } = server
    for (const headers of [{}, { authorization: 'Basic eDp5' }] as Record<string, string>[]) {
      const { status, headers: given } = await fetch(`${resource}/users`, { headers })
      const [, url = ''] =
        /^Bearer resource_metadata="([^"]*)", DPoP algs="[\w ]+"$/.exec(given.get('www-authenticate') ?? '') ?? []
      expect([status, url]).to.deep.equal([401, `${issuer}/.well-known/oauth-protected-resource/management/v1`])
      const answer = await fetch(url)
      expect(answer.headers.get('content-type')).to.match(/^application\/json/)
      expect(answer.headers.get('access-control-allow-origin')).to.equal('*')
      expect(await answer.json()).to.deep.include({
        resource,
        authorization_servers: [issuer],
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA'],
        scopes_supported: ['users:read', 'users:write', 'two-factor:read', 'two-factor:reset', 'audit:read'],
      })
    }
  })

  it('is named beside the error of an invalid token', async () => {
    const answer = await fetch(`${server.resource}/users`, { headers: { authorization: 'Bearer wrong' } })
    expect(answer.headers.get('www-authenticate')).to.match(
      /^Bearer error="invalid_token", error_description="[^"]+", resource_metadata="[^"]+"$/,
    )
  })

  it('is read only', async () => {
    const url = `${server.issuer}/.well-known/oauth-protected-resource/management/v1`
    expect((await fetch(url, { method: 'HEAD' })).status).to.equal(200)
    const refused = await fetch(url, { method: 'POST' })
    expect([refused.status, refused.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD'])
  })
})

describe('Metadata of an issuer with a path', () => {
  const applications = { Koa: undefined, Express: inExpress } as const
  for (const [name, application] of Object.entries(applications))
    it(`is at the root form of RFC 8414 §3.1 and RFC 9728 §3.1, in ${name}`, async () => {
      const host = await startHost({ base: '/oidc', ...(application && { application }) })
      try {
        const at = async (path: string) => (await fetch(`${host.origin}${path}`)).json()
        const discovered = await at('/oidc/.well-known/openid-configuration')
        expect(discovered).to.include({ issuer: host.issuer, token_endpoint: `${host.issuer}/token` })
        for (const kind of ['oauth-authorization-server', 'openid-configuration'])
          expect(await at(`/.well-known/${kind}/oidc`), kind).to.deep.equal(discovered)
        const resource = `${host.issuer}/management/v1`
        expect(await at('/.well-known/oauth-protected-resource/oidc/management/v1')).to.include({ resource })
      } finally {
        await host.close()
      }
    })

  function inExpress({ rekey, provider }: Awaited<ReturnType<typeof startHost>>) {
    return express().use(rekey.callback()).use('/oidc', provider.callback())
  }
})
