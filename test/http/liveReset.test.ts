/** The part of the page of a user that its script asks for: who gets it, when it is another one, and that asking keeps no session alive. */
import { expect } from 'chai'
import type { Page, Visitor } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

describe('The newest reset of a user, alone', () => {
  let fixture: ServerFixture
  let admin: Person
  let target: Person
  let link: string
  before(async () => {
    fixture = await sharedFixture()
    ;[admin, target] = await Promise.all([fixture.person({ roles: ['admin'] }), fixture.person()])
    ;({ link } = await fixture.reset(target))
    await fixture.idle(target)
  })

  const pathOf = ({ id }: Person): string => `/admin/users/${id}/live`
  const versionIn = ({ text }: Page): string => /data-version="([^"]+)"/.exec(text)?.[1] ?? expect.fail(text)
  const entered = async (person: Person): Promise<Visitor> =>
    (await fixture.enterApp(person, '/admin/users', 'Users')).visitor

  it('has no form, no cookie and no secret, and the version that the page has', async () => {
    const visitor = await entered(admin)
    const page = await visitor.go(pathOf(target).replace('/live', ''))
    const part = await visitor.get(pathOf(target))
    expect([part.status, part.headers.get('cache-control')]).to.deep.equal([200, 'no-store'])
    expect(part.headers.getSetCookie()).to.deep.equal([])
    expect(part.text)
      .to.contain('Link not opened')
      .and.not.match(/<form|<input|<a |<script/)
    expect(versionIn(part)).to.equal(versionIn(page))
    expect(page.headers.get('content-security-policy')).to.contain("connect-src 'self'")
  })

  it('is 204 while nothing changes, and another one once the link is opened', async () => {
    const visitor = await entered(admin)
    const version = versionIn(await visitor.get(pathOf(target)))
    const waiting = visitor.get(`${pathOf(target)}?version=${version}`)
    const device = fixture.visitor()
    expect((await device.submit(await device.get(link), {})).h1).to.equal('Set up your authenticator')
    const part = await waiting
    expect([part.status, versionIn(part) === version]).to.deep.equal([200, false])
    expect(part.text).to.contain('Link opened')
    const next = visitor.get(`${pathOf(target)}?version=${versionIn(part)}`)
    const [minuteLater] = await Promise.all([next, fixture.advance(60)])
    expect(versionIn(minuteLater)).to.not.equal(versionIn(part))
  })

  it('is 403 without a session, a role, or once they have ended during the wait', async () => {
    const nobody = fixture.visitor()
    expect((await nobody.get(pathOf(target))).status).to.equal(403)
    const helpdesk = await fixture.person({ roles: ['helpdesk'] })
    const visitor = await entered(helpdesk)
    const version = versionIn(await visitor.get(pathOf(target)))
    const waiting = visitor.get(`${pathOf(target)}?version=${version}`)
    const by = await fixture.admin()
    await by.call('DELETE', `/users/${helpdesk.id}/sessions`)
    await fixture.reset(target, by)
    const refused = await waiting
    expect([refused.status, refused.text, refused.location]).to.deep.equal([403, '', null])
  })

  it('is 404 for a user without a reset', async () => {
    const visitor = await entered(admin)
    expect((await visitor.get(pathOf(await fixture.person()))).status).to.equal(404)
    expect((await visitor.get('/admin/users/nobody/live?version=')).status).to.equal(404)
  })

  it('is what only pages of the console may ask for', async () => {
    const policyOf = async (path: string): Promise<string> =>
      (await fixture.visitor().get(path)).headers.get('content-security-policy') ?? ''
    expect(await policyOf('/admin/signed-out')).to.contain("connect-src 'self'")
    for (const path of ['/account/signed-out', '/password', '/administration'])
      expect(await policyOf(path), path).to.not.contain('connect-src')
  })
})
