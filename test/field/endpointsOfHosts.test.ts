/** The endpoints of a host's provider behave the same below a path, in other frameworks, and with pages of the host's own. */
import { expect } from 'chai'
import express from 'express'
import { createVisitor } from '../support/client.ts'
import { startHost, type Host, type HostOptions } from '../support/host.ts'
import { type HostWithPages, startHostWithPages } from '../hosts/hostPages.ts'

const inExpress: NonNullable<HostOptions['application']> = ({ rekey, provider }) =>
  express().use(rekey.callback()).use('/oidc', provider.callback())

for (const [name, options] of Object.entries({
  'in Koa': { base: '/oidc' },
  'in Express': { base: '/oidc', application: inExpress },
}))
  describe(`The provider of a host below a path, ${name}`, () => {
    let host: Host
    before(async () => {
      host = await startHost(options)
    })
    after(() => host.close())

    it('redirects a posted request to the same address, and signs out without what is not proven', async () => {
      const visitor = createVisitor(host.origin)
      for (const [path, sentTo] of [
        ['/oidc/auth', '/oidc/auth?client_id=app'],
        ['/oidc/session/end', '/oidc/session/end?client_id=app'],
      ] as const) {
        const sent = await visitor.post(path, { client_id: 'app' }, { origin: 'https://rp.example' })
        expect([sent.status, sent.location]).to.deep.equal([303, sentTo])
      }
      const page = await visitor.get('/oidc/session/end?id_token_hint=x&post_logout_redirect_uri=https://x.example')
      expect([page.status, page.h1]).to.deep.equal([200, 'You are signed out'])
    })

    it('names the methods of an endpoint', async () => {
      for (const [path, allow] of [
        ['/oidc/token', 'POST'],
        ['/oidc/session/end', 'GET, HEAD, POST'],
      ] as const) {
        const answer = await fetch(host.origin + path, { method: 'PUT' })
        expect([answer.status, answer.headers.get('allow')]).to.deep.equal([405, allow])
      }
      const kept = await fetch(`${host.origin}/oidc/jwks`)
      expect(kept.headers.get('cache-control')).to.equal('public, max-age=900')
    })
  })

describe('A host with pages of its own', () => {
  let host: HostWithPages
  before(async () => {
    host = await startHostWithPages({
      configuration: {
        features: {
          devInteractions: { enabled: false },
          rpInitiatedLogout: {
            enabled: true,
            logoutSource: (ctx: { body?: unknown }, form: string) => {
              ctx.body = `<!doctype html><h1>Leave?</h1>${form}`
            },
          },
        },
        discovery: { ui_locales_supported: ['fr'], service_documentation: 'https://host.example/docs' },
      },
    })
  })
  after(() => host.close())

  it('is asked by its own page, and is not for a first-party client with a valid hint', async () => {
    const visitor = host.visitor()
    const { id_token } = await host.redeem(await host.enter(visitor))
    expect((await visitor.get('/session/end')).h1).to.equal('Leave?')
    expect((await visitor.get('/session/end?id_token_hint=x')).h1).to.equal('Leave?')
    expect((await visitor.get(`/session/end?id_token_hint=${id_token}`)).h1).to.equal('You are signed out')
  })

  it('shows its login page for prompt=select_account', async () => {
    const visitor = host.visitor()
    await host.enter(visitor)
    const prompts = host.prompts.length
    await host.enter(visitor, { prompt: 'select_account' })
    expect(host.prompts.slice(prompts)).to.include('login')
  })

  it('has the last word about its metadata', async () => {
    const found = await (await fetch(`${host.issuer}/.well-known/openid-configuration`)).json()
    expect(found).to.deep.include({ ui_locales_supported: ['fr'], service_documentation: 'https://host.example/docs' })
    expect(found).to.have.property('prompt_values_supported')
  })
})

describe('A host without a logout endpoint', () => {
  let host: HostWithPages
  before(async () => {
    host = await startHostWithPages({
      configuration: { features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } } },
    })
  })
  after(() => host.close())

  it('signs people in, and has no such address', async () => {
    const { claims } = await host.redeem(await host.enter(host.visitor()))
    expect(claims['sub']).to.equal('ana')
    for (const method of ['GET', 'POST'])
      expect((await fetch(`${host.issuer}/session/end`, { method })).status, method).to.equal(404)
    expect((await fetch(`${host.issuer}/token`)).status).to.equal(405)
  })

  it('answers a form of a sign-out that there is none for with a page', async () => {
    const visitor = host.visitor()
    await host.enter(visitor)
    const page = await visitor.post('/session/end/confirm', { xsrf: 'x' }, { origin: host.issuer })
    expect([page.status, typeof page.h1]).to.deep.equal([400, 'string'])
  })
})

describe('A host that removes a client', () => {
  const client = (client_id: string) => ({
    client_id,
    client_secret: 'secret',
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
  })
  let host: Host
  before(async () => {
    host = await startHost({
      configuration: {
        clients: [client('shop'), client('api')],
        features: {
          devInteractions: { enabled: false },
          clientCredentials: { enabled: true },
          introspection: { enabled: true, allowedPolicy: (_ctx, { clientId }) => clientId === 'api' },
        },
      },
    })
  })
  after(() => host.close())

  it('answers that its tokens are not active, whatever the host allows', async () => {
    const post = async (path: string, id: string, fields: Record<string, string>) => {
      const headers = { authorization: `Basic ${btoa(`${id}:secret`)}` }
      const answer = await fetch(host.issuer + path, { method: 'POST', headers, body: new URLSearchParams(fields) })
      return { status: answer.status, body: (await answer.json()) as { active?: boolean; access_token?: string } }
    }
    const { body } = await post('/token', 'shop', { grant_type: 'client_credentials' })
    const introspect = () => post('/token/introspection', 'api', { token: body.access_token ?? '' })
    expect(await introspect()).to.have.nested.property('body.active', true)
    await host.rekey.setClients([client('api')])
    expect(await introspect()).to.deep.equal({ status: 200, body: { active: false } })
  })
})
