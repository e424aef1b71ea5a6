/** Caps on resets in the console: the acting person's acts count, not those of the target. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Page } from '../support/client.ts'

describe('The console, with caps on', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await openFixture({ reset: {}, step_up: { acts_per_hour: 2 } })
  })

  const confirmPage = async (actor: Person, target: Person): Promise<Page> => {
    const { visitor } = await fixture.enterApp(actor, '/admin/users', 'Users')
    return visitor.go(`/admin/users/${target.id}/two-factor/reset`)
  }

  async function atTheirCap(): Promise<Person> {
    const admin = await fixture.admin()
    for (const target of [await fixture.person(), await fixture.person()]) await fixture.reset(target, admin)
    return admin.person
  }

  it('resets an administrator who has reached their own cap', async () => {
    const [bad, colleague] = [await atTheirCap(), await fixture.person({ roles: ['admin'] })]
    const page = await confirmPage(colleague, bad)
    expect([page.status, page.h1]).to.deep.equal([200, `Reset two-factor authentication for ${await nameOf(bad)}?`])
  })

  it('says that the cap is reached before it asks for a code', async () => {
    const [admin, target] = [await atTheirCap(), await fixture.person()]
    const page = await confirmPage(admin, target)
    expect([page.status, page.h1]).to.deep.equal([409, 'Not reset'])
    expect(page.text).to.contain('Too many resets within an hour.')
  })

  const nameOf = async ({ id }: Person): Promise<string> => (await fixture.host.directory.find(id))?.name ?? ''
})
