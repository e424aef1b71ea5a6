/** The management API in the wrong hands, with the wrong token, on the wrong person, in the wrong shape. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'

describe('The management API', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const said = ({ status, body }: Answer): unknown[] => [status, body.code]
  const resets = (id: string): string => `/users/${id}/two-factor/resets`
  const isIntact = async (person: Person): Promise<void> => {
    const { state, audit } = await fixture.count(person)
    expect([state, audit('two_factor.reset.started')]).to.deep.equal(['active', 0])
  }

  describe('knows no bearer of', () => {
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
    const bearers: Record<string, () => Promise<Record<string, string>>> = {
      'no token': async () => ({}),
      'an empty token': async () => ({ authorization: 'Bearer ' }),
      'another scheme': async () => ({ authorization: `Basic ${btoa('admin:admin')}` }),
      garbage: async () => ({ authorization: 'Bearer nonsense' }),
      'two tokens': async () => ({ authorization: 'Bearer one, Bearer two' }),
      'a thousand letters': async () => ({ authorization: `Bearer ${'a'.repeat(1000)}` }),
      'an ID token': async () => ({ authorization: `Bearer ${(await tokensOf()).id_token}` }),
      'a token for another audience': async () => ({ authorization: `Bearer ${(await tokensOf()).access_token}` }),
      'a refresh token': async () => ({ authorization: `Bearer ${(await tokensOf(true)).refresh_token}` }),
      'an authorization code': async () => {
        const { code } = await fixture.enter(admin, fixture.askManagement())
        return { authorization: `Bearer ${code}` }
      },
    }
    for (const [what, bearer] of Object.entries(bearers))
      it(`${what}: 401`, async () => {
        const headers = await bearer()
        const answers = [
          await fixture.call('POST', resets(target.id), { code: await admin.code() }, headers),
          await fixture.call('GET', `/users/${target.id}`, undefined, headers),
          // Whether somebody exists is no stranger's business.
          await fixture.call('GET', '/users/nobody', undefined, headers),
        ]
        for (const answer of answers) {
          expect(said(answer)).to.deep.equal([401, 'invalid_token'])
          expect(answer.headers.get('www-authenticate')).to.match(/^Bearer error="invalid_token"/)
          expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/)
          expect(answer.headers.get('cache-control')).to.equal('no-store')
        }
        await isIntact(target)
      })

    it('a machine but as one that looks: nothing changes by it', async () => {
      const token = await robot('users:read two-factor:read')
      const call = (method: string, path: string, body?: object) =>
        fixture.call(method, path, body, { authorization: `Bearer ${token}` })
      for (const path of ['/users', `/users/${target.id}`, `/users/${target.id}/sessions`, resets(target.id)])
        expect((await call('GET', path)).status, path).to.equal(200)
      const code = await admin.code()
      const answers = [
        await call('GET', '/audit-events'), // allowed to it, not asked for
        await call('POST', resets(target.id), { code }),
        await call('POST', `${resets(target.id)}/any/mail`),
        await call('DELETE', `${resets(target.id)}/any`),
        await call('DELETE', `/users/${target.id}/sessions`),
      ]
      for (const answer of answers) expect(said(answer)).to.deep.equal([403, 'insufficient_scope'])
      await isIntact(target)
      await fixture.post('/token/revocation', 'robot', { token })
      expect(said(await call('GET', '/users'))).to.deep.equal([401, 'invalid_token'])
    })

    it('a token in the query or in the body: 401', async () => {
      const { token } = await fixture.acting(admin)
      expect((await fixture.call('GET', `/users?access_token=${token}`)).status).to.equal(401)
      expect(
        (await fixture.call('POST', resets(target.id), { access_token: token, code: await admin.code() })).status,
      ).to.equal(401)
    })

    it('a token that was revoked, whose grant was, or whose time is over: 401', async () => {
      const acting = await fixture.acting(admin)
      await fixture.post('/token/revocation', 'desk', { token: acting.token })
      expect(said(await acting.call('GET', '/users'))).to.deep.equal([401, 'invalid_token'])
      const late = await fixture.acting(admin)
      expect((await late.call('GET', '/users')).status).to.equal(200)
      await fixture.advance(301)
      expect(said(await late.call('GET', '/users'))).to.deep.equal([401, 'invalid_token'])
    })
  })

  describe('refuses', () => {
    const everybody = async () => ({
      admin: await fixture.admin(),
      colleague: await fixture.person({ roles: ['admin'] }),
      helpdesk: await fixture.acting(await fixture.person({ roles: ['helpdesk'] })),
      otherHelpdesk: await fixture.person({ roles: ['helpdesk'] }),
      nobody: await fixture.acting(await fixture.person()),
      person: await fixture.person(),
    })

    it('whoever has no role, whatever their token says', async () => {
      const { nobody, person } = await everybody()
      for (const target of [person, nobody.person]) {
        const answer = await nobody.reset(target, { code: await nobody.person.code() })
        expect(said(answer)).to.deep.equal([403, 'insufficient_scope'])
      }
      for (const path of ['/users', `/users/${person.id}`, '/audit-events', resets(person.id)])
        expect((await nobody.call('GET', path)).status).to.equal(403)
      await isIntact(person)
    })

    it('whoever has not the scope', async () => {
      const person = await fixture.person({ roles: ['admin'] })
      const target = await fixture.person()
      const request = fixture.askManagement({ scope: 'openid users:read' })
      const reader = fixture.actingWith(person, await fixture.tokens(await fixture.enter(person, request)))
      expect((await reader.call('GET', '/users')).status).to.equal(200)
      const answers = [
        await reader.reset(target, { code: await person.code() }),
        await reader.call('POST', `${resets(target.id)}/anything/mail`),
        await reader.call('DELETE', `${resets(target.id)}/anything`),
        await reader.call('GET', resets(target.id)),
        await reader.call('GET', '/audit-events'),
      ]
      for (const answer of answers) {
        expect(said(answer)).to.deep.equal([403, 'insufficient_scope'])
        expect(answer.headers.get('www-authenticate')).to.match(
          /error="insufficient_scope", scope="(two-factor|audit):\w+"/,
        )
      }
      await isIntact(target)
    })

    it('themselves and everybody who is not below them, at every act', async () => {
      const { admin, colleague, helpdesk, otherHelpdesk, person } = await everybody()
      const answers = [
        [await helpdesk.reset(colleague, { code: await helpdesk.person.code() }), 'forbidden_target'],
        [await helpdesk.reset(otherHelpdesk, { code: await helpdesk.person.code() }), 'forbidden_target'],
        [await helpdesk.reset(helpdesk.person, { code: await helpdesk.person.code() }), 'self_reset'],
        [await admin.reset(admin.person, { code: await admin.person.code() }), 'self_reset'],
      ] as const
      for (const [answer, code] of answers) expect(said(answer)).to.deep.equal([403, code])
      for (const victim of [colleague, otherHelpdesk, helpdesk.person, admin.person]) await isIntact(victim)
      // Nor do they resend, cancel or freeze what is not theirs to touch: a letter to an administrator, a door of a colleague.
      const { id } = await fixture.reset(otherHelpdesk, admin)
      for (const [method, path] of [
        ['POST', '/mail'],
        ['DELETE', ''],
      ] as const) {
        const answer = await helpdesk.call(method, `${resets(otherHelpdesk.id)}/${id}${path}`)
        expect(said(answer)).to.deep.equal([403, 'forbidden_target'])
      }
      expect((await helpdesk.reset(person, { code: await helpdesk.person.code() })).status).to.equal(201)
    })

    it('whoever lost their role or was disabled a moment ago', async () => {
      for (const change of [{ roles: [] }, { roles: ['helpdesk'] }, { status: 'disabled' }]) {
        const [admin, colleague] = [await fixture.admin(), await fixture.person({ roles: ['admin'] })]
        const code = await admin.person.code()
        await edit(admin.person, change)
        const answer = await admin.reset(colleague, { code })
        expect(answer.status, JSON.stringify(change)).to.be.oneOf([401, 403])
        await isIntact(colleague)
      }
    })

    it('whom it does not know', async () => {
      const admin = await fixture.admin()
      const ids = [
        'nobody',
        '%00',
        'a'.repeat(300),
        '..%2f..%2fadmin',
        '%F0%9F%98%80',
        "'%20OR%201=1--",
        '__proto__',
        'constructor',
        '%ff',
      ]
      for (const id of ids) {
        const { status } = await admin.reset({ id }, { code: await admin.person.code() })
        expect(status, id).to.be.oneOf([400, 404])
      }
      for (const rid of ['nothing', '%00', '__proto__', 'a'.repeat(300)]) {
        const target = await fixture.person()
        for (const [method, path] of [
          ['GET', ''],
          ['POST', '/mail'],
          ['DELETE', ''],
        ] as const)
          expect(said(await admin.call(method, `${resets(target.id)}/${rid}${path}`)), rid).to.deep.equal([
            404,
            'reset_not_found',
          ])
      }
    })

    it('accounts that were never set up, and disabled ones', async () => {
      const admin = await fixture.admin()
      const cases = [
        [await fixture.person({ status: 'pending', enrolled: false }), 'setup_incomplete'],
        [await fixture.person({ enrolled: false }), 'setup_incomplete'],
        [await fixture.person({ status: 'disabled' }), 'account_disabled'],
      ] as const
      const code = await admin.person.code()
      for (const [target, word] of cases) expect(said(await admin.reset(target, { code }))).to.deep.equal([409, word])
    })
  })

  describe('without a code', () => {
    it('challenges as RFC 9470 says, to the letter', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      await fixture.advance(61)
      for (const body of [undefined, {}, { reason: 'he asked nicely' }]) {
        const answer = await admin.call('POST', resets(target.id), body)
        expect(said(answer)).to.deep.equal([401, 'insufficient_user_authentication'])
        expect(answer.headers.get('www-authenticate')).to.match(
          /^Bearer error="insufficient_user_authentication", error_description="[^"]+", acr_values="urn:oidc-rekey:acr:2fa", max_age="60"$/,
        )
      }
      await isIntact(target)
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

    it('of the wrong type or shape: 422, counted as no guess', async () => {
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
        expect([...said(answer), errors.map(({ path }) => path)]).to.deep.equal([422, 'invalid_request', ['code']])
      }
      await isIntact(target)
      expect((await admin.reset(target, { code: await admin.person.code() })).status).to.equal(201)
    })

    it('spelt as a phone spells it: accepted', async () => {
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

    it('of somebody else: 422', async () => {
      const colleague = await fixture.person({ roles: ['admin'] })
      for (const other of [colleague, target]) {
        const answer = await admin.reset(target, { code: await other.code() })
        expect(said(answer)).to.deep.equal([422, 'code_incorrect'])
      }
      await isIntact(target)
    })

    it('any refusal but a wrong code leaves it good', async () => {
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
        // Somebody reset this person meanwhile, and the acting one has not seen it.
      ]
      expect(refusals.map(({ status }) => status)).to.deep.equal([
        404, 403, 403, 409, 409, 409, 422, 422, 422, 422, 422, 422, 403, 415, 422, 422, 405, 404, 401,
      ])
      const { id } = await fixture.reset(target)
      const meanwhile = await helpdesk.reset(target, { code, seen: null })
      expect(said(meanwhile)).to.deep.equal([409, 'reset_superseded_meanwhile'])
      expect((await helpdesk.reset(target, { code, seen: id })).status).to.equal(201)
    })

    it('and the same key again: the same reset, nothing twice, with that code, another or none', async () => {
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
      for (const answer of conflicts) expect(said(answer)).to.deep.equal([409, 'idempotency_conflict'])
      // Another person's key of the same name is another key.
      const colleague = await fixture.admin()
      const theirs = await colleague.reset(target, { code: await colleague.person.code(), reason: 'lost' }, key)
      expect(theirs.body.id).not.to.equal(first.body.id)
      // It is finished now, and the old key still tells of it.
      const late = await admin.reset(target, { code, reason: 'lost' }, key)
      expect([late.status, late.body.id, late.body.status]).to.deep.equal([201, first.body.id, 'superseded'])
      const { audit, letters } = await fixture.count(target)
      expect([audit('two_factor.reset.started'), letters(/was reset/)]).to.deep.equal([2, 2])
      await isIntact(other)
    })
  })

  describe('says first what comes first, whatever else is wrong:', () => {
    const wrongBodies: unknown[] = [{ reason: 5, unknown: 1, code: ['x'] }, [], 'null', { seen: {} }]

    it('whom and whether before what, of a reset', async () => {
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
        expect(answers.map(said), JSON.stringify(body)).to.deep.equal([
          [404, 'user_not_found'],
          [409, 'idempotency_conflict'],
          [403, 'forbidden_target'],
          [403, 'self_reset'],
          [409, 'account_disabled'],
          [422, 'invalid_request'],
        ])
      }
      expect((await helpdesk.reset(target, { code: 'x' }, key)).status, 'a retry has paid').to.equal(201)
      expect((await fixture.count(target)).audit('two_factor.reset.started')).to.equal(1)
    })

    it('whom and which before what, of a cancellation', async () => {
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
        expect(answers.map(said), JSON.stringify(body)).to.deep.equal([
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

  it('does an old act again for nobody, when so much happened since that its reset is forgotten', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const key = { 'idempotency-key': 'overheard' }
    const first = await admin.reset(target, { code: await admin.person.code() }, key)
    expect(first.status).to.equal(201)
    for (const colleague of [await fixture.admin(), await fixture.admin()])
      for (let more = 0; more < 5; more++) await fixture.reset(target, colleague)
    await fixture.enter(target)
    const before = await fixture.count(target)
    // Whoever overheard the call has the token and the key, and needs no code for a retry.
    const again = await admin.reset(target, {}, key)
    expect(said(again)).to.deep.equal([409, 'reset_finished'])
    const { state, audit } = await fixture.count(target)
    expect([state, audit('two_factor.reset.started')]).to.deep.equal([
      'active',
      before.audit('two_factor.reset.started'),
    ])
  })

  describe('takes no body', () => {
    let admin: Acting
    let target: Person
    before(async () => {
      admin = await fixture.admin()
      target = await fixture.person()
    })

    const send = async (body: string, headers = {}): Promise<Answer> => admin.reset(target, body, headers)

    it('that is too large, in a moment', async () => {
      const answer = await send(JSON.stringify({ code: '0'.repeat(10_000_000) }))
      expect(said(answer)).to.deep.equal([413, 'body_too_large'])
    })

    it('of another type, which a browser would send for somebody without asking', async () => {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/xml',
        '',
      ]) {
        const answer = await send('{"code":"000000"}', { 'content-type': type })
        expect(said(answer), type).to.deep.equal([415, 'unsupported_media_type'])
      }
    })

    it('that is no JSON object', async () => {
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
        expect(said(answer), body.slice(0, 20)).to.deep.equal([422, 'invalid_request'])
        expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/)
        expect(answer.body.errors[0].path).to.be.oneOf(['', 'code'])
      }
    })

    it('that reaches for what every object inherits', async () => {
      for (const body of [
        '{"__proto__":{"code":"000000"}}',
        '{"constructor":{"prototype":{"polluted":1}}}',
        '{"code":"1","__proto__":null}',
        '{"toString":1}',
      ]) {
        expect((await send(body)).status, body).to.be.oneOf([401, 422])
        expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined)
      }
      await isIntact(target)
    })

    it('whose second key contradicts the first in favour of the sender', async () => {
      const code = await admin.person.code()
      const other = await fixture.admin()
      const text = `{"code":"${code}","code":"000000"}`
      expect(said(await other.reset(target, text))).to.deep.equal([422, 'code_incorrect'])
      await isIntact(target)
    })

    it('in another encoding', async () => {
      const answers = [
        await send('{"code":"000000"}', { 'content-encoding': 'gzip' }),
        await send('{"code":"000000"}', { 'content-type': 'application/json; charset=utf-16' }),
      ]
      for (const { status } of answers) expect(status).to.be.oneOf([415, 422])
      await isIntact(target)
    })
  })

  it('answers a method it does not have with 405 and those it has', async () => {
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
      expect(said(answer), `${method} ${path}`).to.deep.equal([405, 'method_not_allowed'])
      expect(answer.headers.get('allow')).to.include(allowed)
    }
    expect(said(await admin.call('GET', '/nothing'))).to.deep.equal([404, 'not_found'])
  })

  it('takes any query without failing', async () => {
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

  /** As an administrator of the host's own directory would, beside the running server. */
  async function edit({ id }: Person, change: object): Promise<void> {
    const { profiles } = fixture.host.store
    const found = await profiles.read(id)
    const profile = { ...(JSON.parse(found!.text) as { email: string; status: 'active' }), ...change }
    const keys = { email: profile.email, words: [], status: profile.status }
    expect(await profiles.swap(id, JSON.stringify(profile), found!.version, keys)).to.equal(true)
  }
})

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
