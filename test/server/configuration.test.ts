import { expect } from 'chai'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { optionsOf } from '../../src/server/rekeyOptions.ts'
import { configurationFixture } from './configurationFixture.ts'

describe('The configuration', () => {
  const { read, faultsOf, production } = configurationFixture()

  it('has a default for every key, and follows PORT in issuer and sample', async () => {
    const configuration = await read('', { PORT: '4000' })
    expect(configuration).to.include({
      issuer: 'http://localhost:4000',
      host: '127.0.0.1',
      samplePort: 4001,
      sampleOrigin: 'http://localhost:4001',
      demo: true,
      signInUrl: '/sample',
    })
    expect(configuration.reset).to.deep.equal({
      profile: 'standard',
      strictRoles: ['admin', 'helpdesk'],
      linkLifetimeSeconds: 28_800,
      signInLifetimeSeconds: 2_592_000,
      requireReason: false,
      linksPerHour: 5,
    })
  })

  it('offers every language there are texts for, unless some are named', async () => {
    expect([(await read('{}')).locales, (await read('locales: [de, en]')).locales]).to.deep.equal([null, ['de', 'en']])
    expect(optionsOf(await read('{}'))).to.not.have.property('languages')
    expect(optionsOf(await read('locales: [de, en]')).languages).to.deep.equal(['de', 'en'])
  })

  it('is frozen at every level', async () => {
    const configuration = await read('locales: [de]')
    for (const part of [configuration, configuration.reset, configuration.locales, configuration.acr]) {
      expect(Object.isFrozen(part)).to.equal(true)
    }
  })

  it('prefers the environment to the file, and treats an empty variable as unset', async () => {
    const yaml = 'port: 4000\nhost: 127.0.0.2\nlog_level: warn'
    expect(await read(yaml, { PORT: '5000', HOST: ' ', LOG_LEVEL: '' })).to.include({
      port: 5000,
      host: '127.0.0.2',
      logLevel: 'warn',
    })
  })

  it('reports ten faults in ten lines, each with its key', async () => {
    const faults = await faultsOf(
      `
port: 70000
log_level: loud
brand: { accent: blue }
reset: { link_lifetime_seconds: 5, link_livetime_seconds: 900 }
attempts: { first_pause_seconds: 60, longest_pause_seconds: 30 }
password_attempts: { first_pause_seconds: 60, longest_pause_seconds: 30 }
clients:
  - { client_id: 'a b', redirect_uris: ['http://app.example.com/'], client_secret: s }
pkce_exempt: [nobody]
locales: [en, xx]
`,
      { ISSUER: 'http://id.example.com', TRUST_PROXY: 'many' },
    )
    expect(faults).to.have.members([
      'port: must be a TCP port from 1 to 65535, is 70000',
      'log_level: must be trace or debug or info or warn or error or fatal or silent, is "loud"',
      'brand.accent: must be a colour like #2450c8, is "blue"',
      'reset.link_lifetime_seconds: must be a whole number of seconds from 900 to 86400, is 5',
      'reset.link_livetime_seconds: unknown key, the nearest known one is reset.link_lifetime_seconds',
      'attempts: first_pause_seconds is longer than longest_pause_seconds',
      'password_attempts: first_pause_seconds is longer than longest_pause_seconds',
      'clients[0].client_id: a client id may hold A-Z a-z 0-9 - _ only, is "a b"',
      'locales[1]: there are no words for xx',
      'ISSUER: must be https (or set allowPlainHttp: true), is "http://id.example.com"',
      'TRUST_PROXY: must be a whole number of proxies from 0 to 10, is "many"',
    ])
  })

  it('names the nearest known key, also when the key is in the wrong group', async () => {
    expect(
      await faultsOf('isuer: https://id.example.com\nlink_lifetime_seconds: 900\ntwo_factor: { requird: always }'),
    ).to.have.members([
      'isuer: unknown key, the nearest known one is issuer',
      'link_lifetime_seconds: unknown key, the nearest known one is reset.link_lifetime_seconds',
      'two_factor.requird: unknown key, the nearest known one is two_factor.required',
    ])
    expect(await faultsOf('clients: [{ client_id: a, redirect_url: [x] }]')).to.include(
      'clients[0].redirect_url: unknown key, the nearest known one is clients[].redirect_uris (client a)',
    )
  })

  it('reports a file that cannot be read, is missing, or has no keys', async () => {
    expect((await faultsOf('port: 1\nport: 2')).join()).to.match(
      /test\.yaml:2: Map keys must be unique at line 2, column 1$/,
    )
    expect((await faultsOf('- a\n- b')).join()).to.match(/must be a list of keys and values$/)
    expect((await faultsOf('', { CONFIG: '/nowhere.yaml' })).join()).to.equal(
      'CONFIG: cannot read /nowhere.yaml: there is no such file or folder',
    )
  })

  const issuers: Record<string, boolean> = {
    'https://id.example.com': true,
    'http://localhost:3000': true,
    'http://127.0.0.1:3000': true,
    'http://[::1]:3000': true,
    'http://id.example.com': false,
    'http://localhost.example.com': false,
    'https://id.example.com/oidc': false,
    'https://id.example.com?a=b': false,
    'https://id.example.com/#a': false,
    'https://user:password@id.example.com': false,
    'ftp://id.example.com': false,
    'id.example.com': false,
  }
  for (const [issuer, isGood] of Object.entries(issuers)) {
    it(`${isGood ? 'accepts' : 'refuses'} the issuer ${issuer}`, async () => {
      if (isGood) expect(await read('', { ISSUER: issuer })).to.have.property('issuer', issuer)
      else expect((await faultsOf('', { ISSUER: issuer })).join()).to.match(/^ISSUER: must /)
    })
  }

  it('removes the trailing slash of an issuer, so that no link has two', async () => {
    expect(await read('', { ISSUER: 'https://ID.example.com:443/' })).to.have.property(
      'issuer',
      'https://id.example.com',
    )
  })

  it('requires mail and key rings in production, and turns development features off there', async () => {
    expect(await faultsOf('', { NODE_ENV: 'production' })).to.deep.equal([
      'SMTP_URL (mail.smtp_url): is required when NODE_ENV=production',
      'MAIL_FROM (mail.from): is required when NODE_ENV=production',
      'ENCRYPTION_KEYS (keys.encryption): is required when NODE_ENV=production',
      'COOKIE_KEYS (keys.cookies): is required when NODE_ENV=production',
      'JWKS (keys.jwks): is required when NODE_ENV=production',
    ])
    const configuration = await read('demo: true\nallowDemoOnNetwork: true', await production())
    expect(configuration).to.include({ production: true, demo: false, signInUrl: '/account' })
  })

  it('enables development features on loopback only, or by an option that prints a notice', async () => {
    expect(await read('', { HOST: '0.0.0.0' })).to.have.property('demo', false)
    expect(await read('demo: false')).to.have.property('demo', false)
    const open = await read('allowDemoOnNetwork: true', { HOST: '0.0.0.0' })
    expect(open.demo).to.equal(true)
    expect(open.notices.join()).to.match(/^allowDemoOnNetwork: anybody/)
  })

  it('never repeats a secret in a fault', async () => {
    const faults = await faultsOf(
      'clients: [{ client_id: a, redirect_uris: [http://localhost/], client_secret: "s3cr3t!" }]',
      {
        ENCRYPTION_KEYS: 'k:s3cr3t',
        COOKIE_KEYS: 's3cr3t',
        JWKS: '{"keys":[{"kty":"s3cr3t"}]}',
        SMTP_URL: 'http://me:s3cr3t@mail',
        REDIS_URL: 'http://me:s3cr3t@redis',
        DATABASE_URL: 'http://me:s3cr3t@database',
      },
    )
    expect(faults).to.have.length(7)
    expect(faults.join('\n')).not.to.include('s3cr3t')
  })

  it('requires a separate port for the metrics', async () => {
    expect(await faultsOf('', { METRICS_PORT: '3000' })).to.deep.equal(['METRICS_PORT: must differ from port, is 3000'])
    expect(await faultsOf('', { METRICS_PORT: '3001' })).to.deep.equal([
      'METRICS_PORT: must differ from sample_port, is 3001',
    ])
    expect((await read('', { METRICS_PORT: '9464' })).metricsPort).to.equal(9464)
  })

  it('names one store, and refuses two', async () => {
    const url = 'postgres://me:s3cr3t@database/identity'
    const store = { is: 'postgres', url, schema: 'rekey', poolSize: 10 }
    expect((await read('', { DATABASE_URL: url })).store).to.deep.equal(store)
    expect((await read('database: { schema: other }', { DATABASE_URL: url })).store).to.include({ schema: 'other' })
    expect((await read('database: { schema: other }')).store).to.include({ is: 'sqlite' })
    const several = 'postgres://me:s3cr3t@a,b:5433/identity'
    expect((await read('', { DATABASE_URL: several })).store).to.include({ url: several })
    for (const wrong of ['postgres://me:s3cr3t@a,/identity', 'http://me:s3cr3t@a,b/identity'])
      expect(await faultsOf('', { DATABASE_URL: wrong })).to.deep.equal([
        'DATABASE_URL: must be postgres:// or postgresql://',
      ])
    expect(await faultsOf('', { DATABASE_URL: url, REDIS_URL: 'redis://redis' })).to.deep.equal([
      'DATABASE_URL: there is one store, leave out this or REDIS_URL',
    ])
    expect(await faultsOf(`database: { url: '${url}' }`, { REDIS_URL: 'redis://redis' })).to.deep.equal([
      'database.url: there is one store, leave out this or REDIS_URL',
    ])
    expect(await faultsOf('database: { schema: "a b" }')).to.deep.equal([
      'database.schema: must be up to 63 letters, digits and underscores',
    ])
  })

  it('accepts the known profiles of a reset and the known strict roles only', async () => {
    const { reset } = await read('reset: { profile: strict, strict_roles: [helpdesk] }')
    expect(reset).to.deep.include({ profile: 'strict', strictRoles: ['helpdesk'] })
    expect((await read('reset: { strict_roles: [] }')).reset.strictRoles).to.deep.equal([])
    expect(await faultsOf('reset: { strict_roles: [admin, root] }')).to.deep.equal([
      'reset.strict_roles[1]: must be admin or helpdesk, is "root"',
    ])
    expect((await faultsOf('reset: { profile: lax }')).join()).to.match(/^reset\.profile: /)
  })

  it('requires an RSA key that signs RS256 among the signing keys', async () => {
    const { keys } = JSON.parse((await production()).JWKS ?? '') as { keys: { kty: string }[] }
    const elliptic = { JWKS: JSON.stringify({ keys: keys.filter(({ kty }) => kty === 'EC') }) }
    expect((await faultsOf('', elliptic)).join()).to.match(/^JWKS: needs a private RSA key/)
  })

  const app = 'client_id: app, redirect_uris: [https://app.example.com/cb]'
  const clients: Record<string, [string, RegExp]> = {
    'without a secret': [`{ ${app} }`, /client_secret: is required/],
    'that is public and has a secret': [
      `{ ${app}, client_secret: s, token_endpoint_auth_method: none }`,
      /has no use with none/,
    ],
    'whose secret would not survive Basic': [`{ ${app}, client_secret: 'a+b/c:d%' }`, /A-Z a-z 0-9 - _ only/],
    'without a redirect URI': ['{ client_id: app, client_secret: s }', /redirect_uris: at least one/],
    'with a fragment in its URI': [
      '{ client_id: app, client_secret: s, redirect_uris: ["https://a.example/#b"] }',
      /without a fragment/,
    ],
    'with a machine key that writes': [
      '{ client_id: app, client_secret: s, grant_types: [client_credentials], management_scopes: [users:read, two-factor:reset] }',
      /a machine may only read, not two-factor:reset/,
    ],
    'that asks for the implicit flow': [`{ ${app}, client_secret: s, response_types: [id_token] }`, /code flow only/],
  }
  for (const [what, [yaml, fault]] of Object.entries(clients)) {
    it(`refuses a client ${what}`, async () => {
      const faults = await faultsOf(`clients: [${yaml}]`)
      expect(faults).to.have.length(1)
      expect(faults[0]).to.match(fault)
    })
  }

  it('refuses two clients of one id, and an exemption from PKCE for a public one', async () => {
    expect((await faultsOf(`clients: [{ ${app}, client_secret: s }, { ${app}, client_secret: t }]`)).join()).to.match(
      /two clients of the same/,
    )
    const open = `clients: [{ ${app}, token_endpoint_auth_method: none }]\npkce_exempt: [app]`
    expect(await faultsOf(open)).to.deep.equal(['pkce_exempt: app is a public client and needs PKCE'])
  })

  it('keeps the URIs of a client unchanged', async () => {
    const uri = 'https://app.example.com/?logout=backchannel&x=%7e'
    const { clients: kept } = await read(
      `clients: [{ client_id: a, client_secret: s, redirect_uris: ['${uri}'], backchannel_logout_uri: '${uri}' }]`,
    )
    expect(kept[0]).to.deep.include({ redirect_uris: [uri], backchannel_logout_uri: uri })
  })

  it('accepts the file of the demonstration', async () => {
    expect(await readConfiguration({})).to.include({
      issuer: 'http://localhost:3000',
      demo: true,
      dataDirectory: 'data',
    })
  })

  it('names languages and logos whose files are missing', async () => {
    expect(await faultsOf('locales: [en, xx]\nwords_directory: /nowhere/words')).to.deep.equal([
      'words_directory: cannot read /nowhere/words: there is no such file or folder',
    ])
    const logos = 'brand: { logo_light: /nowhere/logo.svg, logo_dark: "http://a/b.png" }'
    expect(await faultsOf(`locales: [en, xx]\n${logos}`)).to.deep.equal([
      'locales[1]: there are no words for xx',
      'brand.logo_light: cannot read /nowhere/logo.svg: there is no such file or folder',
      'brand.logo_dark: must be a file, or an https URL without a user and a fragment',
    ])
  })
})
