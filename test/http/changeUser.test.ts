/** PATCH /users/{id}: authority, step-up, audit lines, and the fields that do not change. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer, Body } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'

describe('Changing a user', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const patch = (acting: Acting, { id }: Pick<Person, 'id'>, body: object): Promise<Answer> =>
    acting.call('PATCH', `/users/${id}`, body)
  const said = ({ status, body }: Answer): unknown[] => [status, body.code]
  /** Audit lines about a person, oldest first. */
  async function lines(target: Person): Promise<unknown[]> {
    const { events } = await fixture.count(target)
    const about = events.filter(({ type }: Body) => /^(account|session)\./.test(type as string))
    return about.map(({ type, reason }: Body) => [type, reason]).toReversed()
  }

  it('lets helpdesk change name, language and groups without a code; absent fields do not change', async () => {
    const helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
    const target = await fixture.person()
    const before = (await helpdesk.call('GET', `/users/${target.id}`)).body
    await fixture.advance(61)
    const again = await fixture.acting(helpdesk.person)
    await fixture.advance(61)
    const change = { name: 'Ana  Maria Silva', locale: 'de', groups: ['Lisbon', 'Night shift'] }
    const answer = await patch(again, target, change)
    expect(answer.status, answer.text).to.equal(200)
    expect(answer.body).to.deep.equal({ ...before, ...change })
    expect((await again.call('GET', '/users?search=silva&limit=200')).text).to.contain(target.id)
    expect((await patch(again, target, { locale: null })).body).to.include({ locale: null, name: change.name })
    expect(await lines(target)).to.deep.equal([
      ['account.changed', 'name, groups, locale'],
      ['account.changed', 'locale'],
    ])
  })

  it('audits the roles, and no field that did not change', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const roles = ['helpdesk', 'admin']
    const made = await patch(admin, target, { roles, code: await admin.person.code() })
    expect(made.body.roles).to.have.members(['admin', 'helpdesk'])
    expect((await patch(admin, target, { roles, code: await admin.person.code() })).status).to.equal(200)
    expect((await patch(admin, target, { roles: [], code: await admin.person.code() })).body.roles).to.deep.equal([])
    expect(
      (await patch(admin, target, { email: target.email.toUpperCase(), code: await admin.person.code() })).status,
    ).to.equal(200)
    expect(await lines(target)).to.deep.equal([
      ['account.changed', 'roles: admin helpdesk'],
      ['account.changed', 'roles: none'],
    ])
  })

  it('audits the change before its effects, for an account that is disabled and enabled', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    for (const status of ['disabled', 'active'])
      expect((await patch(admin, target, { status, code: await admin.person.code() })).body).to.include({ status })
    expect(await lines(target)).to.deep.equal([
      ['account.changed', 'status: disabled'],
      ['account.disabled', null],
      ['session.ended', 'disabled'],
      ['account.enabled', null],
    ])
    await fixture.enter(target)
  })

  it('uses up no code where none is required', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const code = await admin.person.code()
    expect((await patch(admin, target, { name: 'Somebody', code })).status).to.equal(200)
    expect((await patch(admin, target, { name: 'Somebody Else', code: ['none'] })).status).to.equal(200)
    expect((await patch(admin, target, { roles: ['helpdesk'], code })).status).to.equal(200)
  })

  it('is refused for a lost record, and uses up no code', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person({ enrolled: false })]
    await fixture.host.directory.enrolled(target.id, 1)
    const code = await admin.person.code()
    for (const change of [{ name: 'X' }, { status: 'disabled', code }, { email: 'lost@example.com', code }])
      expect(said(await patch(admin, target, change))).to.deep.equal([409, 'record_lost'])
    expect((await fixture.host.directory.find(target.id))?.status).to.equal('active')
    expect((await admin.reset(target, { code })).status).to.equal(201)
  })
})
