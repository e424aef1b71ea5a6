/** Malformed bodies, methods and queries at the management API. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { expectIntact, outcome, resets } from './managementApi.ts'

describe('The management API', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  describe('rejects a body', () => {
    let admin: Acting
    let target: Person
    before(async () => {
      admin = await fixture.admin()
      target = await fixture.person()
    })

    const send = async (body: string, headers = {}): Promise<Answer> => admin.reset(target, body, headers)

    it('that is too large', async () => {
      const answer = await send(JSON.stringify({ code: '0'.repeat(10_000_000) }))
      expect(outcome(answer)).to.deep.equal([413, 'body_too_large'])
    })

    it('of a content type that a page of another site can send without a preflight', async () => {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/xml',
        '',
      ]) {
        const answer = await send('{"code":"000000"}', { 'content-type': type })
        expect(outcome(answer), type).to.deep.equal([415, 'unsupported_media_type'])
      }
    })

    it('that is not a JSON object', async () => {
      const bodies = [
        '{',
        '[]',
        '"x"',
        '1',
        'null',
        'true',
        '{"code":}',
        '{"code":"1"}{}',
        '\u0000',
        '\ufeff{"code":"1"}',
        'NaN',
        nested(10_000),
      ]
      for (const body of bodies) {
        const answer = await send(body)
        expect(outcome(answer), body.slice(0, 20)).to.deep.equal([422, 'invalid_request'])
        expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/)
        expect(answer.body.errors[0].path).to.be.oneOf(['', 'code'])
      }
    })

    it('that names inherited properties of objects', async () => {
      for (const body of [
        '{"__proto__":{"code":"000000"}}',
        '{"constructor":{"prototype":{"polluted":1}}}',
        '{"code":"1","__proto__":null}',
        '{"toString":1}',
      ]) {
        expect((await send(body)).status, body).to.be.oneOf([401, 422])
        expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined)
      }
      await expectIntact(fixture, target)
    })

    it('with the same key twice', async () => {
      const code = await admin.person.code()
      const other = await fixture.admin()
      const text = `{"code":"${code}","code":"000000"}`
      expect(outcome(await other.reset(target, text))).to.deep.equal([422, 'code_incorrect'])
      await expectIntact(fixture, target)
    })

    it('in another encoding', async () => {
      const answers = [
        await send('{"code":"000000"}', { 'content-encoding': 'gzip' }),
        await send('{"code":"000000"}', { 'content-type': 'application/json; charset=utf-16' }),
      ]
      for (const { status } of answers) expect(status).to.be.oneOf([415, 422])
      await expectIntact(fixture, target)
    })
  })

  it('answers 405 to another method, with the allowed methods', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const cases = [
      ['PUT', resets(target.id), 'POST'],
      ['PATCH', resets(target.id), 'GET'],
      ['DELETE', resets(target.id), 'GET'],
      ['PUT', '/users', 'GET'],
      ['POST', '/audit-events', 'GET'],
      ['GET', `${resets(target.id)}/x/mail`, 'POST'],
    ] as const
    for (const [method, path, allowed] of cases) {
      const answer = await admin.call(method, path, undefined, { 'x-http-method-override': 'POST' })
      expect(outcome(answer), `${method} ${path}`).to.deep.equal([405, 'method_not_allowed'])
      expect(answer.headers.get('allow')).to.include(allowed)
    }
    expect(outcome(await admin.call('GET', '/nothing'))).to.deep.equal([404, 'not_found'])
  })

  it('answers every query without a server error', async () => {
    const admin = await fixture.admin()
    const queries = [
      'limit=0',
      'limit=201',
      'limit=1e9',
      'limit=-1',
      'limit=NaN',
      'limit=',
      'limit=1&limit=2',
      'limit[]=1',
      'cursor=%00',
      'cursor=!!!',
      'cursor=' + 'a'.repeat(400),
      'search=%25_%27%22',
      'search=%00',
      'search=' + 'a'.repeat(300),
      'search=a&search=b',
      'status=god',
      'two_factor=on',
      '__proto__=1',
      'from=yesterday',
      'from=9999-12-31T23:59:59Z',
      'from=-000001-01-01T00:00:00Z',
      'to=1970-01-01T00:00:00Z',
      'type=%00',
      'user=' + 'a'.repeat(300),
      'search=%ff%fe',
      'search=%F0%9F%98%80',
      'cursor=MQ',
      'cursor=LTE',
      'cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk',
    ]
    for (const path of ['/users', '/audit-events'])
      for (const query of queries) {
        const { status, headers } = await admin.call('GET', `${path}?${query}`)
        expect(status, `${path}?${query}`).to.be.oneOf([200, 400, 422])
        expect(headers.get('content-type')).to.match(/^application\/(problem\+)?json/)
      }
  })

  it('never shows a link, a secret or a code', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    await fixture.enter(target)
    const { id, link } = await fixture.reset(target, admin)
    const [, secret = ''] = link.split('.')
    const answers = [
      await admin.call('GET', `/users/${target.id}`),
      await admin.call('GET', `${resets(target.id)}/${id}`),
      await admin.call('GET', resets(target.id)),
      await admin.call('POST', `${resets(target.id)}/${id}/mail`),
      await admin.call('GET', `/audit-events?user=${target.id}`),
    ]
    for (const { text } of answers) {
      for (const never of [secret, target.authenticator.secret, ...target.codes]) expect(text).not.to.include(never)
      expect(text).not.to.match(/sealed|digest|passwordHash|argon2/)
    }
  })
})

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
