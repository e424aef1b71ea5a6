/** Tokens bound to a key (RFC 9449) at the management API and at an API of the host's own. */
import { expect } from 'chai'
import { createHash, randomUUID } from 'node:crypto'
import { createServer, request, type Server } from 'node:http'
import { once } from 'node:events'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import * as oidc from 'openid-client'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { answerOf } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { isSecret } from '../support/secrets.ts'

interface Key {
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

async function newKey(): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { privateKey, jwk: await exportJWK(publicKey) }
}

const now = (): number => Math.floor(Date.now() / 1000)
const hash = (token: string): string => createHash('sha256').update(token).digest('base64url')

describe('A token that is bound to a key', () => {
  let host: ApiHost
  /** Of the token. */
  let admin: Person
  let key: Key
  let other: Key
  let token: string
  let api: Server
  let apiOrigin: string
  before(async () => {
    host = await openApiHost()
    ;[key, other] = await Promise.all([newKey(), newKey()])
    token = await tokenWith(key)
    const guard = host.host.rekey.requireToken({
      resource: host.resource,
      scope: 'users:read',
      baseUrl: 'https://api.example',
    })
    api = createServer((req, res) => {
      guard(req, res).then(
        (principal) => principal && res.end(principal.person.id),
        (error: unknown) => res.end(String(error)),
      )
    }).listen(0, '127.0.0.1')
    await once(api, 'listening')
    apiOrigin = `http://127.0.0.1:${(api.address() as { port: number }).port}`
  })
  after(async () => {
    api?.closeAllConnections()
    api?.close()
    await host.close()
  })

  const sign = (claims: JWTPayload, { privateKey, jwk }: Key = key, header: object = {}): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header }).sign(privateKey)

  /** What a proof for a call of the API says. */
  const claims = (more: { readonly [claim: string]: unknown } = {}): JWTPayload => ({
    htm: 'GET',
    htu: `${host.resource}/users`,
    iat: now(),
    jti: randomUUID(),
    ath: hash(token),
    ...more,
  })

  async function tokenWith(by: Key, scope?: string): Promise<string> {
    admin = await host.person({ roles: ['admin'] })
    const entered = await host.enter(admin, host.askManagement(scope ? { scope } : {}))
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: entered.code,
      redirect_uri: 'http://127.0.0.1:9/callback',
      code_verifier: entered.request.verifier,
    })
    const proof = await sign({ htm: 'POST', htu: `${host.issuer}/token`, iat: now(), jti: randomUUID() }, by)
    const headers = {
      authorization: `Basic ${btoa('management:secret-of-management-0123456789abcdefghij')}`,
      dpop: proof,
    }
    const { text, body: tokens } = await answerOf(
      await fetch(`${host.issuer}/token`, { method: 'POST', headers, body }),
    )
    expect(tokens.token_type, text).to.equal('DPoP')
    isSecret('access_token', tokens.access_token)
    return String(tokens.access_token)
  }

  const call = (proof: string | null, authorization = `DPoP ${token}`, path = '/users') =>
    host.call('GET', path, undefined, { authorization, ...(proof !== null && { dpop: proof }) })
  const errorOf = (headers: Headers): string | undefined =>
    /\berror="(\w+)"/.exec(headers.get('www-authenticate') ?? '')?.[1]

  const accepted: Record<string, () => Promise<string>> = {
    'a fresh proof': () => sign(claims()),
    'a query in htu, which does not count': () => sign(claims({ htu: `${host.resource}/users?limit=1#a` })),
    'a clock that is five minutes behind or ahead': () => sign(claims({ iat: now() - 290 })),
    'the host of htu in capitals': () =>
      sign(claims({ htu: `${host.resource.replace('localhost', 'LOCALHOST')}/users` })),
  }
  for (const [what, make] of Object.entries(accepted))
    it(`is accepted with ${what}`, async () => {
      const { status, text } = await call(await make())
      expect(status, text).to.equal(200)
    })

  it('is accepted with one proof for a call that waits, and is checked a second time before its answer', async () => {
    const target = await host.person()
    const outcome = await host.host.rekey.reset({ accountId: target.id, by: null })
    const id = outcome.is === 'reset' ? outcome.reset.id : expect.fail('not reset')
    const path = `/users/${target.id}/two-factor/resets/${id}`
    const proof = () => sign(claims({ htu: `${host.resource}${path}` }))
    await host.host.rekey.idle()
    const { body } = await call(await proof(), undefined, path)
    const { status, text } = await call(await proof(), undefined, `${path}?version=${body.version}&wait=1`)
    expect(status, text).to.equal(304)
  })

  const refused: Record<string, readonly [error: string, make: () => Promise<string | null>]> = {
    'no proof': ['invalid_dpop_proof', async () => null],
    'a proof for another method': ['invalid_dpop_proof', () => sign(claims({ htm: 'POST' }))],
    'a proof for another address': ['invalid_dpop_proof', () => sign(claims({ htu: `${host.resource}/users/a` }))],
    'a proof for another host': [
      'invalid_dpop_proof',
      () => sign(claims({ htu: 'https://evil.example/management/v1/users' })),
    ],
    'a proof without an address': ['invalid_dpop_proof', () => sign(claims({ htu: '/management/v1/users' }))],
    'a proof for another token': ['invalid_dpop_proof', () => sign(claims({ ath: hash('another') }))],
    'a proof for the token endpoint': ['invalid_dpop_proof', () => sign(claims({ ath: undefined }))],
    'an old proof': ['invalid_dpop_proof', () => sign(claims({ iat: now() - 302 }))],
    'a proof of the future': ['invalid_dpop_proof', () => sign(claims({ iat: now() + 310 }))],
    'a proof without a time': ['invalid_dpop_proof', () => sign(claims({ iat: undefined }))],
    'a proof without an id': ['invalid_dpop_proof', () => sign(claims({ jti: undefined }))],
    'a proof of another type': ['invalid_dpop_proof', () => sign(claims(), key, { typ: 'JWT' })],
    'a proof with the key of another signature': [
      'invalid_dpop_proof',
      () => sign(claims(), { ...other, jwk: key.jwk }),
    ],
    'a proof with a private key': [
      'invalid_dpop_proof',
      async () => sign(claims(), { ...key, jwk: await exportJWK(key.privateKey) }),
    ],
    'a proof without a signature': ['invalid_dpop_proof', async () => new UnsecuredJWT(claims()).encode()],
    'a proof by a shared secret': [
      'invalid_dpop_proof',
      () => new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt' }).sign(Buffer.alloc(32, 1)),
    ],
    garbage: ['invalid_dpop_proof', async () => 'a.b.c'],
    'two proofs': ['invalid_dpop_proof', async () => `${await sign(claims())}, ${await sign(claims())}`],
    'a proof by another key': ['invalid_token', () => sign(claims(), other)],
  }
  for (const [what, [error, make]] of Object.entries(refused))
    it(`is refused with ${what}`, async () => {
      const { status, headers } = await call(await make())
      expect([status, errorOf(headers)]).to.deep.equal([401, error])
      expect(headers.get('www-authenticate')).to.match(/^DPoP algs="ES256 Ed25519 EdDSA", error=/)
    })

  it('takes each proof once, also when it is sent many times at once', async () => {
    const proof = await sign(claims())
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(proof)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).to.deep.equal([
      200,
      ...Array<number>(9).fill(401),
    ])
  })

  it('is refused as a bearer token, with and without a proof', async () => {
    for (const proof of [null, await sign(claims())]) {
      const { status, headers } = await call(proof, `Bearer ${token}`)
      expect([status, errorOf(headers)]).to.deep.equal([401, 'invalid_token'])
      expect(headers.get('www-authenticate')).to.match(/^DPoP algs=/)
    }
  })

  it('is no bearer token that was sent as DPoP', async () => {
    const bearer = await host.admin()
    const { status, headers } = await call(await sign(claims({ ath: hash(bearer.token) })), `DPoP ${bearer.token}`)
    expect([status, errorOf(headers)]).to.deep.equal([401, 'invalid_token'])
    expect((await bearer.call('GET', '/users')).status).to.equal(200)
  })

  it('names its scheme in every challenge, and both schemes to a request without a token', async () => {
    const owner = admin
    const narrow = await tokenWith(key, 'openid users:read')
    admin = owner
    const claimed = claims({ ath: hash(narrow), htu: `${host.resource}/audit-events` })
    const { status, headers } = await call(await sign(claimed), `dpop ${narrow}`, '/audit-events')
    expect([status, headers.get('www-authenticate')]).to.deep.equal([
      403,
      'DPoP algs="ES256 Ed25519 EdDSA", error="insufficient_scope", scope="audit:read"',
    ])
    const none = await host.call('GET', '/users')
    expect(none.headers.get('www-authenticate')).to.match(
      /^Bearer resource_metadata="[^"]+", DPoP algs="ES256 Ed25519 EdDSA"$/,
    )
  })

  it('is judged by the address of the issuer, not by the headers of the request', async () => {
    const { port } = new URL(host.issuer)
    const ask = async (htu: string): Promise<number | undefined> => {
      const headers = {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        authorization: `DPoP ${token}`,
        dpop: await sign(claims({ htu })),
      }
      const sent = request({ host: '127.0.0.1', port, path: '/management/v1/users', headers }).end()
      const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }]
      answer.resume()
      return answer.statusCode
    }
    expect(await ask('http://evil.example/management/v1/users')).to.equal(401)
    expect(await ask(`${host.resource}/users`)).to.equal(200)
  })

  it('is judged by `requireToken` in the same way, at the address that clients of that API use', async () => {
    const ask = async (proof: string, scheme = 'DPoP') => {
      const answer = await fetch(`${apiOrigin}/v1/things?a=b`, {
        headers: { authorization: `${scheme} ${token}`, dpop: proof },
      })
      return [answer.status, errorOf(answer.headers) ?? (await answer.text())]
    }
    const proof = await sign(claims({ htu: 'https://api.example/v1/things' }))
    expect(await ask(proof)).to.deep.equal([200, admin.id])
    expect(await ask(proof)).to.deep.equal([401, 'invalid_dpop_proof'])
    expect(await ask(await sign(claims({ htu: `${apiOrigin}/v1/things` })))).to.deep.equal([401, 'invalid_dpop_proof'])
    expect(await ask(await sign(claims({ htu: 'https://api.example/v1/things' })), 'Bearer')).to.deep.equal([
      401,
      'invalid_token',
    ])
    const none = await fetch(apiOrigin)
    expect(none.headers.get('www-authenticate')).to.equal('Bearer, DPoP algs="ES256 Ed25519 EdDSA"')
  })

  it('works with openid-client', async () => {
    // oxlint-disable-next-line typescript/no-deprecated -- the issuer of this test is http on loopback
    const options = { execute: [oidc.allowInsecureRequests] }
    const config = await oidc.discovery(
      new URL(host.issuer),
      'management',
      'secret-of-management-0123456789abcdefghij',
      undefined,
      options,
    )
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair())
    const person = await host.person({ roles: ['admin'] })
    const entered = await host.enter(person, host.askManagement({ state: 'abc' }))
    const back = new URL('http://127.0.0.1:9/callback')
    back.search = new URLSearchParams({ code: entered.code, state: 'abc', iss: host.issuer }).toString()
    const checks = { pkceCodeVerifier: entered.request.verifier, expectedState: 'abc' }
    const tokens = await oidc.authorizationCodeGrant(config, back, checks, undefined, { DPoP })
    isSecret('access_token', tokens.access_token)
    for (const path of ['/users', '/users?limit=1']) {
      const url = new URL(host.resource + path)
      const answer = await oidc.fetchProtectedResource(config, tokens.access_token, url, 'GET', null, new Headers(), {
        DPoP,
      })
      expect(answer.status).to.equal(200)
    }
  })
})
