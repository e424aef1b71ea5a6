/** Codes of the acting person at the management API, and the order of its checks. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import { expectIntact, outcome, resets } from './managementApi.ts'

describe('The management API', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  describe('without a code', () => {
    it('answers with the challenge of RFC 9470', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      await fixture.advance(61)
      for (const body of [undefined, {}, { reason: 'he asked nicely' }]) {
        const answer = await admin.call('POST', resets(target.id), body)
        expect(outcome(answer)).to.deep.equal([401, 'insufficient_user_authentication'])
        expect(answer.headers.get('www-authenticate')).to.match(
          /^Bearer error="insufficient_user_authentication", error_description="[^"]+", acr_values="urn:oidc-rekey:acr:2fa", max_age="60"$/,
        )
      }
      await expectIntact(fixture, target)
      expect((await fixture.count(target)).audit('step_up.refused')).to.equal(3)
    })
  })

  describe('with a code', () => {
    let admin: Acting
    let target: Person
    beforeEach(async () => {
      admin = await fixture.admin()
      target = await fixture.person()
    })

    it('of the wrong type or shape: 422, not counted as a failed attempt', async () => {
      const shapes: unknown[] = [
        123456,
        [],
        ['123456'],
        ['123456', '123456'],
        {},
        { toString: '123456' },
        null,
        true,
        false,
        '',
        ' ',
        '12345',
        '1234567',
        'abcdef',
        '12345a',
        '1e5555',
        '+12345',
        '-12345',
        '0x1234',
        '\u0000'.repeat(6),
        '\ud800\ud800',
        '１２３４５',
        '😀'.repeat(6),
        'a'.repeat(30_000),
      ]
      const bodies = [...shapes.map((code) => ({ code })), `{"code":${nested(5000)}}`]
      for (const body of bodies) {
        const answer = await admin.reset(target, body)
        const { errors } = answer.body as { errors: { path: string }[] }
        expect([...outcome(answer), errors.map(({ path }) => path)]).to.deep.equal([422, 'invalid_request', ['code']])
      }
      await expectIntact(fixture, target)
      expect((await admin.reset(target, { code: await admin.person.code() })).status).to.equal(201)
    })

    it('with full-width or Arabic digits, or with spaces: accepted', async () => {
      const spelt = [
        (code: string) => code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
        (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)}\n`,
        (code: string) => code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit))),
      ]
      for (const spell of spelt)
        expect((await admin.reset(await fixture.person(), { code: spell(await admin.person.code()) })).status).to.equal(
          201,
        )
    })

    it('of another person: 422', async () => {
      const colleague = await fixture.person({ roles: ['admin'] })
      for (const other of [colleague, target]) {
        const answer = await admin.reset(target, { code: await other.code() })
        expect(outcome(answer)).to.deep.equal([422, 'code_incorrect'])
      }
      await expectIntact(fixture, target)
    })

    it('that was sent in requests refused for other reasons: accepted', async () => {
      const helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
      const code = await helpdesk.person.code()
      const [colleague, pending, disabled, newcomer] = [
        await fixture.person({ roles: ['admin'] }),
        await fixture.person({ status: 'pending', enrolled: false }),
        await fixture.person({ status: 'disabled' }),
        await fixture.person({ enrolled: false }),
      ]
      const key = { 'idempotency-key': 'k' }
      const refusals = [
        await helpdesk.reset({ id: 'nobody' }, { code }),
        await helpdesk.reset(colleague, { code }, key),
        await helpdesk.reset(helpdesk.person, { code }, key),
        await helpdesk.reset(pending, { code }, key),
        await helpdesk.reset(disabled, { code }),
        await helpdesk.reset(newcomer, { code }),
        await helpdesk.reset(target, { code, seen: 5 }),
        await helpdesk.reset(target, { code, reason: '' }),
        await helpdesk.reset(target, { code, reason: 'x'.repeat(501) }),
        await helpdesk.reset(target, { code, unknown: 1 }),
        await helpdesk.reset(target, { code }, { 'idempotency-key': 'a b' }),
        await helpdesk.reset(target, { code }, { 'idempotency-key': 'x'.repeat(201) }),
        await helpdesk.reset(target, { code }, { origin: 'https://evil.example' }),
        await helpdesk.reset(target, { code }, { 'content-type': 'text/plain' }),
        await helpdesk.reset(target, `{"code":"${code}"`),
        await helpdesk.reset(target, { code: `${code}0` }),
        await helpdesk.call('PUT', resets(target.id), { code }),
        await helpdesk.call('POST', `${resets(target.id)}/nothing/mail`, { code }),
        await fixture.call('POST', resets(target.id), { code }),
      ]
      expect(refusals.map(({ status }) => status)).to.deep.equal([
        404, 403, 403, 409, 409, 409, 422, 422, 422, 422, 422, 422, 403, 415, 422, 422, 405, 404, 401,
      ])
      const { id } = await fixture.reset(target)
      const meanwhile = await helpdesk.reset(target, { code, seen: null })
      expect(outcome(meanwhile)).to.deep.equal([409, 'reset_superseded_meanwhile'])
      expect((await helpdesk.reset(target, { code, seen: id })).status).to.equal(201)
    })

    it('and a repeated Idempotency-Key: the same reset, once, with the same code, another or none', async () => {
      const key = { 'idempotency-key': 'ticket-4711' }
      const code = await admin.person.code()
      const first = await admin.reset(target, { code, reason: 'lost' }, key)
      expect(first.headers.get('location')).to.equal(`${fixture.resource}${resets(target.id)}/${first.body.id}`)
      for (const again of [{ code }, { code: '000000' }, {}, { code: ['x'] }]) {
        const answer = await admin.reset(target, { ...again, reason: 'lost' }, key)
        expect([answer.status, answer.body.id]).to.deep.equal([201, first.body.id])
      }
      const other = await fixture.person()
      const conflicts = [
        await admin.reset(target, { code, reason: 'another' }, key),
        await admin.reset(target, { code }, key),
        await admin.reset(other, { code, reason: 'lost' }, key),
      ]
      for (const answer of conflicts) expect(outcome(answer)).to.deep.equal([409, 'idempotency_conflict'])
      // A key is bound to the person who sent it.
      const colleague = await fixture.admin()
      const theirs = await colleague.reset(target, { code: await colleague.person.code(), reason: 'lost' }, key)
      expect(theirs.body.id).not.to.equal(first.body.id)
      // The reset is superseded now, and its key still returns it.
      const late = await admin.reset(target, { code, reason: 'lost' }, key)
      expect([late.status, late.body.id, late.body.status]).to.deep.equal([201, first.body.id, 'superseded'])
      const { audit, letters } = await fixture.count(target)
      expect([audit('two_factor.reset.started'), letters(/was reset/)]).to.deep.equal([2, 2])
      await expectIntact(fixture, other)
    })
  })

  describe('checks in this order', () => {
    const wrongBodies: unknown[] = [{ reason: 5, unknown: 1, code: ['x'] }, [], 'null', { seen: {} }]

    it('for a reset: user, key, authority, status, body', async () => {
      const helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
      const [colleague, disabled, target] = [
        await fixture.person({ roles: ['admin'] }),
        await fixture.person({ status: 'disabled' }),
        await fixture.person(),
      ]
      const code = await helpdesk.person.code()
      const key = { 'idempotency-key': 'first' }
      expect((await helpdesk.reset(target, { code }, key)).status).to.equal(201)
      for (const body of wrongBodies) {
        const answers = [
          await helpdesk.reset({ id: 'nobody' }, body),
          await helpdesk.reset(target, body, key),
          await helpdesk.reset(colleague, body),
          await helpdesk.reset(helpdesk.person, body),
          await helpdesk.reset(disabled, body),
          await helpdesk.reset(target, body),
        ]
        expect(answers.map(outcome), JSON.stringify(body)).to.deep.equal([
          [404, 'user_not_found'],
          [409, 'idempotency_conflict'],
          [403, 'forbidden_target'],
          [403, 'self_reset'],
          [409, 'account_disabled'],
          [422, 'invalid_request'],
        ])
      }
      expect((await helpdesk.reset(target, { code: 'x' }, key)).status, 'a retry needs no code').to.equal(201)
      expect((await fixture.count(target)).audit('two_factor.reset.started')).to.equal(1)
    })

    it('for a cancellation: user, reset, authority, status, body', async () => {
      const helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
      const [colleague, target] = [await fixture.person({ roles: ['helpdesk'] }), await fixture.person()]
      const [theirs, finished] = [await fixture.reset(colleague), await fixture.reset(target)]
      const { id } = await fixture.reset(target)
      for (const body of [{ freeze: 'yes' }, { code: '000000' }, [], 'null']) {
        const answers = [
          await helpdesk.call('DELETE', `${resets('nobody')}/${id}`, body),
          await helpdesk.call('DELETE', `${resets(target.id)}/${theirs.id}`, body),
          await helpdesk.call('DELETE', `${resets(colleague.id)}/nothing`, body),
          await helpdesk.call('DELETE', `${resets(colleague.id)}/${theirs.id}`, body),
          await helpdesk.call('DELETE', `${resets(target.id)}/${finished.id}`, body),
          await helpdesk.call('DELETE', `${resets(target.id)}/${id}`, body),
        ]
        expect(answers.map(outcome), JSON.stringify(body)).to.deep.equal([
          [404, 'user_not_found'],
          [404, 'reset_not_found'],
          [404, 'reset_not_found'],
          [403, 'forbidden_target'],
          [409, 'reset_finished'],
          [422, 'invalid_request'],
        ])
      }
      expect((await helpdesk.call('DELETE', `${resets(target.id)}/${id}`, { freeze: true })).status).to.equal(204)
    })
  })

  it('does not repeat a reset whose key the record no longer keeps', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const key = { 'idempotency-key': 'stolen' }
    const first = await admin.reset(target, { code: await admin.person.code() }, key)
    expect(first.status).to.equal(201)
    for (const colleague of [await fixture.admin(), await fixture.admin()])
      for (let more = 0; more < 5; more++) await fixture.reset(target, colleague)
    await fixture.enter(target)
    const before = await fixture.count(target)
    // An attacker with the token and the key needs no code for a retry.
    const again = await admin.reset(target, {}, key)
    expect(outcome(again)).to.deep.equal([409, 'reset_finished'])
    const { state, audit } = await fixture.count(target)
    expect([state, audit('two_factor.reset.started')]).to.deep.equal([
      'active',
      before.audit('two_factor.reset.started'),
    ])
  })
})

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
