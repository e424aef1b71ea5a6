/** The signing key is replaced step by step: with keys as old as a cache may hold them, every ID token verifies. */
import { expect } from 'chai'
import { createLocalJWKSet, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK, jwtVerify } from 'jose'
import type { Configuration } from 'oidc-provider'
import { redirectUri, startHost } from '../support/host.ts'

async function newKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' }
}

interface Step {
  readonly published: JSONWebKeySet
  readonly idToken: string
}

async function stepWith(keys: readonly JWK[]): Promise<Step> {
  const client = { client_id: 'app', client_secret: 'app-secret', redirect_uris: [redirectUri] }
  const clients = [{ ...client, id_token_signed_response_alg: 'ES256' as const }]
  const jwks = { keys: [...keys] } as NonNullable<Configuration['jwks']>
  const host = await startHost({ configuration: { clients, jwks } })
  try {
    const published = (await (await fetch(`${host.issuer}/jwks`)).json()) as JSONWebKeySet
    const found = await host.provider.Client.find('app')
    if (!found) throw new Error('no client')
    const token = new host.provider.IdToken({ sub: 'ana' }, { client: found })
    Object.assign(token, { scope: 'openid' })
    return { published, idToken: await token.issue({ use: 'idtoken' } as never) }
  } finally {
    await host.close()
  }
}

describe('The replacement of the signing key', () => {
  it('is noticed by no application that keeps the keys between two steps', async () => {
    const [old, fresh] = [await newKey('old'), await newKey('new')]
    const steps: Step[] = []
    for (const keys of [[old], [old, fresh], [fresh, old], [fresh]]) steps.push(await stepWith(keys))
    const signedBy: (string | undefined)[] = []
    for (const [index, { idToken, published }] of steps.entries()) {
      const before = steps[index - 1]?.published ?? published
      const { protectedHeader } = await jwtVerify(idToken, createLocalJWKSet(published))
      await jwtVerify(idToken, createLocalJWKSet(before))
      signedBy.push(protectedHeader.kid)
    }
    expect(signedBy).to.deep.equal(['old', 'old', 'new', 'new'])
    expect(steps.map(({ published }) => published.keys.length)).to.deep.equal([1, 2, 2, 1])
  })
})
