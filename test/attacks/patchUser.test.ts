/** Changing people beyond one's rank, one's turn, or what can be changed at all; and what a disabled account still gets. */
import { expect } from 'chai'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type ServerFixture, concurrently, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer, Body } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { type Extra, type Page, withForm } from '../support/client.ts'

describe('PATCH /users/{id}', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const patch = (acting: Acting, { id }: Pick<Person, 'id'>, body: unknown, headers: Extra = {}): Promise<Answer> =>
    acting.call('PATCH', `/users/${id}`, body, headers)
  const flush = async (acting: Acting, target: Pick<Person, 'id'>, body: object, headers: Extra = {}) =>
    patch(acting, target, { ...body, code: await acting.person.code() }, headers)
  const said = ({ status, body }: Answer): unknown[] => [status, body.code]
  const helpdesk = async (): Promise<Acting> => fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
  const known = ({ id }: Person) => fixture.host.directory.find(id)
  /** Does it, and nothing is another than before. */
  async function leaves(target: Person, work: () => Promise<void>): Promise<void> {
    const before = await known(target)
    const record = (await fixture.host.rekey.state(target.id))?.account.epoch
    await work()
    expect(await known(target)).to.deep.equal(before)
    expect((await fixture.host.rekey.state(target.id))?.account.epoch).to.equal(record)
  }

  describe('by helpdesk', () => {
    it('gives no role, moves no letters and disables nobody, whatever they can prove', async () => {
      const [acting, target] = [await helpdesk(), await fixture.person()]
      await leaves(target, async () => {
        const code = await acting.person.code()
        const raised = { roles: ['admin'] }
        for (const change of [raised, { roles: [] }, { status: 'disabled' }, { email: 'mine@example.com' }]) {
          const answers = [
            await patch(acting, target, { ...change, code }),
            await patch(acting, target, { name: 'X', ...change, code }),
          ]
          for (const answer of answers) expect(said(answer)).to.deep.equal([403, 'forbidden_target'])
        }
        // None of them has wasted the code.
        expect((await acting.reset(await fixture.person(), { code })).status).to.equal(201)
      })
      const { events } = await fixture.count(target)
      const refused = events.filter(({ type }) => type === 'account.change_refused')
      expect(refused).to.have.length(8)
      expect(refused[0]).to.include({ actor: acting.person.id, outcome: 'refused', reason: 'authority' })
    })

    it('changes nobody who has a role, and not themselves', async () => {
      const acting = await helpdesk()
      const cases = [
        [await fixture.person({ roles: ['admin'] }), 'forbidden_target'],
        [await fixture.person({ roles: ['helpdesk'] }), 'forbidden_target'],
        [acting.person, 'self_reset'],
      ] as const
      for (const [target, code] of cases)
        await leaves(target, async () => {
          for (const change of [{ name: 'Mine' }, { groups: ['all'] }, { locale: 'de' }, { roles: ['admin'] }, {}, []])
            expect(said(await patch(acting, target, change))).to.deep.equal([403, code])
        })
    })
  })

  it('promotes, demotes and disables nobody who asks for it themselves', async () => {
    const admin = await fixture.admin()
    await leaves(admin.person, async () => {
      const code = await admin.person.code()
      for (const change of [
        { roles: [] },
        { roles: ['admin', 'helpdesk'] },
        { status: 'disabled' },
        { email: 'b@example.com' },
      ])
        expect(said(await patch(admin, admin.person, { ...change, code }))).to.deep.equal([403, 'self_reset'])
      expect((await flush(admin, await fixture.person(), { roles: ['helpdesk'] })).status).to.equal(200)
    })
  })

  it('takes the power of whoever has lost their role, though their token says otherwise', async () => {
    const [admin, colleague, target] = [await fixture.admin(), await fixture.admin(), await fixture.person()]
    const code = await colleague.person.code()
    expect((await flush(admin, colleague.person, { roles: [] })).body.roles).to.deep.equal([])
    await leaves(target, async () => {
      const answer = await patch(colleague, target, { roles: ['admin'], code })
      expect(said(answer)).to.deep.equal([403, 'insufficient_scope'])
    })
  })

  it('takes the power of whoever has lost their role while their call trickled in', async () => {
    const [acting, target] = [await fixture.admin(), await fixture.person()]
    const { hostname, port, pathname } = new URL(`${fixture.issuer}/management/v1/users/${target.id}`)
    const headers = { authorization: `Bearer ${acting.token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ roles: ['admin'], code: await acting.person.code() })
    await leaves(target, async () => {
      const call = request({ hostname, port, path: pathname, method: 'PATCH', headers })
      const answered = once(call, 'response')
      call.write(body.slice(0, 5))
      await new Promise((resolve) => setTimeout(resolve, 300))
      await fixture.host.directory.change(acting.person.id, { roles: [] })
      call.end(body.slice(5))
      const [{ statusCode }] = (await answered) as [IncomingMessage]
      expect(statusCode).to.equal(403)
    })
  })

  describe('without a proof that is young and unspent', () => {
    it('changes no role, status or email', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      await fixture.advance(61)
      await leaves(target, async () => {
        for (const change of [
          { roles: ['admin'] },
          { status: 'disabled' },
          { email: 'c@example.com' },
          { roles: [], name: 'X' },
        ]) {
          const answer = await patch(admin, target, change)
          expect(said(answer)).to.deep.equal([401, 'insufficient_user_authentication'])
          expect(answer.headers.get('www-authenticate')).to.match(/acr_values="urn:oidc-rekey:acr:2fa", max_age="60"$/)
        }
      })
      expect((await fixture.count(target)).audit('step_up.refused')).to.equal(4)
      expect((await patch(admin, target, { name: 'Another Name' })).body.name).to.equal('Another Name')
    })

    it('takes a fresh sign-in instead of a code, for one act', async () => {
      const admin = await fixture.person({ roles: ['admin'] })
      await fixture.advance(30)
      const acting = await fixture.acting(admin)
      const [target, other] = [await fixture.person(), await fixture.person()]
      expect((await patch(acting, target, { roles: ['helpdesk'] })).body.roles).to.deep.equal(['helpdesk'])
      const used = await patch(acting, other, { roles: ['helpdesk'] })
      expect(said(used)).to.deep.equal([401, 'insufficient_user_authentication'])
      expect(used.headers.get('www-authenticate')).to.contain('max_age="0"')
    })

    it('takes a code once: not for another change, another person or a reset', async () => {
      const [admin, target, other] = [await fixture.admin(), await fixture.person(), await fixture.person()]
      const code = await admin.person.code()
      expect((await patch(admin, target, { roles: ['helpdesk'], code })).status).to.equal(200)
      const replays = [
        await patch(admin, target, { roles: ['admin'], code }),
        await patch(admin, other, { roles: ['helpdesk'], code }),
        await admin.reset(other, { code }),
      ]
      for (const answer of replays) expect(said(answer)).to.deep.equal([422, 'code_incorrect'])
      expect((await known(target))?.roles).to.deep.equal(['helpdesk'])
      expect((await known(other))?.roles).to.deep.equal([])
    })

    it('takes a code once in a crowd', async () => {
      const admin = await fixture.admin()
      const targets = await concurrently(() => fixture.person(), 10)
      const code = await admin.person.code()
      const answers = await concurrently((index) => patch(admin, targets[index]!, { roles: ['admin'], code }), 10)
      expect(tally(answers)).to.deep.equal({ 200: 1, 422: 9 })
    })
  })

  describe('with an Idempotency-Key', () => {
    it('is paid for once, for that change of that person, and for a minute', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      const key = { 'idempotency-key': 'ticket-12' }
      const change = { roles: ['helpdesk'], name: 'Helper' }
      const code = await admin.person.code()
      expect((await patch(admin, target, { ...change, code }, key)).status).to.equal(200)
      for (const again of [{ code }, {}, { code: '000000' }])
        expect((await patch(admin, target, { name: 'Helper', roles: ['helpdesk'], ...again }, key)).status).to.equal(
          200,
        )
      const { audit } = await fixture.count(target)
      expect([audit('account.changed'), audit('step_up.refused')]).to.deep.equal([1, 0])
      const others = [
        await patch(admin, target, { roles: ['admin'], code }, key),
        await patch(admin, await fixture.person(), { ...change, code }, key),
        await patch(admin, target, [], key),
      ]
      for (const answer of others) expect(said(answer)).to.deep.equal([409, 'idempotency_conflict'])
      // Under the same key another kind of act is another act, and takes a code of its own.
      expect(said(await admin.reset(target, { code }, key))).to.deep.equal([422, 'code_incorrect'])
      // Put right meanwhile: whoever overheard the call has the token and the key.
      expect((await flush(admin, target, { roles: [] })).status).to.equal(200)
      await fixture.advance(61)
      expect(said(await patch(admin, target, change, key))).to.deep.equal([409, 'idempotency_conflict'])
      expect((await known(target))?.roles).to.deep.equal([])
    })
  })

  it('takes no body but a change', async () => {
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
      { name: 'X', id: 'somebody-else' },
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
    await leaves(target, async () => {
      for (const body of bodies) {
        const answer = await patch(admin, target, body)
        expect(said(answer), JSON.stringify(body).slice(0, 80)).to.deep.equal([422, 'invalid_request'])
        expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/)
        expect(answer.body.errors).to.be.an('array').with.length.above(0)
      }
      for (const [type, status] of [
        ['text/plain', 415],
        ['application/x-www-form-urlencoded', 415],
      ] as const)
        expect((await patch(admin, target, '{"name":"X"}', { 'content-type': type })).status).to.equal(status)
      expect(said(await patch(admin, target, '{"name":'))).to.deep.equal([422, 'invalid_request'])
      expect((await patch(admin, target, { name: 'X' }, { origin: 'https://evil.example' })).status).to.equal(403)
    })
    expect(({} as Record<string, unknown>)['roles']).to.equal(undefined)
  })

  it('refuses in an order that wastes no code', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const pending = await fixture.person({ status: 'pending', enrolled: false })
    const code = await admin.person.code()
    const refusals = [
      await patch(admin, { id: 'nobody' }, { roles: [], code }),
      await patch(admin, admin.person, { roles: [], code }),
      await patch(admin, target, { roles: ['root'], code }),
      await patch(admin, target, { email: pending.email.toUpperCase(), code }),
      await patch(admin, pending, { status: 'active', code }),
      await patch(admin, pending, { status: 'disabled', code }),
      await patch(admin, target, { roles: [], code }, { 'idempotency-key': 'a b' }),
      await patch(admin, target, { roles: [], code: `${code}0` }),
    ]
    expect(refusals.map(said)).to.deep.equal([
      [404, 'user_not_found'],
      [403, 'self_reset'],
      [422, 'invalid_request'],
      [409, 'email_taken'],
      [409, 'setup_incomplete'],
      [409, 'setup_incomplete'],
      [422, 'invalid_request'],
      [422, 'invalid_request'],
    ])
    expect((await patch(admin, target, { roles: ['helpdesk'], code })).status).to.equal(200)
  })

  it('by a machine or a reader changes nothing', async () => {
    const target = await fixture.person()
    const fields = { grant_type: 'client_credentials', scope: 'users:read', resource: fixture.resource }
    const { body } = await fixture.post('/token', 'robot', fields)
    const reader = await fixture.person({ roles: ['admin'] })
    const sent = fixture.askManagement({ scope: 'openid users:read two-factor:reset' })
    const tokens = [body as { access_token: string }, await fixture.tokens(await fixture.enter(reader, sent))]
    await leaves(target, async () => {
      for (const token of tokens)
        expect(said(await patch(fixture.actingWith(reader, token), target, { name: 'X' }))).to.deep.equal([
          403,
          'insufficient_scope',
        ])
    })
  })

  describe('at the console', () => {
    /** At a form of the console about somebody. */
    async function at(actor: Person, target: Person, part: string, action: RegExp) {
      const { visitor } = await fixture.enterApp(actor, '/admin/users', 'Users')
      return withForm(await visitor.go(`/admin/users/${target.id}${part}`), action)
    }
    const actOf = ({ text }: Page): string => /name="act" value="([^"]+)"/.exec(text)?.[1] ?? ''

    it('takes from helpdesk no field that their form does not have', async () => {
      const [actor, target] = [await fixture.person({ roles: ['helpdesk'] }), await fixture.person()]
      const page = await at(actor, target, '/edit', /edit$/)
      await leaves(target, async () => {
        const { email } = target
        const forged = { name: 'X', name_was: 'X', email: 'mine@example.com', email_was: email, roles: 'admin' }
        expect((await page.visitor.send(page, forged)).location).to.equal(`/admin/users/${target.id}`)
      })
      const status = { ...page.form!, action: `/admin/users/${target.id}/status` }
      expect((await page.visitor.send({ ...page, form: status }, { status: 'disabled' })).status).to.equal(403)
    })

    it('takes what was confirmed for one person, by one visitor, for a few minutes and for nothing else', async () => {
      const [actor, colleague] = [
        await fixture.person({ roles: ['admin'] }),
        await fixture.person({ roles: ['admin'] }),
      ]
      const [target, other] = [await fixture.person(), await fixture.person()]
      const sent = await at(actor, target, '', /status$/)
      const waiting = await sent.visitor.submit(sent, { status: 'disabled' })
      expect(waiting.h1).to.equal('Enter your own code')
      const act = encodeURIComponent(actOf(waiting))
      await leaves(target, async () => {
        const apps = [
          `/admin/users/${other.id}/edit/step-up?act=${act}`,
          `/admin/users/${target.id}/two-factor/reset/step-up?act=${act}`,
          `/admin/users/${target.id}/edit/step-up?act=${act}x`,
        ]
        for (const path of apps) expect((await waiting.visitor.get(path)).status, path).to.equal(303)
        const stranger = await fixture.enterApp(colleague, '/admin/users', 'Users')
        expect((await stranger.visitor.get(`/admin/users/${target.id}/edit/step-up?act=${act}`)).status).to.equal(303)
        const reset = await at(actor, target, '/two-factor/reset', /reset$/)
        const resetting = await reset.visitor.submit(reset, { reason: '', seen: '' })
        const swapped = { act: actOf(resetting), code: await actor.code() }
        expect((await waiting.visitor.send(withForm(waiting, /step-up$/), swapped)).status).to.equal(303)
        await fixture.advance(301)
        const late = { act: actOf(waiting), code: await actor.code() }
        expect((await waiting.visitor.send(withForm(waiting, /step-up$/), late)).location).to.equal(
          `/admin/users/${target.id}`,
        )
      })
    })

    it('asks for a code before it changes anything, and shows the second of a double click the first one’s result', async () => {
      const [actor, target] = [await fixture.person({ roles: ['admin'] }), await fixture.person()]
      const page = await at(actor, target, '/edit', /edit$/)
      const email = `console.${target.email}`
      const fields = { name: 'Same', name_was: 'Same', email, email_was: target.email, roles: 'helpdesk' }
      let waiting = page
      await leaves(target, async () => {
        waiting = await page.visitor.submit(page, fields)
        expect(waiting.h1).to.equal('Enter your own code')
        const wrong = await waiting.visitor.send(withForm(waiting, /step-up$/), { act: actOf(waiting), code: '000000' })
        expect([wrong.status, wrong.h1]).to.deep.equal([422, 'Enter your own code'])
      })
      const form = withForm(waiting, /step-up$/)
      const sent = { act: actOf(waiting), code: await actor.code() }
      const answers = await Promise.all([waiting.visitor.send(form, sent), waiting.visitor.stolen().send(form, sent)])
      expect(answers.map(({ status }) => status)).to.deep.equal([303, 303])
      expect(await known(target)).to.deep.include({ email, roles: ['helpdesk'] })
      expect((await fixture.count({ ...target, email })).audit('step_up.refused')).to.equal(1)
    })
  })

  describe('of an account that is disabled', () => {
    const disable = async (target: Person): Promise<void> => {
      const answer = await flush(await fixture.admin(), target, { status: 'disabled' })
      expect([answer.status, answer.body.status], answer.text).to.deep.equal([200, 'disabled'])
    }

    it('leaves no session, token or link, at the moment of the answer', async () => {
      const target = await fixture.person()
      const ask = fixture.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
      const entered = await fixture.enter(target, ask)
      const tokens = await fixture.tokens(entered)
      const spare = await fixture.enter(target)
      const halfway = await fixture.challenge(target)
      await disable(target)

      expect(await fixture.silently(entered.visitor)).to.equal('login_required')
      expect((await fixture.refresh('app', tokens.refresh_token)).body.error).to.equal('invalid_grant')
      expect((await fixture.exchange(spare)).body.error).to.equal('invalid_grant')
      expect((await fixture.introspect('app', tokens.access_token)).body).to.deep.equal({ active: false })
      expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
      const late = await halfway.visitor.submit(halfway, { code: await target.code() })
      expect(late.h1).to.equal('Your sign-in was interrupted')
      const again = await fixture.challenge(target)
      expect([again.status, again.alert]).to.deep.equal([422, 'That email and password do not match.'])
    })

    it('kills the link of a reset, and whoever is enabled again starts from the sign-in page', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      const { visitor } = await fixture.enter(target)
      const { id, link } = await fixture.reset(target, admin)
      await fixture.advance(30)
      await disable(target)
      expect((await fixture.visitor().get(link)).h1).to.equal('This link was cancelled')
      expect(said(await admin.call('POST', `/users/${target.id}/two-factor/resets/${id}/mail`))).to.deep.equal([
        409,
        'account_disabled',
      ])
      const enabled = await flush(admin, target, { status: 'active' })
      expect(enabled.body).to.deep.include({ status: 'active' })
      expect((await fixture.visitor().get(link)).h1).to.equal('This link was cancelled')
      expect(await fixture.silently(visitor)).to.equal('login_required')
      const { events } = await fixture.count(target)
      const lines = events.map(({ type, actor }: Body) => [type, actor])
      for (const type of ['account.disabled', 'account.enabled']) expect(lines.map(([item]) => item)).to.include(type)
      expect(lines).to.deep.include(['account.enabled', admin.person.id])
    })

    it('lets nobody in who was signing in meanwhile', async () => {
      const targets = await Promise.all(Array.from({ length: 8 }, () => fixture.person()))
      const admins = await Promise.all(targets.map(() => fixture.admin()))
      const ask = () => fixture.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
      const rushes = await Promise.all(
        targets.map(async (target, index) => {
          const challenge = await fixture.challenge(target, ask())
          const signingIn = [
            (async () => {
              let page = await challenge.visitor.submit(challenge, { code: await target.code() })
              for (let step = 0; step < 6 && !fixture.answerAt(page); step++)
                page = await fixture.continueSignIn(target, page)
              return challenge.visitor
            })().catch(() => challenge.visitor),
            fixture.enter(target, ask()).then(
              ({ visitor }) => visitor,
              () => null,
            ),
          ]
          const code = await admins[index]!.person.code()
          await new Promise((resolve) => setImmediate(resolve))
          const answer = await patch(admins[index]!, target, { status: 'disabled', code })
          expect(answer.status, answer.text).to.equal(200)
          return Promise.all(signingIn)
        }),
      )
      for (const visitors of rushes)
        for (const visitor of visitors) if (visitor) expect(await fixture.silently(visitor)).to.equal('login_required')
      for (const target of targets) {
        const { sessions, grants } = await fixture.count(target)
        expect([sessions, grants]).to.deep.equal([0, 0])
      }
    })

    it('disabled once more by an administrator ends what a crash may have left', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      const { visitor } = await fixture.enter(target)
      // The process died when the directory knew and the record did not.
      await fixture.host.directory.setStatus(target.id, 'disabled')
      expect((await fixture.count(target)).sessions).to.equal(1)
      expect((await flush(admin, target, { status: 'disabled' })).status).to.equal(200)
      const { sessions, grants, audit } = await fixture.count(target)
      expect([sessions, grants, audit('account.disabled')]).to.deep.equal([0, 0, 1])
      await fixture.host.directory.setStatus(target.id, 'active')
      expect(await fixture.silently(visitor)).to.equal('login_required')
    })
  })

  describe('of the email', () => {
    it('tells the old address, kills the link that went there, and is what signs in from then on', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person()]
      const { id, link } = await fixture.reset(target)
      const email = `New.${target.email}`
      const answer = await flush(admin, target, { email })
      expect([answer.status, answer.body.email], answer.text).to.deep.equal([200, email.toLowerCase()])
      expect((await fixture.visitor().get(link)).h1).to.equal('This link was cancelled')
      await fixture.idle(target)
      const [letter] = await fixture.letters(target)
      expect(letter?.subject).to.contain('email')
      expect(letter?.text).to.contain(target.email)
      expect((await fixture.count(target)).audit('account.email_changed')).to.equal(1)
      const resent = await admin.call('POST', `/users/${target.id}/two-factor/resets/${id}/mail`)
      expect([resent.status, resent.body.status]).to.deep.equal([202, 'sent'])
      const fresh = await fixture.newLink({ email: email.toLowerCase() }, [])
      expect((await fixture.visitor().get(fresh)).h1).to.equal('Reset your two-factor authentication')
      expect((await fixture.challenge(target)).status).to.equal(422)
      expect((await fixture.challenge({ ...target, email })).h1).to.equal('Set up your authenticator')
    })

    it('moves an invitation that went to the wrong person', async () => {
      const [admin, target] = [await fixture.admin(), await fixture.person({ status: 'pending', enrolled: false })]
      const link = await fixture.invite(target)
      const email = `right.${target.email}`
      expect((await flush(admin, target, { email })).body).to.include({ email, status: 'pending' })
      expect((await fixture.visitor().get(link)).h1).to.equal('This link was cancelled')
      expect((await fixture.visitor().get(await fixture.invite({ id: target.id, email }))).status).to.equal(200)
    })

    it('is nobody else’s, whoever is quicker', async () => {
      const targets = await concurrently(() => fixture.person(), 6)
      const admins = await concurrently(() => fixture.admin(), 6)
      const email = `wanted.${targets[0]!.email}`
      const answers = await concurrently(async (index) => flush(admins[index]!, targets[index]!, { email }), 6)
      expect(tally(answers)).to.deep.equal({ 200: 1, 409: 5 })
    })
  })
})
