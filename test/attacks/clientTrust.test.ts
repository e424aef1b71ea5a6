/** The operator alone decides what a client is trusted with: every source of clients, every key that gives trust. */
import { expect } from 'chai'
import type { AdapterPayload } from 'oidc-provider'
import { OptionsRefused } from '../../src/errors.ts'
import { completeOptions } from '../../src/options.ts'
import { managementScopes } from '../../src/ports.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, setupKeyIn, type Visitor, wayOn } from '../support/client.ts'
import { clock, type Host, password, redirectUri, signInRequest, startHost, verifier } from '../support/host.ts'

const trustedKeys = ['first_party', 'management_scopes', 'introspects'] as const
const documentId = 'https://evil.example/client.json'

/** Metadata in which the client claims every trust. */
const claimTrust = (issuer: string): Record<string, unknown> => ({
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'client_credentials'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_post',
  first_party: true,
  management_scopes: [...managementScopes],
  introspects: [`${issuer}/management/v1`],
})

interface Known {
  readonly id: string
  /** null: a public client. */
  readonly secret: string | null
}

async function send(
  host: Host,
  [method, path]: readonly ['POST' | 'PUT', string],
  body: unknown,
  token?: string,
): Promise<Record<string, string>> {
  const answer = await fetch(`${host.issuer}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  expect(answer.status, text).to.be.oneOf([200, 201])
  return JSON.parse(text) as Record<string, string>
}

/** Ways to add a client that the operator's configuration does not name. */
const sources: Readonly<Record<string, (host: Host, stored: Map<string, AdapterPayload>) => Promise<Known>>> = {
  'registers itself': async (host) => {
    const made = await send(host, ['POST', '/reg'], claimTrust(host.issuer))
    return { id: made['client_id']!, secret: made['client_secret']! }
  },
  'changes its own registration': async (host) => {
    const { redirect_uris: uris, token_endpoint_auth_method: method } = claimTrust(host.issuer)
    const plain = { redirect_uris: uris, token_endpoint_auth_method: method }
    const made = await send(host, ['POST', '/reg'], plain)
    const { client_id: id, client_secret: secret, registration_access_token: token } = made
    await send(host, ['PUT', `/reg/${id}`], { ...claimTrust(host.issuer), client_id: id, client_secret: secret }, token)
    return { id: id!, secret: secret! }
  },
  'publishes a document': async () => ({ id: documentId, secret: null }),
  'is stored in the host’s adapter': async (host, stored) => {
    stored.set('Client:stored', { ...claimTrust(host.issuer), client_id: 'stored', client_secret: 'stored-secret' })
    return { id: 'stored', secret: 'stored-secret' }
  },
}

/** An adapter of the host. */
const adapterOf = (rows: Map<string, AdapterPayload>) => (kind: string) => {
  const by = (field: string) => async (value: string) =>
    [...rows].find(([key, row]) => key.startsWith(`${kind}:`) && row[field] === value)?.[1]
  return {
    upsert: async (id: string, payload: AdapterPayload) => void rows.set(`${kind}:${id}`, payload),
    find: async (id: string) => rows.get(`${kind}:${id}`),
    findByUid: by('uid'),
    findByUserCode: by('userCode'),
    consume: async (id: string) => void Object.assign(rows.get(`${kind}:${id}`) ?? {}, { consumed: clock.now() }),
    destroy: async (id: string) => void rows.delete(`${kind}:${id}`),
    async revokeByGrantId(grantId: string) {
      for (const [key, row] of rows) if (row.grantId === grantId) rows.delete(key)
    },
  }
}

const documentOf = (issuer: string): Response =>
  Response.json({
    ...claimTrust(issuer),
    client_id: documentId,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
  })

async function open(isOwnAdapter: boolean, options = {}) {
  const stored = new Map<string, AdapterPayload>()
  let issuer = ''
  const host = await startHost({
    options,
    configuration: {
      ...(isOwnAdapter && { adapter: adapterOf(stored) }),
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        registration: { enabled: true },
        registrationManagement: { enabled: true, rotateRegistrationAccessToken: false },
        clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
      },
      fetch: (url: RequestInfo | URL, init?: RequestInit) =>
        (url instanceof Request ? url.url : String(url)) === documentId
          ? Promise.resolve(documentOf(issuer))
          : fetch(url, init),
    },
  })
  issuer = host.issuer
  host.people.set('ana', { ...host.people.get('ana')!, roles: ['admin'] })
  return { host, stored }
}

/** Ana, an administrator, signed in at the operator's own application. */
async function signedIn(host: Host): Promise<Visitor> {
  const ana = createVisitor(host.issuer)
  const setUp = await ana.submit(await ana.go(signInRequest()), { email: 'ana@example.com', password })
  const codes = await ana.submit(setUp, { code: new Authenticator(setupKeyIn(setUp.text)[0]!).next(clock.now()) })
  const done = await ana.submit(codes, { saved: 'yes' })
  await ana.get(new URL(wayOn(done)!, host.issuer).pathname)
  expect(answerIn((await ana.get(signInRequest({ prompt: 'none' }))).location)).to.equal('code')
  return ana
}

const answerIn = (location: string | null): string => {
  const answer = location?.startsWith(redirectUri) ? new URL(location).searchParams : null
  return answer?.get('error') ?? (answer?.has('code') ? 'code' : 'page')
}

async function redeem(host: Host, known: Known, fields: Record<string, string>): Promise<Record<string, string>> {
  const body = { client_id: known.id, ...(known.secret && { client_secret: known.secret }), ...fields }
  const answer = await fetch(`${host.issuer}/token`, { method: 'POST', body: new URLSearchParams(body) })
  return (await answer.json()) as Record<string, string>
}

const atApi = async (host: Host, value: string | undefined): Promise<number> =>
  (await fetch(`${host.issuer}/management/v1/users`, { headers: { authorization: `Bearer ${value}` } })).status

describe('A client that claims to be trusted', () => {
  const hosts = new Map<boolean, Awaited<ReturnType<typeof open>> & { readonly ana: Visitor }>()
  before(async () => {
    for (const isOwnAdapter of [false, true]) {
      const opened = await open(isOwnAdapter)
      hosts.set(isOwnAdapter, { ...opened, ana: await signedIn(opened.host) })
    }
  })
  after(() => Promise.all([...hosts.values()].map(({ host }) => host.close())))

  for (const [way, make] of Object.entries(sources))
    for (const isOwnAdapter of way.includes('adapter') ? [true] : [false, true])
      describe(`and ${way}${isOwnAdapter ? ', with an adapter of the host' : ''}`, () => {
        let host: Host
        let ana: Visitor
        let known: Known
        const ask = (more: Record<string, string>) => signInRequest({ client_id: known.id, ...more })
        before(async () => {
          const opened = hosts.get(isOwnAdapter)!
          ;({ host, ana } = opened)
          known = await make(host, opened.stored)
        })

        it('gets no code without the consent page', async () => {
          expect(answerIn((await ana.get(ask({ prompt: 'none' }))).location)).to.equal('consent_required')
          expect((await ana.go(ask({}))).h1).to.equal('Allow access')
        })

        it('cannot request changes of the account', async () => {
          for (const prompt of ['replace_authenticator', 'new_backup_codes'])
            expect(answerIn((await ana.get(ask({ prompt }))).location)).to.equal('unauthorized_client')
        })

        it('gets no scope and no valid token of the management API', async () => {
          const management = { resource: `${host.issuer}/management/v1`, scope: 'openid users:read' }
          expect(answerIn((await ana.get(ask(management))).location)).to.equal('invalid_target')
          const allowed = await ana.submit(await ana.go(ask({})), { decision: 'allow' })
          const back = new URL((await ana.go(new URL(wayOn(allowed)!, host.issuer).pathname)).location!)
          const made = await redeem(host, known, {
            grant_type: 'authorization_code',
            code: back.searchParams.get('code') ?? '',
            redirect_uri: redirectUri,
            code_verifier: verifier,
          })
          expect(made['access_token'], JSON.stringify(made)).to.be.a('string')
          expect(await atApi(host, made['access_token'])).to.equal(401)
        })

        it('gets none by client credentials either', async () => {
          const grant = { grant_type: 'client_credentials' }
          const resource = `${host.issuer}/management/v1`
          const request = await redeem(host, known, { ...grant, resource, scope: 'users:read audit:read' })
          expect(request['error']).to.equal(known.secret ? 'invalid_target' : 'unauthorized_client')
          const plain = await redeem(host, known, grant)
          expect(await atApi(host, plain['access_token'])).to.equal(401)
        })

        for (const key of trustedKeys)
          it(`does not keep its ${key}`, async () => {
            const client = await host.provider.Client.find(known.id)
            expect(client?.clientId).to.equal(known.id)
            expect(client?.[key]).to.equal(undefined)
            expect(client?.metadata()).to.not.have.property(key)
          })
      })
})

describe('A client in the host’s adapter', () => {
  it('has the trust that the options give it, and no more', async () => {
    const options = { firstParty: ['stored'], managementScopes: { stored: ['users:read'] } }
    const { host, stored } = await open(true, options)
    try {
      const known = await sources['is stored in the host’s adapter']!(host, stored)
      const ana = await signedIn(host)
      const ask = { client_id: 'stored', prompt: 'none' }
      expect(answerIn((await ana.get(signInRequest(ask))).location)).to.equal('code')
      const resource = `${host.issuer}/management/v1`
      const made = await redeem(host, known, {
        grant_type: 'client_credentials',
        resource,
        scope: managementScopes.join(' '),
      })
      expect(made['scope']).to.equal('users:read')
      expect(await atApi(host, made['access_token'])).to.equal(200)
    } finally {
      await host.close()
    }
  })

  it('cannot have an unknown scope', () => {
    const options = { issuer: 'https://op.example', directory: {}, managementScopes: { stored: ['users:delete'] } }
    expect(() => completeOptions(options as unknown as Parameters<typeof completeOptions>[0]))
      .to.throw(OptionsRefused)
      .with.property('message')
      .that.matches(/^managementScopes\.stored\.0: must be users:read or /m)
  })
})
