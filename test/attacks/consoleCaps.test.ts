/** Caps on resets, as the console shows them: the acting person's own cap counts, never the target's acts. */
import { expect } from 'chai'
import { type Arena, openArena } from '../support/arena.ts'
import type { Person } from '../support/attackPeople.ts'
import type { Page } from '../support/client.ts'

describe('The console, with caps on', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({ reset: {}, step_up: { acts_per_hour: 2 } })
  })

  const confirmPage = async (actor: Person, target: Person): Promise<Page> => {
    const { visitor } = await arena.enterPlace(actor, '/admin/users', 'Users')
    return visitor.go(`/admin/users/${target.id}/two-factor/reset`)
  }

  async function atTheirCap(): Promise<Person> {
    const admin = await arena.admin()
    for (const target of [await arena.person(), await arena.person()]) await arena.reset(target, admin)
    return admin.person
  }

  it('resets an account that has itself reset as many as it may', async () => {
    const [bad, colleague] = [await atTheirCap(), await arena.person({ roles: ['admin'] })]
    const page = await confirmPage(colleague, bad)
    expect([page.status, page.h1]).to.deep.equal([200, `Reset two-factor authentication for ${await nameOf(bad)}?`])
  })

  it('says that one’s own cap is spent before it asks for a code', async () => {
    const [admin, target] = [await atTheirCap(), await arena.person()]
    const page = await confirmPage(admin, target)
    expect([page.status, page.h1]).to.deep.equal([409, 'Not reset'])
    expect(page.text).to.contain('Too many resets within an hour.')
  })

  const nameOf = async ({ id }: Person): Promise<string> => (await arena.house.directory.find(id))?.name ?? ''
})
