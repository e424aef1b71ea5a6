/** Every method at every endpoint of the provider, and what each answer says to caches and to browsers of other origins. */
import { expect } from 'chai'
import { languages } from '../../src/i18n/messages.ts'
import { clients } from '../support/relyingParties.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const SPA = 'https://spa.example'
const WEB_VIEW = 'capacitor://localhost'

interface Endpoint {
  readonly path: string
  /** Allowed methods, as the header lists them. */
  readonly allow: string
  /** Programs get JSON, people get pages. */
  readonly isFor: 'programs' | 'people'
}

const endpoints: readonly Endpoint[] = [
  { path: '/auth', allow: 'GET, HEAD, POST', isFor: 'people' },
  { path: '/session/end', allow: 'GET, HEAD, POST', isFor: 'people' },
  { path: '/session/end/confirm', allow: 'POST', isFor: 'people' },
  { path: '/session/end/success', allow: 'GET, HEAD', isFor: 'people' },
  { path: '/token', allow: 'POST', isFor: 'programs' },
  { path: '/request', allow: 'POST', isFor: 'programs' },
  { path: '/token/introspection', allow: 'POST', isFor: 'programs' },
  { path: '/token/revocation', allow: 'POST', isFor: 'programs' },
  { path: '/me', allow: 'GET, HEAD, POST', isFor: 'programs' },
  { path: '/jwks', allow: 'GET, HEAD', isFor: 'programs' },
  { path: '/.well-known/openid-configuration', allow: 'GET, HEAD', isFor: 'programs' },
  { path: '/.well-known/oauth-authorization-server', allow: 'GET, HEAD', isFor: 'programs' },
]

describe('Methods of the provider’s endpoints', () => {
  let server: Standalone
  before(async () => {
    const redirect_uris = [`${SPA}/callback`]
    server = await openStandalone({
      clients: clients.map((item) =>
        item.client_id === 'spa' ? { ...item, redirect_uris, origins: [WEB_VIEW] } : item,
      ),
    })
  })
  after(() => server.close())

  for (const { path, allow, isFor } of endpoints)
    it(`${path} takes ${allow}; the others get 405 with Allow (RFC 9110 §15.5.6)`, async () => {
      for (const method of METHODS) {
        for (const at of [path, `${path}/`, path.toUpperCase()]) {
          const headers = { accept: 'text/html' }
          const answer = await fetch(server.issuer + at, { method, redirect: 'manual', headers })
          const isAllowed = allow.split(', ').includes(method)
          if (isAllowed) expect(answer.status, `${method} ${at}`).not.to.be.oneOf([404, 405])
          else {
            expect([answer.status, answer.headers.get('allow')], `${method} ${at}`).to.deep.equal([
              method === 'OPTIONS' ? 204 : 405,
              allow,
            ])
          }
          const type = isFor === 'people' ? /^text\/html/ : /^application\/(jwk-set\+)?json/
          if (answer.status >= 400) expect(answer.headers.get('content-type'), `${method} ${at}`).to.match(type)
          await answer.arrayBuffer()
        }
      }
    })

  /** @see RFC 6749 §5.2. This is the Accept header of Java's HttpURLConnection. */
  it('programs get JSON errors, whatever they accept', async () => {
    const accept = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'
    for (const { path, isFor } of endpoints.filter(({ allow }) => allow.includes('POST'))) {
      const headers = { accept, 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await fetch(server.issuer + path, { method: 'POST', headers, body: 'client_id=unknown' })
      if (isFor === 'people') continue
      expect(await answer.json(), path).to.have.property('error')
    }
  })

  it('metadata and keys may be kept for a while, what holds tokens may not (RFC 6749 §5.1)', async () => {
    const keptAt = async (path: string) => (await fetch(server.issuer + path)).headers.get('cache-control')
    for (const name of ['openid-configuration', 'oauth-authorization-server'])
      expect(await keptAt(`/.well-known/${name}`)).to.equal('public, max-age=3600')
    expect(await keptAt('/jwks')).to.equal('public, max-age=900')
    const { request, code } = await server.enter(await server.person())
    const { status, headers } = await server.exchange({ request, code })
    expect([status, headers.get('cache-control'), headers.get('pragma')]).to.deep.equal([200, 'no-store', 'no-cache'])
  })

  it('a single-page application calls from the origins of its redirect URIs and of origins, from no other', async () => {
    const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'dpop' }
    const preflighted = await fetch(`${server.issuer}/token`, {
      method: 'OPTIONS',
      headers: { origin: SPA, ...preflight },
    })
    expect([preflighted.status, preflighted.headers.get('access-control-allow-headers')]).to.deep.equal([204, 'dpop'])
    for (const [origin, allowed] of [
      [SPA, SPA],
      [WEB_VIEW, WEB_VIEW],
      ['capacitor://localhost.evil.example', null],
      ['https://evil.example', null],
      ['null', null],
    ] as const) {
      const body = new URLSearchParams({ client_id: 'spa', grant_type: 'authorization_code', code: 'x' })
      const answer = await fetch(`${server.issuer}/token`, { method: 'POST', headers: { origin }, body })
      expect(answer.headers.get('access-control-allow-origin'), origin).to.equal(allowed)
      expect(answer.status).to.equal(400)
    }
    const found = await fetch(`${server.issuer}/.well-known/openid-configuration`, { headers: { origin: SPA } })
    expect(found.headers.get('access-control-allow-origin')).to.equal(SPA)
  })

  it('discovery says what it supports', async () => {
    const found: unknown = await (await fetch(`${server.issuer}/.well-known/openid-configuration`)).json()
    expect(found).to.deep.include({
      ui_locales_supported: ['en', ...languages.filter((language) => language !== 'en')],
      prompt_values_supported: [
        'none',
        'login',
        'two_factor',
        'change_password',
        'replace_authenticator',
        'new_backup_codes',
        'manage_authenticators',
        'consent',
        'select_account',
      ],
      protected_resources: [server.resource],
      code_challenge_methods_supported: ['S256'],
      response_modes_supported: ['form_post', 'fragment', 'query'],
      authorization_response_iss_parameter_supported: true,
      request_uri_parameter_supported: false,
    })
  })
})
