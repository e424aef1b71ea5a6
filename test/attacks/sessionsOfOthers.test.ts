/** Sessions of others by the API: listed with `users:read`, ended with `users:write` and authority, audited. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'

describe('The sessions of a person, by the management API', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })
  const path = (id: string): string => `/users/${id}/sessions`
  const sessionsOf = async (acting: Acting, id: string): Promise<{ id: string }[]> =>
    (await acting.call('GET', path(id))).body.items

  it('are listed, newest first, and ended one by one', async () => {
    const [admin, ana] = [await fixture.admin(), await fixture.person()]
    const old = await fixture.enter(ana)
    await fixture.advance(5)
    const recent = await fixture.enter(ana)
    const [newest, oldest, ...more] = await sessionsOf(admin, ana.id)
    expect(more).to.deep.equal([])
    expect(newest).to.have.all.keys('id', 'signed_in_at', 'device', 'applications')
    expect(newest).to.deep.include({ device: { browser: null, system: null }, applications: ['Application'] })

    expect((await admin.call('DELETE', `${path(ana.id)}/${oldest?.id}`)).status).to.equal(204)
    expect(await fixture.silently(old.visitor)).to.equal('login_required')
    expect(await fixture.silently(recent.visitor)).to.equal('code')
    expect(await sessionsOf(admin, ana.id)).to.have.length(1)
    const again = await admin.call('DELETE', `${path(ana.id)}/${oldest?.id}`)
    expect([again.status, again.body.code]).to.deep.equal([404, 'session_not_found'])
    const { events, state } = await fixture.count(ana)
    expect(state).to.equal('active')
    expect(events.filter(({ type }) => type === 'session.ended')).to.have.length(1)
    expect(events[0]).to.include({ type: 'session.ended', actor: admin.person.id, outcome: 'done' })
  })

  it('are ended all at once, with their tokens', async () => {
    const [admin, ana] = [await fixture.admin(), await fixture.person()]
    const entered = [await fixture.enter(ana), await fixture.enter(ana)]
    const { access_token } = await fixture.tokens(entered[0]!)
    expect((await admin.call('DELETE', path(ana.id))).status).to.equal(204)
    for (const { visitor } of entered) expect(await fixture.silently(visitor)).to.equal('login_required')
    expect((await fixture.userinfo(access_token)).status).to.equal(401)
    expect(await sessionsOf(admin, ana.id)).to.deep.equal([])
    expect((await fixture.count(ana)).audit('session.ended')).to.equal(1)
  })

  it('are unchanged without scope or authority, from another site, and for another person', async () => {
    const [helpdesk, colleague, ana] = [
      await fixture.acting(await fixture.person({ roles: ['helpdesk'] })),
      await fixture.person({ roles: ['admin'] }),
      await fixture.person(),
    ]
    const reader = await fixture.person({ roles: ['admin'] })
    const request = fixture.askManagement({ scope: 'openid users:read' })
    const reading = fixture.actingWith(reader, await fixture.tokens(await fixture.enter(reader, request)))
    const entered = await fixture.enter(colleague)
    const [{ id } = { id: '' }] = await sessionsOf(helpdesk, colleague.id)
    const evil = { origin: 'https://evil.example' }
    const answers = [
      [await reading.call('DELETE', path(colleague.id)), 403, 'insufficient_scope'],
      [await reading.call('DELETE', `${path(colleague.id)}/${id}`), 403, 'insufficient_scope'],
      [await helpdesk.call('DELETE', path(colleague.id)), 403, 'forbidden_target'],
      [await helpdesk.call('DELETE', `${path(colleague.id)}/${id}`), 403, 'forbidden_target'],
      [await helpdesk.call('DELETE', path(helpdesk.person.id)), 403, 'self_reset'],
      [await helpdesk.call('DELETE', path(ana.id), undefined, evil), 403, 'origin_mismatch'],
      [await helpdesk.call('DELETE', `${path(ana.id)}/${id}`), 404, 'session_not_found'],
      [await helpdesk.call('DELETE', path('nobody')), 404, 'user_not_found'],
      [await helpdesk.call('GET', path('nobody')), 404, 'user_not_found'],
    ] as const
    for (const [{ status, body }, ...expected] of answers) expect([status, body.code]).to.deep.equal(expected)
    expect(await fixture.silently(entered.visitor)).to.equal('code')
    expect((await fixture.count(colleague)).audit('session.end.refused')).to.equal(2)
  })
})
