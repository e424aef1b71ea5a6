/** Deleting an account in the console, as administrators and attackers do it. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { type Page, withForm } from '../support/client.ts'
import { expectUnchanged } from './patchUser.ts'

describe('Deleting an account in the console', () => {
  let fixture: ServerFixture
  let [admin, target]: Person[] = []
  before(async () => {
    fixture = await sharedFixture()
  })
  beforeEach(async () => {
    ;[admin, target] = await Promise.all([fixture.person({ roles: ['admin'] }), fixture.person()])
  })

  const pathOf = ({ id }: Person, part = ''): string => `/admin/users/${id}${part}`
  async function open(actor: Person, path: string): Promise<Page> {
    const { visitor } = await fixture.enterApp(actor, '/admin/users', 'Users')
    return visitor.go(path)
  }
  const actOf = ({ text }: Page): string => /name="act" value="([^"]+)"/.exec(text)?.[1] ?? ''

  it('takes the confirmation, then the code; a double click gets the same answer', async () => {
    const user = await open(admin!, pathOf(target!))
    expect(user.text).to.include('Delete account').and.include(pathOf(target!, '/export'))
    const confirm = await user.visitor.go(pathOf(target!, '/delete'))
    const { name } = (await fixture.host.directory.find(target!.id))!
    expect([confirm.status, confirm.h1]).to.deep.equal([200, `Delete the account of ${name}?`])
    const waiting = await confirm.visitor.submit(withForm(confirm, /delete$/), {})
    expect(waiting.h1).to.equal('Enter your own code')
    const form = withForm(waiting, /step-up$/)
    await expectUnchanged(fixture, target!, async () => {
      const wrong = await waiting.visitor.send(form, { act: actOf(waiting), code: '000000' })
      expect([wrong.status, wrong.h1]).to.deep.equal([422, 'Enter your own code'])
    })
    const again = withForm(waiting, /step-up$/)
    const fields = { act: actOf(waiting), code: await admin!.code() }
    const answers = await Promise.all([
      waiting.visitor.send(again, fields),
      waiting.visitor.stolen().send(again, fields),
    ])
    const repeated = await waiting.visitor.send(again, fields)
    for (const { status, location } of [...answers, repeated]) {
      expect(status).to.equal(303)
      const users = await waiting.visitor.go(location!)
      expect([users.h1, /role="status"[^>]*>[^]*?Account deleted/.test(users.text)]).to.deep.equal(['Users', true])
    }
    expect((await waiting.visitor.go(pathOf(target!))).status).to.equal(404)
    const done = answers[0].location!
    // In the session of another person, and later, the same address says nothing.
    const { visitor: other } = await fixture.enterApp(
      await fixture.person({ roles: ['admin'] }),
      '/admin/users',
      'Users',
    )
    expect((await other.go(done)).text).to.not.include('Account deleted')
    expect((await waiting.visitor.go(`/admin/users?deleted=${target!.id}`)).text).to.not.include('Account deleted')
  })

  it('is not offered to helpdesk, for oneself, or for a colleague’s browser', async () => {
    const helpdesk = await fixture.person({ roles: ['helpdesk'] })
    const theirs = await open(helpdesk, pathOf(target!))
    expect(theirs.text).to.not.include('Delete account')
    const page = await theirs.visitor.go(pathOf(target!, '/delete'))
    expect([page.status, page.h1]).to.deep.equal([409, 'Not deleted'])
    const own = await open(admin!, pathOf(admin!))
    expect(own.text).to.not.include('Delete account')
    const ownPage = await own.visitor.go(pathOf(admin!, '/delete'))
    expect([ownPage.status, ownPage.text.includes('You cannot change your own account here.')]).to.deep.equal([
      409,
      true,
    ])
  })

  it('binds the confirmed act to its target, its kind and its browser', async () => {
    const other = await fixture.person()
    const confirm = await open(admin!, pathOf(target!, '/delete'))
    const waiting = await confirm.visitor.submit(withForm(confirm, /delete$/), {})
    const act = encodeURIComponent(actOf(waiting))
    await expectUnchanged(fixture, target!, async () => {
      for (const path of [
        pathOf(other, `/delete/step-up?act=${act}`),
        pathOf(target!, `/two-factor/reset/step-up?act=${act}`),
        pathOf(target!, `/edit/step-up?act=${act}`),
        pathOf(target!, `/delete/step-up?act=${act}x`),
      ])
        expect((await waiting.visitor.get(path)).status, path).to.equal(303)
      const colleague = await open(await fixture.person({ roles: ['admin'] }), pathOf(target!, '/delete'))
      expect((await colleague.visitor.get(pathOf(target!, `/delete/step-up?act=${act}`))).status).to.equal(303)
      const reset = await waiting.visitor.go(pathOf(target!, '/two-factor/reset'))
      const resetting = await reset.visitor.submit(withForm(reset, /reset$/), { reason: '', seen: '' })
      const swapped = { act: actOf(resetting), code: await admin!.code() }
      expect((await waiting.visitor.send(withForm(waiting, /step-up$/), swapped)).status).to.equal(303)
    })
  })

  it('exports before what is kept, as a file', async () => {
    const { visitor } = await open(admin!, pathOf(target!))
    const file = await visitor.get(pathOf(target!, '/export'))
    expect([file.status, (JSON.parse(file.text) as { user: { id: string } }).user.id]).to.deep.equal([200, target!.id])
    expect((await visitor.get('/admin/users/unknown/export')).status).to.equal(404)
  })
})
