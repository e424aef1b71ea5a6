/** Answers and errors with `response_mode=form_post` reach the relying party. @see OAuth 2.0 Form Post Response Mode §2 */
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { openDevice, takeComplaints } from '../support/browser.ts'
import type { Page } from '../support/client.ts'
import { startHost } from '../support/host.ts'
import { type ClientId, clients } from '../support/relyingParties.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const FORM_POST = { response_mode: 'form_post' }

interface Refused {
  readonly error: string
  readonly parameters: Record<string, string>
  readonly client?: ClientId
  readonly signedIn?: true
}

/** Every error of the endpoint that a redirect URI may get. */
const refusals: readonly Refused[] = [
  { error: 'login_required', parameters: { prompt: 'none' } },
  { error: 'consent_required', parameters: { prompt: 'none' }, client: 'shop', signedIn: true },
  { error: 'invalid_request', parameters: { prompt: 'none login' } },
  { error: 'invalid_request', parameters: { prompt: 'unknown' } },
  { error: 'unauthorized_client', parameters: { prompt: 'change_password' }, client: 'shop' },
  { error: 'unsupported_response_type', parameters: { response_type: 'id_token', nonce: 'n' } },
  { error: 'unsupported_response_type', parameters: { response_type: 'token' } },
  { error: 'invalid_request', parameters: { response_type: '' } },
  { error: 'invalid_request', parameters: { code_challenge: '' } },
  { error: 'invalid_request', parameters: { code_challenge_method: 'plain' } },
  { error: 'invalid_scope', parameters: { scope: 'openid "' } },
  { error: 'invalid_request', parameters: { claims: '{' } },
  { error: 'invalid_request', parameters: { max_age: '-1' } },
  { error: 'invalid_request', parameters: { id_token_hint: 'x' } },
  { error: 'invalid_target', parameters: { resource: 'https://api.example/unknown' } },
  { error: 'request_not_supported', parameters: { request: 'e30.e30.' } },
  { error: 'request_uri_not_supported', parameters: { request_uri: 'https://rp.example/request' } },
  { error: 'registration_not_supported', parameters: { registration: '{}' } },
  { error: 'unmet_authentication_requirements', parameters: { acr_values: 'urn:unknown' } },
]

/** The only form of a hand-over document, with what it carries. */
function handedOver(page: Page): Record<string, string> {
  expect(page.text).to.contain('action="http://127.0.0.1:9/callback"')
  const fields = page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value]))
}

const formActionOf = (page: Page): string =>
  /form-action ([^;]*)/.exec(page.headers.get('content-security-policy') ?? '')?.[1] ?? ''

describe('response_mode=form_post', () => {
  let server: Standalone
  before(async () => {
    server = await openStandalone()
  })
  after(() => server.close())

  for (const { error, parameters, client = 'app', signedIn } of refusals)
    it(`hands over ${error} of ${JSON.stringify(parameters)}`, async () => {
      const { visitor } = signedIn ? await server.enter(await server.person()) : { visitor: server.visitor() }
      const page = await visitor.get(server.ask(client, { ...FORM_POST, state: 's', ...parameters }).path)
      expect(handedOver(page)).to.include({ error, state: 's', iss: server.issuer })
      expect([page.status, formActionOf(page)]).to.deep.equal([200, "'self' http://127.0.0.1:9 http: https:"])
    })

  it('hands over a denied consent', async () => {
    const person = await server.person()
    const { visitor } = await server.enter(person)
    const consent = await visitor.go(server.ask('shop', FORM_POST).path)
    const denied = await visitor.submit(consent, { decision: 'deny' })
    const after = denied.h1 === null ? denied : await server.resume(denied)
    expect(handedOver(after)).to.include({ error: 'access_denied' })
    expect(formActionOf(after)).to.contain('http://127.0.0.1:9')
  })

  it('hands over the code of a pushed request, and its errors', async () => {
    const { visitor } = await server.enter(await server.person())
    const push = async (more: Record<string, string>): Promise<Page> => {
      const { path } = server.ask('app', { ...FORM_POST, ...more })
      const fields = Object.fromEntries(new URLSearchParams(path.split('?')[1]))
      const { body } = await server.post('/request', 'app', fields)
      const query = new URLSearchParams({ client_id: 'app', request_uri: body.request_uri })
      return visitor.get(`/auth?${query.toString()}`)
    }
    for (const [page, has] of [
      [await push({}), 'code'],
      [await push({ acr_values: 'urn:unknown' }), 'error'],
    ] as const) {
      expect(handedOver(page)).to.include.keys(has)
      expect(formActionOf(page)).to.contain('http://127.0.0.1:9')
    }
  })

  it('hands over nothing to an address that is not registered', async () => {
    for (const parameters of [{ redirect_uri: 'https://evil.example/' }, { client_id: 'unknown' }]) {
      const page = await server.visitor().get(server.ask('app', { ...FORM_POST, prompt: 'none', ...parameters }).path)
      expect([page.status, formActionOf(page)]).to.deep.equal([400, "'self'"])
      expect(page.h1).to.be.a('string')
    }
  })
})

describe('response_mode=form_post of a native application', () => {
  it('names the scheme of its redirect URI', async () => {
    const native = { client_id: 'native', application_type: 'native', token_endpoint_auth_method: 'none' } as const
    const host = await startHost({
      configuration: {
        clients: [{ ...native, client_uri: 'https://rp.example', redirect_uris: ['com.example.app:/cb'] }],
      },
    })
    try {
      const query = new URLSearchParams({ ...native, redirect_uri: 'com.example.app:/cb', ...FORM_POST })
      const page = await fetch(`${host.issuer}/auth?${query.toString()}`)
      expect(page.headers.get('content-security-policy')).to.contain("form-action 'self' com.example.app: https:")
    } finally {
      await host.close()
    }
  })
})

describe('In a browser, response_mode=form_post', () => {
  let server: Standalone
  let application: Server
  const bodies: string[] = []
  before(async function () {
    this.timeout(60_000)
    // Answers the form as many applications do: with a redirect to another of their origins.
    application = createServer((request, response) => {
      void text(request).then((body) => {
        if (request.method !== 'POST') return response.end('<!doctype html><title>x</title><h1>Application</h1>')
        bodies.push(body)
        response.writeHead(303, { location: `http://localhost:${port}/` })
        return response.end()
      })
    }).listen(0, '127.0.0.1')
    await once(application, 'listening')
    const { port } = application.address() as AddressInfo
    const redirect_uris = [`http://127.0.0.1:${port}/callback`]
    server = await openStandalone({
      clients: clients.map((item) => (item.client_id === 'app' ? { ...item, redirect_uris } : item)),
    })
  })
  after(async () => {
    application.close()
    application.closeAllConnections()
    await server.close()
    expect(takeComplaints()).to.deep.equal([])
  })

  it('brings an error to the application, which leads on to another of its origins', async function () {
    this.timeout(60_000)
    const { port } = application.address() as AddressInfo
    const redirect_uri = `http://127.0.0.1:${port}/callback`
    const page = await openDevice()
    await page.goto(server.issuer + server.ask('app', { ...FORM_POST, redirect_uri, prompt: 'none' }).path)
    await page.getByRole('heading', { name: 'Application' }).waitFor()
    expect(page.url()).to.equal(`http://localhost:${port}/`)
    expect(bodies.map((body) => new URLSearchParams(body).get('error'))).to.deep.equal(['login_required'])
    await page.context().close()
  })
})
