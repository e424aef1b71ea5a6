/** A helpdesk that is limited to some groups cannot act on accounts outside of them. */
import { expect } from 'chai'
import { withForm } from '../support/client.ts'
import type { Acting } from '../support/managementCalls.ts'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'

describe('A helpdesk for some groups', () => {
  let fixture: ServerFixture
  let helpdesk: Acting
  let seller: Person
  let unauthorised: Person
  before(async () => {
    fixture = await openFixture({ helpdesk: { groups: ['sales', 'shops'] } })
    helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'], groups: ['sales'] }))
    seller = await fixture.person({ groups: ['staff', 'sales'] })
    unauthorised = await fixture.person({ groups: ['staff'] })
  })

  it('acts on members of these groups, also if they have other groups', async () => {
    expect((await helpdesk.reset(seller, { code: await helpdesk.person.code() })).status).to.equal(201)
    const renamed = await helpdesk.call('PATCH', `/users/${seller.id}`, { name: 'Somebody Else' })
    expect(renamed.status).to.equal(200)
  })

  it('is refused and audited for all others, and no code is used', async () => {
    const code = await helpdesk.person.code()
    const { id } = unauthorised
    const answers = [
      await helpdesk.reset(unauthorised, { code }),
      await helpdesk.call('PATCH', `/users/${id}`, { groups: ['sales'] }),
      await helpdesk.call('DELETE', `/users/${id}/sessions`),
    ]
    for (const { status, body } of answers) expect([status, body.code]).to.deep.equal([403, 'forbidden_target'])
    const counted = await fixture.count(unauthorised)
    const refused = counted.events.filter(({ outcome }) => outcome === 'refused')
    expect([counted.state, refused.length]).to.deep.equal(['active', 3])
    expect((await helpdesk.reset(seller, { code })).status).to.equal(201)
  })

  it('makes accounts in these groups only', async () => {
    const invite = (email: string, groups: readonly string[]) =>
      helpdesk.call('POST', '/users', { email, name: 'New', groups })
    const refused = await invite('one@example.com', ['staff'])
    expect([refused.status, refused.body.code]).to.deep.equal([403, 'forbidden_target'])
    expect((await invite('one@example.com', ['staff', 'shops'])).status).to.equal(201)
  })

  it('makes accounts in these groups only in the console too', async () => {
    const { visitor } = await fixture.enterApp(helpdesk.person, '/admin/users', 'Users')
    for (const [groups, status] of [
      ['', 422],
      ['staff', 422],
      ['staff\nshops', 200],
    ] as const) {
      const form = withForm(await visitor.get('/admin/invite'), /invite$/)
      const email = `console${status}.${groups.length}@example.com`
      const answered = await form.visitor.submit(form, { email, name: 'New', groups })
      expect([groups, answered.status]).to.deep.equal([groups, status])
      const listed = await fixture.host.directory.findByEmail(email)
      expect(listed?.groups ?? null).to.deep.equal(status === 200 ? ['staff', 'shops'] : null)
    }
  })

  it('sees its limit in the console, and no button for others', async () => {
    const { visitor } = await fixture.enterApp(helpdesk.person, '/admin/users', 'Users')
    const page = await visitor.go(`/admin/users/${unauthorised.id}`)
    expect(page.text).to.contain('Your role does not allow it for this user.')
    expect(page.text).to.not.contain(`/admin/users/${unauthorised.id}/two-factor/reset`)
  })

  it('does not limit administrators', async () => {
    const admin = await fixture.admin()
    expect((await admin.reset(unauthorised, { code: await admin.person.code() })).status).to.equal(201)
  })
})
