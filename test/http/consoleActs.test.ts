/** The confirmation of an act in the console, and its code. */
import { expect } from 'chai'
import { type Page, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('An act in the console', () => {
  let fixture: ServerFixture
  let admin: Person
  before(async () => {
    fixture = await sharedFixture()
    admin = await fixture.person({ roles: ['admin'] })
  })

  const actOf = ({ text }: Page): string => /name="act" value="([^"]+)"/.exec(text)?.[1] ?? ''
  const pathOf = ({ id }: Person, part = ''): string => `/admin/users/${id}${part}`
  const open = async (path: string): Promise<Page> => {
    const { visitor } = await fixture.enterApp(admin, '/admin/users', 'Users')
    return visitor.go(path)
  }
  const confirmed = async (target: Person, fields = {}): Promise<Page> => {
    const page = await open(pathOf(target, '/two-factor/reset'))
    return page.visitor.submit(withForm(page, /reset$/), {
      reason: '',
      seen: '',
      ...fields,
    })
  }
  const reasonOf = async ({ id }: Person): Promise<string | null | undefined> =>
    (await fixture.host.rekey.state(id))?.reset?.reason
  const sendCode = async (page: Page): Promise<Page> =>
    page.visitor.submit(withForm(page, /step-up$/), {
      act: actOf(page),
      code: await admin.code(),
    })
  const linesOf = ({ text }: Page): number =>
    (/<ul class="tight">([\s\S]*?)<\/ul>/.exec(text)?.[1] ?? '').split('<li>').length - 1

  it('lists what ends at once, without what there is none of', async () => {
    const target = await fixture.person()
    const fresh = await open(pathOf(target, '/two-factor/reset'))
    expect(fresh.text).to.contain('The authenticator stops working, and 10 backup codes with it')
    expect(linesOf(fresh)).to.equal(1)
    await fixture.enterApp(target, '/account', 'Your security')
    const signedIn = await open(pathOf(target, '/two-factor/reset'))
    expect(signedIn.text).to.contain('Signs them out of 1 session')
    expect(linesOf(signedIn)).to.be.within(2, 3)
    await sendCode(await confirmed(target))
    const again = await open(pathOf(target, '/two-factor/reset'))
    expect(again.text).to.contain('The link of the earlier reset stops working')
    expect([linesOf(again), again.text.includes('The authenticator stops working')]).to.deep.equal([1, false])
  })

  it('records the quick answer and the details as one reason', async () => {
    const [first, second] = [await fixture.person(), await fixture.person()]
    await sendCode(await confirmed(first, { verified: 'In person', reason: ' ticket 7 ' }))
    await sendCode(await confirmed(second, { verified: 'In person' }))
    expect([await reasonOf(first), await reasonOf(second)]).to.deep.equal(['In person: ticket 7', 'In person'])
  })

  it('refuses a reason that is too long with its answer, and keeps both in the form', async () => {
    const target = await fixture.person()
    const page = await confirmed(target, {
      verified: 'In person',
      reason: 'x'.repeat(495),
    })
    expect([page.status, page.alert]).to.deep.equal([422, 'Keep it to 500 characters.'])
    expect(page.text)
      .to.match(/value="In person" autocomplete="off" checked/)
      .and.contain('x'.repeat(495))
  })

  it('is confirmed again after five minutes, with the reason that was entered', async () => {
    const target = await fixture.person()
    const waiting = await confirmed(target, { reason: 'called back' })
    await fixture.advance(301)
    const opened = await waiting.visitor.go(
      `${pathOf(target, '/two-factor/reset/step-up')}?act=${encodeURIComponent(actOf(waiting))}`,
    )
    expect([opened.status, opened.h1]).to.deep.equal([200, 'Enter your own code'])
    const late = await sendCode(waiting)
    expect([late.status, late.h1, await reasonOf(target)]).to.deep.equal([422, 'Enter your own code', undefined])
    expect(late.alert).to.match(/^That took more than 5 minutes/)
    await fixture.advance(30)
    expect((await sendCode(late)).text).to.contain('id="said-done"')
    expect(await reasonOf(target)).to.equal('called back')
  })

  it('keeps its place in another language after a wrong code', async () => {
    const target = await fixture.person()
    const waiting = await confirmed(target, { reason: 'called back' })
    const wrong = await waiting.visitor.send(withForm(waiting, /step-up$/), {
      act: actOf(waiting),
      code: '000000',
    })
    const link = /href="([^"]+)" lang="de"/.exec(wrong.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const german = await wrong.visitor.go(
      new URL(link, `http://id.test${wrong.path}`).href.replace('http://id.test', ''),
    )
    expect([german.status, german.h1]).to.deep.equal([200, 'Geben Sie Ihren eigenen Code ein'])
    await fixture.advance(30)
    await sendCode(german)
    expect(await reasonOf(target)).to.equal('called back')
  })

  it('links from its refusal to the user in another language, where a form has no page of its own', async () => {
    const [target, helpdesk] = [
      await fixture.person({ roles: ['admin'] }),
      await fixture.person({ roles: ['helpdesk'] }),
    ]
    const { visitor } = await fixture.enterApp(helpdesk, '/admin/users', 'Users')
    const page = await visitor.go(pathOf(target, '/two-factor/reset'))
    expect([page.status, page.h1]).to.deep.equal([409, 'Not reset'])
    const link = /href="([^"]+)" lang="de"/.exec(page.text)?.[1] ?? ''
    expect(link).to.equal(`${pathOf(target)}?language=de`)
  })
})
