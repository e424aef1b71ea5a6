/** Every key of a client: what is accepted works at the provider, and what the provider would refuse stops the start. */
import { expect } from 'chai'
import { exportJWK, generateKeyPair } from 'jose'
import { rm } from 'node:fs/promises'
import { stringify } from 'yaml'
import { assemble, type Assembled } from '../../src/server/assemble.ts'
import { clientKeys } from '../../src/server/configuration/clients.ts'
import { createProvider } from '../../src/server/provider.ts'
import { configurationFixture } from '../server/configurationFixture.ts'
import { answerOf } from '../support/relyingParties.ts'

type Metadata = Readonly<Record<string, unknown>>
type Key = keyof typeof clientKeys.shape

const secret = 'a-secret-of-thirty-two-characters-0'
const web = { client_secret: secret, redirect_uris: ['https://app.example.com/cb'] }
const native = {
  token_endpoint_auth_method: 'none',
  application_type: 'native',
  redirect_uris: ['com.example.app:/cb'],
}
const machine = { client_secret: secret, grant_types: ['client_credentials'] }
const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
const [open, secretKey] = await Promise.all([exportJWK(publicKey), exportJWK(privateKey)])
const signing = { ...web, client_secret: undefined, token_endpoint_auth_method: 'private_key_jwt' }

interface Row {
  /** Without the key the client is `web`. */
  readonly of?: Metadata
  readonly good: readonly unknown[]
  /** By the fault. */
  readonly bad: Readonly<Record<string, unknown>>
}

const isWeb = 'must be a web uri'
const ofUri = (bad: Row['bad']): Row => ({ good: ['https://app.example.com/a?b=c'], bad: { absolute: 'app', ...bad } })

const table: { readonly [K in Key]: Row | readonly Row[] } = {
  client_id: { good: ['a-client_1'], bad: { 'may hold': 'a b', 'client of the service': 'console' } },
  client_secret: [
    { good: [secret], bad: { 'may hold': 'a+b/c', 'is required': undefined } },
    { of: native, good: [], bad: { 'has no use': secret } },
  ],
  previous_client_secret: [
    { good: ['the-secret-of-before'], bad: { 'may hold': 'a+b/c', 'must differ': secret } },
    { of: native, good: [], bad: { 'has no use': 'the-secret-of-before' } },
  ],
  client_name: { good: ['Über-App'], bad: { small: '', big: 'a'.repeat(101) } },
  application_type: { good: ['web'], bad: { 'web or native': 'desktop' } },
  redirect_uris: [
    {
      good: [['https://app.example.com/cb?a=b', 'http://localhost:8080/cb'], ['http://127.0.0.1/cb']],
      bad: {
        'at least one': [],
        'must be https or loopback, is': ['http://app.example.com/cb'],
        'application_type: native': ['com.example.app:/cb'],
        'no \\* in a host': ['https://*.example.com/cb'],
        absolute: ['https://app.example.com/cb '],
        fragment: ['https://app.example.com/cb#a'],
      },
    },
    {
      of: native,
      good: [
        ['com.example.app:/cb'],
        ['com.example.app://cb', 'https://app.example.com/cb'],
        ['https://app.example.com/cb'],
        ['http://127.0.0.1/cb', 'http://[::1]/cb'],
      ],
      bad: {
        'in reverse, such as com.example.app:/callback \\(RFC 8252 §7\\.1\\), is "myapp://callback"': [
          'myapp://callback',
        ],
        'in reverse': ['javascript:alert(1)'],
        'must be https or loopback': ['http://app.example.com/cb'],
        'using localhost as hostname': ['https://localhost/cb'],
        'loopback addresses': ['http://127.0.0.2/cb'],
      },
    },
  ],
  post_logout_redirect_uris: [
    { good: [['https://app.example.com/?logout=1']], bad: { 'application_type: native': ['com.example.app:/out'] } },
    { of: native, good: [['com.example.app:/out']], bad: { 'in reverse': ['myapp:/out'] } },
  ],
  grant_types: {
    good: [['authorization_code'], ['authorization_code', 'refresh_token']],
    bad: { 'refresh_token needs authorization_code': ['refresh_token'], 'must be': ['password'], small: [] },
  },
  response_types: [
    { good: [['code']], bad: { 'must be \\[code\\]': [], 'code flow only': ['id_token'] } },
    { of: machine, good: [[]], bad: { 'needs authorization_code': ['code'] } },
  ],
  token_endpoint_auth_method: {
    good: ['client_secret_basic', 'client_secret_post'],
    bad: { 'must be client_secret_basic or': 'client_secret_jwt' },
  },
  token_endpoint_auth_signing_alg: [
    { good: [], bad: { 'must not be provided': 'ES256' } },
    { of: { ...signing, jwks: { keys: [open] } }, good: ['ES256'], bad: { 'must be RS256 or': 'HS256' } },
  ],
  scope: { good: ['openid profile email'], bad: { 'supported scope values': 'openid nonsense' } },
  subject_type: { good: ['public'], bad: { 'the only one': 'pairwise' } },
  id_token_signed_response_alg: {
    good: ['RS256', 'ES256'],
    bad: { "must be 'RS256'": 'EdDSA', "or 'ES256'": 'PS256', 'must be RS256 or': 'HS256' },
  },
  default_max_age: { good: [0, 3600], bad: { big: 31_536_001, 'whole number': 1.5 } },
  default_acr_values: {
    good: [['urn:oidc-rekey:acr:2fa']],
    bad: { "can only contain 'urn:oidc-rekey:acr:2fa'": ['urn:oidc-rekey:acr:1fa'], 'can only': ['tenant:acme'] },
  },
  ignore_unknown_acr: { good: [true], bad: { 'true or false': 'yes' } },
  require_auth_time: { good: [true], bad: { 'true or false': 'yes' } },
  require_pushed_authorization_requests: { good: [false], bad: { 'true or false': 'yes' } },
  dpop_bound_access_tokens: { good: [true], bad: { 'true or false': 1 } },
  backchannel_logout_uri: ofUri({
    'https or loopback': 'http://app.example.com/out',
    'a user and a password, which are not sent': 'https://rekey:secret@app.example.com/out',
  }),
  backchannel_logout_session_required: { good: [true], bad: { 'true or false': null } },
  initiate_login_uri: ofUri({ 'must be a https uri': 'http://localhost:8080/in' }),
  client_uri: ofUri({ [isWeb]: 'com.example.app:/' }),
  logo_uri: ofUri({ [isWeb]: 'data:image/png,x' }),
  policy_uri: ofUri({ [isWeb]: 'javascript:alert(1)' }),
  tos_uri: ofUri({ [isWeb]: 'file:///etc/tos' }),
  contacts: { good: [['a@example.com']], bad: { 'email addresses': ['https://example.com'], text: [1] } },
  jwks: {
    of: signing,
    good: [{ keys: [open] }, { keys: [{ kty: 'EC', crv: 'secp256k1', x: 'x', y: 'y' }, open] }],
    bad: {
      'keys\\[0\\]\\.d must not be provided': { keys: [secretKey] },
      'symmetric keys': { keys: [{ kty: 'oct', k: 'abc' }] },
      'must hold a public key': { keys: [] },
      'must hold a public key that': { keys: [{ ...open, use: 'enc' }] },
      'keys\\[0\\] is no EC key': { keys: [{ ...open, x: 'AAAA' }] },
      'jwks or jwks_uri is required': undefined,
    },
  },
  jwks_uri: [
    {
      of: signing,
      good: ['https://app.example.com/jwks'],
      bad: { 'https or loopback': 'http://app.example.com/jwks' },
    },
    { of: { ...web, jwks: { keys: [open] } }, good: [], bad: { 'jwks and jwks_uri': 'https://app.example.com/jwks' } },
  ],
  first_party: { good: [true], bad: { 'true or false': 'yes' } },
  management_scopes: [
    { good: [['users:write']], bad: { 'must be': ['users:delete'] } },
    { of: machine, good: [['users:read']], bad: { 'may only read': ['users:write'] } },
  ],
  claims: { good: [['groups', 'roles']], bad: { 'groups or roles': ['email'] } },
  introspects: [
    { good: [['https://api.example.com']], bad: { absolute: ['api'] } },
    { of: native, good: [], bad: { 'may not introspect': ['https://api.example.com'] } },
  ],
  origins: {
    of: native,
    good: [['capacitor://localhost', 'https://tauri.localhost', 'http://localhost:5173', 'chrome-extension://abc']],
    bad: {
      'must be an origin': ['null'],
      'without a path': ['https://app.example.com/'],
      'in lower case': ['capacitor://Localhost'],
      'that of the scheme': ['https://app.example.com:443'],
      'must be https or loopback': ['http://app.example.com'],
      'scheme://host': ['*'],
    },
  },
}

const rows = Object.entries(table).flatMap(([key, given]) =>
  [given].flat().map((row: Row) => ({ ...row, key: key as Key, of: { client_id: 'app', ...(row.of ?? web) } })),
)
const about = (key: Key, fault: string): RegExp => new RegExp(`^clients\\[0\\]\\.(${key}|jwks)\\b.*${fault}`)

describe('A client of the configuration', () => {
  const { read, faultsOf } = configurationFixture()
  const yaml = (...clients: Metadata[]): string => stringify({ demo: false, clients })

  for (const { key, of, bad } of rows)
    for (const [fault, value] of Object.entries(bad))
      it(`is refused for ${key} ${JSON.stringify(value)?.slice(0, 60) ?? '(absent)'}`, async () => {
        const faults = await faultsOf(yaml({ ...of, [key]: value }))
        expect(faults).to.have.length(1)
        expect(faults[0]).to.match(about(key, fault))
        if (key !== 'client_id') expect(faults[0]).to.match(/ \(client app\)$/)
      })

  it('is judged with all others, and beside faults elsewhere', async () => {
    const clients = [
      { ...web, client_id: 'one', contacts: ['x'] },
      { ...web, client_id: 'two' },
      { ...native, client_id: 3 },
    ]
    const faults = await faultsOf(`port: 70000\n${yaml(...clients, { ...web, client_id: 'four', scope: 'none' })}`)
    expect(faults.map((fault) => fault.split(':')[0])).to.deep.equal([
      'port',
      'clients[2].client_id',
      'clients[0].contacts',
      'clients[3].scope',
    ])
  })

  it('is judged beside an http issuer, allowed or not', async () => {
    const at = { ISSUER: 'http://id.lan:3000' }
    const written = yaml({ ...web, client_id: 'one' })
    expect(await faultsOf(written, at)).to.have.length(1)
    const { clients } = await read(`allowPlainHttp: true\n${written}`, at)
    expect(clients).to.have.length(1)
  })

  it('keeps a short scheme out when plain http is allowed', async () => {
    const given = yaml({ ...native, client_id: 'app', redirect_uris: ['myapp://callback'] })
    expect((await faultsOf(`allowPlainHttp: true\n${given}`)).join()).to.match(/in reverse/)
  })

  describe('that was accepted', () => {
    const accepted = rows.flatMap(({ key, of, good }) => good.map((value): Metadata => ({ ...of, [key]: value })))
    const clients = accepted.map((item, index): Metadata => ({ ...item, client_id: `app-${index}` }))
    let service: Assembled
    let issuer: string
    let close: () => Promise<void>
    before(async () => {
      const configuration = await read(yaml(...clients), {
        DATA_DIR: `/tmp/rekey-clients-${process.pid}`,
        LOG_LEVEL: 'silent',
      })
      service = await assemble(configuration)
      const provider = createProvider(service.rekey, configuration, service.secrets)
      await service.rekey.attach(provider)
      const server = provider.listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`
      close = async () => {
        server.closeAllConnections()
        server.close()
        await service.rekey.close()
        await service.close()
        await rm(configuration.dataDirectory, { recursive: true })
      }
    })
    after(() => close())

    for (const [index, { client_id: id }] of clients.entries()) {
      const { redirect_uris: [redirect] = [], ...more } = clients[index] as {
        redirect_uris?: string[]
        grant_types?: string[]
      }
      const title = JSON.stringify(accepted[index]).slice(0, 150)
      it(`begins a sign-in, or gets a token: ${title}`, async () => {
        if (redirect === undefined || more.grant_types?.includes('client_credentials')) {
          const authorization = `Basic ${btoa(`${String(id)}:${secret}`)}`
          const body = new URLSearchParams({ grant_type: 'client_credentials' })
          const answer = await answerOf(
            await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body }),
          )
          expect(answer.status, answer.text).to.equal(200)
          return
        }
        const query = new URLSearchParams({
          client_id: String(id),
          response_type: 'code',
          scope: 'openid',
          redirect_uri: redirect,
          code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
          code_challenge_method: 'S256',
        })
        const answer = await fetch(`${issuer}/auth?${query.toString()}`, { redirect: 'manual' })
        expect(answer.status, await answer.text()).to.equal(303)
        expect(answer.headers.get('location')).to.match(/^\/sign-in\/|\/sign-in\//)
      })
    }
  })
})
