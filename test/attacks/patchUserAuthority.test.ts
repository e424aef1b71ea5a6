/** Changes of users by a person who may not make them. */
import { expect } from 'chai'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import { outcome } from './managementApi.ts'
import { expectUnchanged, patch, patchWithCode } from './patchUser.ts'

describe('PATCH /users/{id}', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const helpdesk = async (): Promise<Acting> => fixture.acting(await fixture.person({ roles: ['helpdesk'] }))

  describe('by helpdesk', () => {
    it('gives no role, changes no email and disables no account, even with a code', async () => {
      const [acting, target] = [await helpdesk(), await fixture.person()]
      await expectUnchanged(fixture, target, async () => {
        const code = await acting.person.code()
        const raised = { roles: ['admin'] }
        for (const change of [raised, { roles: [] }, { status: 'disabled' }, { email: 'mine@example.com' }]) {
          const answers = [
            await patch(acting, target, { ...change, code }),
            await patch(acting, target, { name: 'X', ...change, code }),
          ]
          for (const answer of answers) expect(outcome(answer)).to.deep.equal([403, 'forbidden_target'])
        }
        // The code is still unused.
        expect((await acting.reset(await fixture.person(), { code })).status).to.equal(201)
      })
      const { events } = await fixture.count(target)
      const refused = events.filter(({ type }) => type === 'account.change_refused')
      expect(refused).to.have.length(8)
      expect(refused[0]).to.include({ actor: acting.person.id, outcome: 'refused', reason: 'authority' })
    })

    it('changes neither a person with a role nor themselves', async () => {
      const acting = await helpdesk()
      const cases = [
        [await fixture.person({ roles: ['admin'] }), 'forbidden_target'],
        [await fixture.person({ roles: ['helpdesk'] }), 'forbidden_target'],
        [acting.person, 'self_reset'],
      ] as const
      for (const [target, code] of cases)
        await expectUnchanged(fixture, target, async () => {
          for (const change of [{ name: 'Mine' }, { groups: ['all'] }, { locale: 'de' }, { roles: ['admin'] }, {}, []])
            expect(outcome(await patch(acting, target, change))).to.deep.equal([403, code])
        })
    })
  })

  it('does not let administrators promote, demote or disable themselves', async () => {
    const admin = await fixture.admin()
    await expectUnchanged(fixture, admin.person, async () => {
      const code = await admin.person.code()
      for (const change of [
        { roles: [] },
        { roles: ['admin', 'helpdesk'] },
        { status: 'disabled' },
        { email: 'b@example.com' },
      ])
        expect(outcome(await patch(admin, admin.person, { ...change, code }))).to.deep.equal([403, 'self_reset'])
      expect((await patchWithCode(admin, await fixture.person(), { roles: ['helpdesk'] })).status).to.equal(200)
    })
  })

  it('refuses an administrator whose role was removed after the token was issued', async () => {
    const [admin, colleague, target] = [await fixture.admin(), await fixture.admin(), await fixture.person()]
    const code = await colleague.person.code()
    expect((await patchWithCode(admin, colleague.person, { roles: [] })).body.roles).to.deep.equal([])
    await expectUnchanged(fixture, target, async () => {
      const answer = await patch(colleague, target, { roles: ['admin'], code })
      expect(outcome(answer)).to.deep.equal([403, 'insufficient_scope'])
    })
  })

  it('refuses an administrator whose role was removed while the request arrived', async () => {
    const [acting, target] = [await fixture.admin(), await fixture.person()]
    const { hostname, port, pathname } = new URL(`${fixture.issuer}/management/v1/users/${target.id}`)
    const headers = { authorization: `Bearer ${acting.token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ roles: ['admin'], code: await acting.person.code() })
    await expectUnchanged(fixture, target, async () => {
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

  it('refuses a machine client and a token without users:write', async () => {
    const target = await fixture.person()
    const fields = { grant_type: 'client_credentials', scope: 'users:read', resource: fixture.resource }
    const { body } = await fixture.post('/token', 'robot', fields)
    const reader = await fixture.person({ roles: ['admin'] })
    const sent = fixture.askManagement({ scope: 'openid users:read two-factor:reset' })
    const tokens = [body as { access_token: string }, await fixture.tokens(await fixture.enter(reader, sent))]
    await expectUnchanged(fixture, target, async () => {
      for (const token of tokens)
        expect(outcome(await patch(fixture.actingWith(reader, token), target, { name: 'X' }))).to.deep.equal([
          403,
          'insufficient_scope',
        ])
    })
  })
})
