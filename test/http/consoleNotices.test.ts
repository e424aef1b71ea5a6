/** What the console says after an act, and what an address cannot make it say. */
import { expect } from 'chai'
import { type Page, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('The notice after an act in the console', () => {
  let fixture: ServerFixture
  let [admin, target, other]: Person[] = []
  before(async () => {
    fixture = await sharedFixture()
    ;[admin, target, other] = await Promise.all([
      fixture.person({ roles: ['admin'] }),
      fixture.person(),
      fixture.person(),
    ])
  })

  const pathOf = ({ id }: Person): string => `/admin/users/${id}`
  const says = ({ text }: Page): boolean => text.includes('id="said-done"')
  const ending = async (): Promise<Page> => {
    await fixture.enterApp(target!, '/account', 'Your security')
    const { visitor } = await fixture.enterApp(admin!, '/admin/users', 'Users')
    const page = await visitor.go(pathOf(target!))
    return visitor.send(withForm(page, /sessions\/end$/), {})
  }

  it('is shown to the session that did it, on the page of that user, and gone after two minutes', async () => {
    const { visitor, location } = await ending()
    const done = await visitor.go(location ?? '')
    expect([done.status, says(done), done.text.includes('All sessions have been ended')]).to.deep.equal([
      200,
      true,
      true,
    ])
    expect(says(await visitor.go(location ?? ''))).to.equal(true)
    expect(says(await visitor.go(location?.replace(target!.id, other!.id) ?? ''))).to.equal(false)
    const { visitor: another } = await fixture.enterApp(admin!, '/admin/users', 'Users')
    expect(says(await another.go(location ?? ''))).to.equal(false)
    await fixture.advance(121)
    const late = await visitor.go(location ?? '')
    expect([late.status, says(late)]).to.deep.equal([200, false])
  })

  it('is not shown for an address that was typed', async () => {
    const { visitor } = await fixture.enterApp(admin!, '/admin/users', 'Users')
    for (const query of ['done=changed', 'done=', 'done=x.y.z', 'done=a&done=b', 'reset=1']) {
      const page = await visitor.go(`${pathOf(target!)}?${query}`)
      expect([page.status, says(page)], query).to.deep.equal([200, false])
    }
  })
})
