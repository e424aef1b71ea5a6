import { expect } from 'chai'
import { routes } from '../../src/http/routes.ts'
import { createVisitor } from '../support/client.ts'
import { type Host, startHost } from '../support/host.ts'

const guardsOf = (index: number): string[] => routes[index]!.guards.map(({ name }) => name)
/** The guard of a first-party app. */
const visitorsOf = (index: number): string | undefined => guardsOf(index).find((name) => name.startsWith('signedIn '))
const isManagement = (path: string): boolean => path.startsWith('/management/v1')
const filled = (path: string): string => path.replaceAll(/:\w+/g, 'nobody')

describe('the table of routes', () => {
  let host: Host
  before(async () => {
    host = await startHost({ keepsPasswords: true })
  })
  after(() => host.close())

  it('names each method and path once', () => {
    const names = routes.map(({ method, path }) => `${method} ${path}`)
    expect(names).to.have.length(new Set(names).size)
  })

  for (const [index, { method, path }] of routes.entries()) {
    const guards = guardsOf(index)
    if (path.endsWith('/openapi.json')) {
      it(`${method} ${path} shows the document without a token`, async () => {
        expect((await fetch(`${host.issuer}${path}`)).status).to.equal(200)
      })
    } else if (isManagement(path)) {
      it(`${method} ${path} asks for a token with a scope${method === 'GET' ? '' : ', from no other site'}`, async () => {
        expect(guards[0]).to.match(/^may \w[\w-]*:\w+( \w[\w-]*:\w+)*$/)
        expect(guards.includes('sameOrigin')).to.equal(method !== 'GET')
        const answer = await fetch(`${host.issuer}${filled(path)}`, { method })
        expect(answer.status).to.equal(401)
        expect(answer.headers.get('content-type')).to.contain('application/problem+json')
        expect(answer.headers.get('www-authenticate')).to.match(
          /^Bearer resource_metadata="[^"]+", DPoP algs="[\w ]+"$/,
        )
        expect(await answer.json()).to.include({ code: 'invalid_token' })
      })
    } else if (method === 'POST') {
      it(`POST ${path} accepts our own form only`, async () => {
        expect(guards.filter((name) => name !== visitorsOf(index))).to.deep.equal(['form'])
        const answer = await createVisitor(host.issuer).post(filled(path), { code: '123456' })
        expect(answer.status).to.equal(403)
        expect(answer.h1).to.be.a('string')
      })
    } else if (visitorsOf(index)) {
      it(`GET ${path} redirects to a sign-in without a session`, async () => {
        const answer = await createVisitor(host.issuer).get(filled(path))
        expect([answer.status, answer.h1]).to.deep.equal([303, null])
        expect(new URL(answer.location!, host.issuer).pathname).to.equal('/auth')
      })
    } else {
      it(`GET ${path} is not cached, and shows nothing without a cookie`, async () => {
        const answer = await createVisitor(host.issuer).get(filled(path))
        if (path.includes(':') || path.endsWith('/callback')) expect(answer.status).to.be.within(400, 410)
        else expect(answer.status).to.equal(200)
        expect(answer.headers.get('cache-control')).to.equal('no-store')
        expect(answer.headers.get('referrer-policy')).to.equal('no-referrer')
        expect(answer.headers.get('content-security-policy')).to.contain("form-action 'self'")
        expect(answer.text).not.to.contain('<svg role="img"')
      })
    }
  }

  it('answers 405 to a known address with another method, with `Allow`', async () => {
    const page = await fetch(`${host.issuer}/two-factor/reset/x`, { method: 'PUT' })
    expect(page.status).to.equal(405)
    expect(page.headers.get('allow')).to.contain('POST')
    const call = await fetch(`${host.issuer}/management/v1/users`, { method: 'PUT' })
    expect(call.status).to.equal(405)
    expect(call.headers.get('content-type')).to.contain('application/problem+json')
  })

  it('answers 404 below the management API as a problem document', async () => {
    const call = await fetch(`${host.issuer}/management/v1/nothing`)
    expect([call.status, call.headers.get('content-type')?.split(';')[0]]).to.deep.equal([
      404,
      'application/problem+json',
    ])
  })
})
