/** Malformed changes of users, and fields that a caller cannot set. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { outcome } from './managementApi.ts'
import { expectUnchanged, patch } from './patchUser.ts'

describe('PATCH /users/{id}', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('rejects every body that is not a change of known fields', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const mass = [
      'id',
      'created_at',
      'createdAt',
      'secondFactorSince',
      'second_factor_since',
      'secondFactor',
      'two_factor',
    ]
    const bodies: unknown[] = [
      {},
      { code: '000000' },
      ...[...mass, 'password', 'password_hash', 'passwordHash', 'passwordGeneration', 'epoch'].map((name) => ({
        name: 'X',
        [name]: null,
      })),
      { name: 'X', id: 'another-user' },
      ...[null, '', ' ', 5, [], {}, 'a\nb', 'a\u2028b', '\ud800', 'x'.repeat(201)].map((name) => ({ name })),
      ...['pending', 'locked', null, true, '', ['disabled']].map((status) => ({ status })),
      ...['admin', null, ['root'], [null], ['admin', 'admin', 'admin'], { 0: 'admin' }].map((roles) => ({ roles })),
      ...[null, 'all', [''], [5], ['x'.repeat(101)], ['a\nb'], Array(51).fill('a')].map((groups) => ({ groups })),
      ...[
        '',
        'no address',
        'a@b@c',
        'a\n@b',
        '"a"@b',
        'a\u037e@b',
        'İ'.repeat(318) + '@b',
        '\ud800@b',
        null,
        5,
        ['a@b'],
      ].map((email) => ({
        email,
      })),
      ...['', 'de_DE', '../en', 5, ['de'], 'x'.repeat(36)].map((locale) => ({ locale })),
      [],
      [{ name: 'X' }],
      'null',
      '"name"',
      '1',
      '{"__proto__":{"roles":["admin"]}}',
      '{"name":"X","__proto__":{"roles":["admin"]}}',
      '{"constructor":{"prototype":{"roles":["admin"]}}}',
      '{"name":"X","toString":1}',
      `{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    ]
    await expectUnchanged(fixture, target, async () => {
      for (const body of bodies) {
        const answer = await patch(admin, target, body)
        expect(outcome(answer), JSON.stringify(body).slice(0, 80)).to.deep.equal([422, 'invalid_request'])
        expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/)
        expect(answer.body.errors).to.be.an('array').with.length.above(0)
      }
      for (const [type, status] of [
        ['text/plain', 415],
        ['application/x-www-form-urlencoded', 415],
      ] as const)
        expect((await patch(admin, target, '{"name":"X"}', { 'content-type': type })).status).to.equal(status)
      expect(outcome(await patch(admin, target, '{"name":'))).to.deep.equal([422, 'invalid_request'])
      expect((await patch(admin, target, { name: 'X' }, { origin: 'https://evil.example' })).status).to.equal(403)
    })
    expect(({} as Record<string, unknown>)['roles']).to.equal(undefined)
  })
})
