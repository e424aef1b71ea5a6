/** The frame of the console and of the own account: where its links lead, also on an error page. */
import { expect } from 'chai'
import type { Page } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('The frame of the console', () => {
  let fixture: ServerFixture
  let [admin, user]: Person[] = []
  before(async () => {
    fixture = await sharedFixture()
    ;[admin, user] = await Promise.all([fixture.person({ roles: ['admin'] }), fixture.person()])
  })

  const headerOf = ({ text }: Page): string => /<header class="bar">[\s\S]*?<\/header>/.exec(text)?.[0] ?? ''
  const linksOf = (page: Page): string[] =>
    [...headerOf(page).matchAll(/<a href="([^"]+)"/g)].map(([, href = '']) => href)
  const germanOf = ({ text }: Page): string | undefined => /href="([^"]+)" lang="de"/.exec(text)?.[1]

  it('leads home and to the own account, and does not send staff to an administrator', async () => {
    const page = await fixture.enterApp(admin!, '/admin/users', 'Users')
    expect(linksOf(page)).to.deep.equal(['/admin', '/admin/settings', '/account'])
    expect(page.text).not.to.contain('Ask your administrator')
  })

  it('leads from the own account to the console for people with a role only', async () => {
    expect(linksOf(await fixture.enterApp(admin!, '/account', 'Your security'))).to.deep.equal(['/account', '/admin'])
    expect(linksOf(await fixture.enterApp(user!, '/account', 'Your security'))).to.deep.equal(['/account'])
  })

  it('stays around an error page, with a way back', async () => {
    const { visitor } = await fixture.enterApp(admin!, '/admin/users', 'Users')
    const page = await visitor.go('/admin/users/nobody')
    expect([page.status, page.h1]).to.deep.equal([404, 'Page not found'])
    expect(linksOf(page)).to.deep.equal(['/admin', '/admin/settings', '/account'])
    expect(page.text).to.match(/href="\/admin">Back to Console</)
    expect(germanOf(page)).to.equal('?language=de')
  })

  it('stays around an unknown address below the console and the own account, which a stranger sees without it', async () => {
    const { visitor } = await fixture.enterApp(admin!, '/admin/users', 'Users')
    const page = await visitor.go('/admin/nowhere/at-all')
    expect([page.status, page.h1, linksOf(page)]).to.deep.equal([
      404,
      'Page not found',
      ['/admin', '/admin/settings', '/account'],
    ])
    expect(page.text).to.match(/href="\/admin">Back to Console</)
    const { visitor: owner } = await fixture.enterApp(user!, '/account', 'Your security')
    expect(linksOf(await owner.go('/account/nowhere'))).to.deep.equal(['/account'])
    const stranger = await fixture.visitor().go('/admin/nowhere')
    expect([stranger.status, headerOf(stranger)]).to.deep.equal([404, ''])
    expect(stranger.text).to.match(/href="\/admin">Back to Console</)
  })

  it('links to no other language where an address takes forms only and there is no way back', async () => {
    const page = await fixture.challenge(await fixture.person({ enrolled: false }))
    const refused = await page.visitor.post(`${page.path.replace(/\/set-up.*$/, '')}/stay`, { form_token: 'x' })
    expect([refused.status, refused.h1, germanOf(refused)]).to.deep.equal([
      403,
      'This form is no longer valid',
      undefined,
    ])
    const known = await page.visitor.post(page.path, { form_token: 'x' })
    expect([known.status, germanOf(known)]).to.deep.equal([403, '?language=de'])
  })

  it('stays around the refusal of a form, which leads to a page in another language', async () => {
    const { visitor } = await fixture.enterApp(admin!, '/admin/users', 'Users')
    const page = await visitor.post(`/admin/users/${user!.id}/status`, { form_token: 'x', status: 'disabled' })
    expect([page.status, page.h1]).to.deep.equal([403, 'This form is no longer valid'])
    expect(linksOf(page)).to.deep.equal(['/admin', '/admin/settings', '/account'])
    const german = await visitor.go(germanOf(page) ?? '')
    expect([german.status, german.h1]).to.deep.equal([200, 'Benutzer'])
  })
})
