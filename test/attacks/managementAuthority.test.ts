/** Calls of the management API by a person who may not make them, or on a person whom they may not change. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { expectIntact, outcome, resets } from './managementApi.ts'
import { parse } from '../../src/server/directory/profile.ts'

describe('The management API refuses', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const actors = async () => ({
    admin: await fixture.admin(),
    colleague: await fixture.person({ roles: ['admin'] }),
    helpdesk: await fixture.acting(await fixture.person({ roles: ['helpdesk'] })),
    otherHelpdesk: await fixture.person({ roles: ['helpdesk'] }),
    ordinary: await fixture.acting(await fixture.person()),
    person: await fixture.person(),
  })

  it('a person without a role, with any token', async () => {
    const { ordinary, person } = await actors()
    for (const target of [person, ordinary.person]) {
      const answer = await ordinary.reset(target, { code: await ordinary.person.code() })
      expect(outcome(answer)).to.deep.equal([403, 'insufficient_scope'])
    }
    for (const path of ['/users', `/users/${person.id}`, '/audit-events', resets(person.id)])
      expect((await ordinary.call('GET', path)).status).to.equal(403)
    await expectIntact(fixture, person)
  })

  it('a token without the scope', async () => {
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
      expect(outcome(answer)).to.deep.equal([403, 'insufficient_scope'])
      expect(answer.headers.get('www-authenticate')).to.match(
        /error="insufficient_scope", scope="(two-factor|audit):\w+"/,
      )
    }
    await expectIntact(fixture, target)
  })

  it('every act on oneself, and every act of helpdesk on a person with a role', async () => {
    const { admin, colleague, helpdesk, otherHelpdesk, person } = await actors()
    const answers = [
      [await helpdesk.reset(colleague, { code: await helpdesk.person.code() }), 'forbidden_target'],
      [await helpdesk.reset(otherHelpdesk, { code: await helpdesk.person.code() }), 'forbidden_target'],
      [await helpdesk.reset(helpdesk.person, { code: await helpdesk.person.code() }), 'self_reset'],
      [await admin.reset(admin.person, { code: await admin.person.code() }), 'self_reset'],
    ] as const
    for (const [answer, code] of answers) expect(outcome(answer)).to.deep.equal([403, code])
    for (const victim of [colleague, otherHelpdesk, helpdesk.person, admin.person]) await expectIntact(fixture, victim)
    // Helpdesk cannot resend or cancel the reset of a colleague either.
    const { id } = await fixture.reset(otherHelpdesk, admin)
    for (const [method, path] of [
      ['POST', '/mail'],
      ['DELETE', ''],
    ] as const) {
      const answer = await helpdesk.call(method, `${resets(otherHelpdesk.id)}/${id}${path}`)
      expect(outcome(answer)).to.deep.equal([403, 'forbidden_target'])
    }
    expect((await helpdesk.reset(person, { code: await helpdesk.person.code() })).status).to.equal(201)
  })

  it('an administrator whose role was removed or who was disabled just before', async () => {
    for (const change of [{ roles: [] }, { roles: ['helpdesk'] }, { status: 'disabled' }]) {
      const [admin, colleague] = [await fixture.admin(), await fixture.person({ roles: ['admin'] })]
      const code = await admin.person.code()
      await edit(fixture, admin.person, change)
      const answer = await admin.reset(colleague, { code })
      expect(answer.status, JSON.stringify(change)).to.be.oneOf([401, 403])
      await expectIntact(fixture, colleague)
    }
  })

  it('an unknown user and an unknown reset', async () => {
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
        expect(outcome(await admin.call(method, `${resets(target.id)}/${rid}${path}`)), rid).to.deep.equal([
          404,
          'reset_not_found',
        ])
    }
  })

  it('a reset of an account that was never set up or is disabled', async () => {
    const admin = await fixture.admin()
    const cases = [
      [await fixture.person({ status: 'pending', enrolled: false }), 'setup_incomplete'],
      [await fixture.person({ enrolled: false }), 'setup_incomplete'],
      [await fixture.person({ status: 'disabled' }), 'account_disabled'],
    ] as const
    const code = await admin.person.code()
    for (const [target, expected] of cases)
      expect(outcome(await admin.reset(target, { code }))).to.deep.equal([409, expected])
  })
})

/** Changes a row of the directory without the server, as other tools of the host may. */
async function edit(fixture: ServerFixture, { id }: Person, change: object): Promise<void> {
  const { profiles } = fixture.host.store
  const found = await profiles.read(id)
  const profile = { ...parse(found!), ...change }
  const keys = { email: profile.email, words: [], status: profile.status, tags: [] }
  expect(await profiles.swap(id, JSON.stringify(profile), found!.version, keys)).to.equal(true)
}
