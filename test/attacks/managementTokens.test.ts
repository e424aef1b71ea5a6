/** Calls of the management API without a valid token of a person. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { expectIntact, outcome, resets } from './managementApi.ts'

describe('The management API', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  let target: Person
  let admin: Person
  before(async () => {
    target = await fixture.person()
    admin = await fixture.person({ roles: ['admin'] })
  })

  const robot = async (scope: string): Promise<string> => {
    const fields = { grant_type: 'client_credentials', scope, resource: fixture.resource }
    const { body } = await fixture.post('/token', 'robot', fields)
    expect(body.access_token, 'a token of a machine').to.be.a('string')
    return body.access_token
  }
  const tokensOf = async (offline = false) => {
    const request = fixture.ask('app', offline ? { scope: 'openid offline_access', prompt: 'consent' } : {})
    return fixture.tokens(await fixture.enter(admin, request))
  }
  const tokens: Record<string, () => Promise<Record<string, string>>> = {
    'no token': async () => ({}),
    'an empty token': async () => ({ authorization: 'Bearer ' }),
    'another scheme': async () => ({ authorization: `Basic ${btoa('admin:admin')}` }),
    garbage: async () => ({ authorization: 'Bearer nonsense' }),
    'two tokens': async () => ({ authorization: 'Bearer one, Bearer two' }),
    'a thousand characters': async () => ({ authorization: `Bearer ${'a'.repeat(1000)}` }),
    'an ID token': async () => ({ authorization: `Bearer ${(await tokensOf()).id_token}` }),
    'a token for another audience': async () => ({ authorization: `Bearer ${(await tokensOf()).access_token}` }),
    'a refresh token': async () => ({ authorization: `Bearer ${(await tokensOf(true)).refresh_token}` }),
    'an authorization code': async () => {
      const { code } = await fixture.enter(admin, fixture.askManagement())
      return { authorization: `Bearer ${code}` }
    },
  }
  for (const [what, headersWith] of Object.entries(tokens))
    it(`answers 401 to ${what}`, async () => {
      const headers = await headersWith()
      const answers = [
        await fixture.call('POST', resets(target.id), { code: await admin.code() }, headers),
        await fixture.call('GET', `/users/${target.id}`, undefined, headers),
        // The answer does not reveal whether an account exists.
        await fixture.call('GET', '/users/nobody', undefined, headers),
      ]
      for (const answer of answers) {
        expect(outcome(answer)).to.deep.equal([401, 'invalid_token'])
        const error = /^Bearer ./.test(headers.authorization ?? '') ? 'error="invalid_token"' : 'resource_metadata='
        expect(answer.headers.get('www-authenticate')).to.match(new RegExp(`^Bearer ${error}`))
        expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/)
        expect(answer.headers.get('cache-control')).to.equal('no-store')
      }
      await expectIntact(fixture, target)
    })

  it('lets a machine client read, and change nothing', async () => {
    const token = await robot('users:read two-factor:read')
    const call = (method: string, path: string, body?: object) =>
      fixture.call(method, path, body, { authorization: `Bearer ${token}` })
    for (const path of ['/users', `/users/${target.id}`, `/users/${target.id}/sessions`, resets(target.id)])
      expect((await call('GET', path)).status, path).to.equal(200)
    const code = await admin.code()
    const answers = [
      await call('GET', '/audit-events'), // allowed for the client, not requested
      await call('POST', resets(target.id), { code }),
      await call('POST', `${resets(target.id)}/any/mail`),
      await call('DELETE', `${resets(target.id)}/any`),
      await call('DELETE', `/users/${target.id}/sessions`),
    ]
    for (const answer of answers) expect(outcome(answer)).to.deep.equal([403, 'insufficient_scope'])
    await expectIntact(fixture, target)
    await fixture.post('/token/revocation', 'robot', { token })
    expect(outcome(await call('GET', '/users'))).to.deep.equal([401, 'invalid_token'])
  })

  it('answers 401 to a token in the query or in the body', async () => {
    const { token } = await fixture.acting(admin)
    expect((await fixture.call('GET', `/users?access_token=${token}`)).status).to.equal(401)
    expect(
      (await fixture.call('POST', resets(target.id), { access_token: token, code: await admin.code() })).status,
    ).to.equal(401)
  })

  it('answers 401 to a token that was revoked or has expired', async () => {
    const acting = await fixture.acting(admin)
    await fixture.post('/token/revocation', 'management', { token: acting.token })
    expect(outcome(await acting.call('GET', '/users'))).to.deep.equal([401, 'invalid_token'])
    const late = await fixture.acting(admin)
    expect((await late.call('GET', '/users')).status).to.equal(200)
    await fixture.advance(301)
    expect(outcome(await late.call('GET', '/users'))).to.deep.equal([401, 'invalid_token'])
  })
})
