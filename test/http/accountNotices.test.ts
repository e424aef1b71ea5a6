/** What the own account says after an act, and what an address cannot make it say. */
import { expect } from 'chai'
import { type Page, type Visitor, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('The notice after an act in the own account', () => {
  let fixture: ServerFixture
  let person: Person
  let visitor: Visitor
  before(async () => {
    fixture = await sharedFixture()
    person = await fixture.person()
    ;({ visitor } = await fixture.enterApp(person, '/account', 'Your security'))
  })

  const says = ({ status, text }: Page) => [status, text.includes('role="status" class="notice ok"')]
  const ended = async (action: RegExp): Promise<string> => {
    await fixture.enterApp(person, '/account', 'Your security')
    await fixture.advance(1)
    const { location } = await visitor.send(withForm(await visitor.get('/account'), action), {})
    return location ?? ''
  }

  it('is shown to the session that did it, and gone after two minutes', async () => {
    const single = await ended(/sessions\/[^/]+\/end$/)
    await fixture.advance(1)
    const others = await ended(/end-others$/)
    await fixture.advance(1)
    expect((await visitor.go(single)).text).to.contain('The session has ended.')
    expect((await visitor.go(others)).text).to.contain('All other sessions have ended.')
    const { visitor: another } = await fixture.enterApp(person, '/account', 'Your security')
    expect(says(await another.go(single))).to.deep.equal([200, false])
    await fixture.advance(121)
    expect(says(await visitor.go(single))).to.deep.equal([200, false])
  })

  it('is not shown for an address that was typed', async () => {
    for (const query of ['ended=one', 'ended=others', 'ended=access', 'done=one', 'done=', 'done=a&done=b'])
      expect(says(await visitor.go(`/account?${query}`)), query).to.deep.equal([200, false])
  })

  it('is not shown for what the same session did in the console', async () => {
    const [admin, target] = [await fixture.person({ roles: ['admin'] }), await fixture.person()]
    await fixture.enterApp(target, '/account', 'Your security')
    const { visitor: both } = await fixture.enterApp(admin, '/admin/users', 'Users')
    const user = await both.go(`/admin/users/${target.id}`)
    const { location } = await both.send(withForm(user, /sessions\/end$/), {})
    const done = new URL(location ?? '', fixture.issuer).search
    await fixture.enterApp(admin, '/account', 'Your security', both)
    expect(says(await both.go(`/account${done}`))).to.deep.equal([200, false])
  })
})
