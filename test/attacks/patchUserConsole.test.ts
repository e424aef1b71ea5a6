/** Forged and replayed forms of the console that change users. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { type Page, withForm } from '../support/client.ts'
import { expectUnchanged } from './patchUser.ts'

describe('The console’s form for a user', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** A page of the console about the target, with the form of that action. */
  async function at(actor: Person, target: Person, part: string, action: RegExp) {
    const { visitor } = await fixture.enterApp(actor, '/admin/users', 'Users')
    return withForm(await visitor.go(`/admin/users/${target.id}${part}`), action)
  }
  const actOf = ({ text }: Page): string => /name="act" value="([^"]+)"/.exec(text)?.[1] ?? ''

  it('ignores fields that the form of helpdesk does not have', async () => {
    const [actor, target] = [await fixture.person({ roles: ['helpdesk'] }), await fixture.person()]
    const page = await at(actor, target, '/edit', /edit$/)
    await expectUnchanged(fixture, target, async () => {
      const { email } = target
      const forged = { name: 'X', name_was: 'X', email: 'mine@example.com', email_was: email, roles: 'admin' }
      expect((await page.visitor.send(page, forged)).location).to.equal(`/admin/users/${target.id}`)
    })
    const status = { ...page.form!, action: `/admin/users/${target.id}/status` }
    expect((await page.visitor.send({ ...page, form: status }, { status: 'disabled' })).status).to.equal(403)
  })

  it('binds a confirmed act to its target, its browser, its kind and a few minutes', async () => {
    const [actor, colleague] = [await fixture.person({ roles: ['admin'] }), await fixture.person({ roles: ['admin'] })]
    const [target, other] = [await fixture.person(), await fixture.person()]
    const sent = await at(actor, target, '', /status$/)
    const waiting = await sent.visitor.submit(sent, { status: 'disabled' })
    expect(waiting.h1).to.equal('Enter your own code')
    const act = encodeURIComponent(actOf(waiting))
    await expectUnchanged(fixture, target, async () => {
      const paths = [
        `/admin/users/${other.id}/edit/step-up?act=${act}`,
        `/admin/users/${target.id}/two-factor/reset/step-up?act=${act}`,
        `/admin/users/${target.id}/edit/step-up?act=${act}x`,
      ]
      for (const path of paths) expect((await waiting.visitor.get(path)).status, path).to.equal(303)
      const stranger = await fixture.enterApp(colleague, '/admin/users', 'Users')
      expect((await stranger.visitor.get(`/admin/users/${target.id}/edit/step-up?act=${act}`)).status).to.equal(303)
      const reset = await at(actor, target, '/two-factor/reset', /reset$/)
      const resetting = await reset.visitor.submit(reset, { reason: '', seen: '' })
      const swapped = { act: actOf(resetting), code: await actor.code() }
      expect((await waiting.visitor.send(withForm(waiting, /step-up$/), swapped)).status).to.equal(303)
      await fixture.advance(301)
      const late = { act: actOf(waiting), code: await actor.code() }
      const again = await waiting.visitor.send(withForm(waiting, /step-up$/), late)
      expect([again.status, again.h1]).to.deep.equal([422, 'Enter your own code'])
    })
  })

  it('asks for a code before it changes anything, and answers a double click with the first result', async () => {
    const [actor, target] = [await fixture.person({ roles: ['admin'] }), await fixture.person()]
    const page = await at(actor, target, '/edit', /edit$/)
    const email = `console.${target.email}`
    const fields = { name: 'Same', name_was: 'Same', email, email_was: target.email, roles: 'helpdesk' }
    let waiting = page
    await expectUnchanged(fixture, target, async () => {
      waiting = await page.visitor.submit(page, fields)
      expect(waiting.h1).to.equal('Enter your own code')
      const wrong = await waiting.visitor.send(withForm(waiting, /step-up$/), { act: actOf(waiting), code: '000000' })
      expect([wrong.status, wrong.h1]).to.deep.equal([422, 'Enter your own code'])
    })
    const form = withForm(waiting, /step-up$/)
    const sent = { act: actOf(waiting), code: await actor.code() }
    const answers = await Promise.all([waiting.visitor.send(form, sent), waiting.visitor.stolen().send(form, sent)])
    expect(answers.map(({ status }) => status)).to.deep.equal([303, 303])
    expect(await fixture.host.directory.find(target.id)).to.deep.include({ email, roles: ['helpdesk'] })
    expect((await fixture.count({ ...target, email })).audit('step_up.refused')).to.equal(1)
  })
})
