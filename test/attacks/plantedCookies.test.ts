/** Every cookie of the attacker's browser, planted in another browser, must not sign that browser in. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { uidOf } from '../support/signIns.ts'
import { codesIn, type Cookie, setupKeyIn, type Visitor } from '../support/client.ts'

describe('A planted cookie', () => {
  let fixture: ServerFixture
  let attacker: Person
  let resetId: string
  let uid: string
  let cookies: readonly Cookie[]

  before('collect the cookies of every step', async () => {
    fixture = await sharedFixture()
    attacker = await fixture.person({ roles: ['admin'] })
    const kept = new Map<string, Cookie>()
    const keep = (visitor: Visitor): void => {
      for (const cookie of visitor.jar.all()) kept.set(`${cookie.name} ${cookie.path}`, cookie)
    }
    const visitor = fixture.visitor()
    for (const [path, h1] of [
      ['/account', 'Your security'],
      ['/admin/users?language=en', 'Users'],
    ] as const) {
      keep((await visitor.get(path)).visitor)
      await fixture.enterApp(attacker, path, h1, visitor)
      keep(visitor)
    }
    // With another account, since a reset would end the sessions above.
    const second = await fixture.person({ roles: ['helpdesk'] })
    const { id, link } = await fixture.reset(second)
    resetId = id
    const other = fixture.visitor()
    const opened = await other.submit(await other.get(link), {})
    keep(other)
    await other.submit(opened, { password: second.password })
    const challenge = await fixture.challenge(second, fixture.ask(), other)
    expect(challenge.h1).to.equal('Set up your authenticator')
    uid = uidOf(challenge)
    keep(other)
    cookies = [...kept.values()]
  })

  /** Pages of the attacker's session, console, set-up and sign-in that a browser with these cookies alone shows. */
  async function shownWith(names: RegExp): Promise<readonly string[]> {
    const victim = fixture.visitor()
    const planted = cookies.filter(({ name }) => names.test(name))
    expect(planted.length, String(names)).to.be.greaterThan(0)
    for (const cookie of planted) victim.jar.put(cookie)
    const shown: string[] = []
    for (const path of [
      '/account',
      '/admin',
      '/admin/users',
      ...['set-up', 'backup-codes', 'done', 'password'].map((page) => `/two-factor/${resetId}/${page}`),
      ...['', '/code', '/set-up', '/check-email', '/backup-codes'].map((page) => `/sign-in/${uid}${page}`),
    ]) {
      const copy = victim.stolen()
      const page = await copy.go(path)
      const isNothing = page.h1 === 'Sign in' || page.h1 === 'Your sign-in was interrupted'
      const secrets = [...setupKeyIn(page.text), ...codesIn(page.text)]
      if (!isNothing || secrets.length > 0 || page.text.includes(attacker.email)) shown.push(`${path}: ${page.h1}`)
    }
    if ((await fixture.silently(victim.stolen())) !== 'login_required') shown.push('a session')
    return shown
  }

  /** All names but the session's; with https that one has the prefix, which a sister domain cannot plant. */
  const names = [
    /^rekey$/,
    /^rekey_account$/,
    /^rekey_account_begun$/,
    /^rekey_admin$/,
    /^rekey_admin_begun$/,
    /^rekey_link_/,
    /^rekey_opened_/,
    /^rekey_browser_/,
    /^rekey_known$/,
    /^rekey_start$/,
    /^rekey_interaction(\.sig)?$/,
    /^rekey_resume(\.sig)?$/,
    /^language/,
  ]
  for (const name of names)
    it(`${String(name)} shows nothing by itself`, async () => {
      expect(await shownWith(name)).to.deep.equal([])
    })

  it('shows nothing together with all others but the secret of the sign-in', async () => {
    expect(await shownWith(/^rekey_(interaction|resume|start|opened_|link_|account|admin|known)/)).to.deep.equal([])
  })

  it('has one of these names or is the session’s', () => {
    const others = cookies.filter(({ name }) => !names.some((item) => item.test(name)))
    expect([...new Set(others.map((cookie) => cookie.name))].sort((a, b) => a.localeCompare(b))).to.deep.equal([
      'rekey_session',
      'rekey_session.sig',
    ])
  })
})
