/** The console and the own account under every configuration of clients and keys that a host may have. */
import { expect } from 'chai'
import type { Configuration } from 'oidc-provider'
import { generateKeyPair, exportJWK } from 'jose'
import { signInRequest } from '../support/host.ts'
import { client, type HostWithPages, startHostWithPages } from './hostPages.ts'

async function jwksOf(...algorithms: string[]): Promise<NonNullable<Configuration['jwks']>> {
  const keys = algorithms.map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    return { ...(await exportJWK(privateKey)), use: 'sig' }
  })
  return { keys: await Promise.all(keys) }
}

const extraClientMetadata: NonNullable<Configuration['extraClientMetadata']> = {
  properties: ['owner'],
  validator(_ctx, key, value) {
    if (key === 'owner' && value === undefined) throw new TypeError('a client without an owner')
  },
}

type Case = () => Promise<Configuration>
const cases: Readonly<Record<string, Case>> = {
  'P-256 keys only': async () => ({ jwks: await jwksOf('ES256') }),
  'P-384 keys only': async () => ({
    jwks: await jwksOf('ES384'),
    enabledJWA: { idTokenSigningAlgValues: ['ES384'] },
    clientDefaults: { id_token_signed_response_alg: 'ES384' },
  }),
  'Ed25519 keys only': async () => ({ jwks: await jwksOf('Ed25519') }),
  'PS256 allowed only': async () => ({
    jwks: await jwksOf('PS256'),
    enabledJWA: { idTokenSigningAlgValues: ['PS256'] },
    clientDefaults: { id_token_signed_response_alg: 'PS256' },
  }),
  'client_secret_post only': async () => ({
    clientAuthMethods: ['client_secret_post'],
    clientDefaults: { token_endpoint_auth_method: 'client_secret_post' },
  }),
  'public clients only': async () => ({
    clientAuthMethods: ['none'],
    clientDefaults: { token_endpoint_auth_method: 'none' },
    features: { introspection: { enabled: false }, revocation: { enabled: false } },
  }),
  'a validator of client metadata': async () => ({ extraClientMetadata }),
  'a registration that nothing else uses': async () => ({ features: { registration: { enabled: true } } }),
}

describe('The own account signs in', () => {
  let host: HostWithPages
  afterEach(() => host.close())

  for (const [name, configuration] of Object.entries(cases))
    it(`with ${name}`, async () => {
      const given = await configuration()
      host = await startHostWithPages({
        configuration: { ...given, clients: [] },
        bareClient: true,
      })
      const visitor = host.visitor()
      const page = await host.enterAccount(visitor)
      expect([page.status, page.h1]).to.deep.equal([200, 'Your security'])
    })

  it('never without response type code: its address does not exist, and the host’s applications go on', async () => {
    host = await startHostWithPages({
      bareClient: true,
      configuration: {
        responseTypes: ['id_token'],
        clientDefaults: { response_types: ['id_token'], grant_types: ['implicit'] },
      },
    })
    expect((await host.visitor().go('/account')).status).to.equal(404)
    expect((await host.visitor().go('/admin/users')).status).to.equal(404)
    expect((await fetch(`${host.issuer}/.well-known/openid-configuration`)).status).to.equal(200)
  })

  it('never with private_key_jwt only: a validator of client metadata lets the host’s applications go on', async () => {
    const clientDefaults = {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://app.example/jwks',
    } as const
    host = await startHostWithPages({
      configuration: {
        clientAuthMethods: ['private_key_jwt'],
        clientDefaults,
        extraClientMetadata,
        clients: [client('owned', { owner: 'ana' })],
      },
    })
    expect((await host.visitor().go('/account')).status).to.equal(404)
    const { status, h1 } = await host.visitor().go(signInRequest({ client_id: 'owned' }))
    expect([status, h1]).to.deep.equal([200, 'Enter your code'])
  })
})
