/** Forms sent from elsewhere: another site, another browser, another page; and calls that a page of another site makes. */
import { expect } from 'chai'
import { routes } from '../../src/http/routes.ts'
import { type ServerFixture, laxFixture, openFixture, sharedFixture } from '../support/serverFixture.ts'
import { ONE_FACTOR, TWO_FACTOR } from '../support/acr.ts'
import type { Person } from '../support/people.ts'
import { type Extra, type Fields, type Page, withForm } from '../support/client.ts'

/** A page with a form, just before it is sent. */
interface App {
  readonly fixture: ServerFixture
  readonly person: Person
  readonly page: Page
  readonly fields: Fields
}

/** Where links expire soon, and a form shown before one does is still good after the next one did. */
const HASTY_SECONDS = 900
let hasty: Promise<ServerFixture> | undefined
const hastyFixture = (): Promise<ServerFixture> =>
  (hasty ??= openFixture({ reset: { links_per_hour: null, link_lifetime_seconds: HASTY_SECONDS } }))

describe('A form of ours', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** One of the forms of somebody's own account, who is signed in elsewhere too. */
  async function atAccount(action: RegExp): Promise<App> {
    const person = await fixture.person()
    await fixture.enter(person)
    return { fixture, person, page: withForm(await fixture.enterAccount(person), action), fields: {} }
  }

  /** One of the forms of the console, about somebody who is signed in and, where that is asked, was reset. */
  async function atConsole(part: string, action: RegExp, isReset = false): Promise<App & { readonly admin: Person }> {
    const [person, admin] = [await fixture.person(), await fixture.person({ roles: ['admin'] })]
    await fixture.enter(person)
    if (isReset) await fixture.reset(person)
    const users = await fixture.enterApp(admin, '/admin/users', 'Users')
    const page = await users.visitor.go(`/admin/users/${person.id}${part}`)
    return { fixture, person, admin, page: withForm(page, action), fields: {} }
  }

  /** The other form of a set-up page. */
  const atMoreTime = (where: App): App => ({ ...where, page: withForm(where.page, /stay$/), fields: {} })

  const apps: Record<string, () => Promise<App>> = {
    '/admin/sign-out': () => atConsole('', /sign-out$/),
    '/admin/users/:id/two-factor/reset': () => atConsole('/two-factor/reset', /two-factor\/reset$/),
    '/admin/users/:id/two-factor/reset/step-up': async () => {
      const { person, page, admin } = await atConsole('/two-factor/reset', /two-factor\/reset$/)
      const request = await page.visitor.submit(page, { reason: '', seen: '' })
      const act = /name="act" value="([^"]+)"/.exec(request.text)?.[1] ?? ''
      return { fixture, person, page: withForm(request, /step-up$/), fields: { act, code: await admin.code() } }
    },
    '/admin/users/:id/two-factor/resets/:rid/mail': () => atConsole('', /\/mail$/, true),
    '/admin/users/:id/two-factor/resets/:rid/revoke': () => atConsole('', /\/revoke$/, true),
    '/admin/invite': async () => {
      const [person, admin] = [await fixture.person(), await fixture.person({ roles: ['admin'] })]
      const { visitor } = await fixture.enterApp(admin, '/admin/users', 'Users')
      const page = withForm(await visitor.go('/admin/invite'), /invite$/)
      return { fixture, person, page, fields: { email: `${person.id}.new@example.com`, name: 'New' } }
    },
    '/admin/users/:id/invitation': async () => {
      const [person, admin] = [
        await fixture.person({ status: 'pending', enrolled: false }),
        await fixture.person({ roles: ['admin'] }),
      ]
      const { visitor } = await fixture.enterApp(admin, '/admin/users', 'Users')
      const page = withForm(await visitor.go(`/admin/users/${person.id}`), /invitation$/)
      return { fixture, person, page, fields: {} }
    },
    '/admin/users/:id/edit': async () => {
      const where = await atConsole('/edit', /edit$/)
      const { name = '', email = '' } = (await fixture.host.directory.find(where.person.id)) ?? {}
      return { ...where, fields: { name: 'Another Name', email, name_was: name, email_was: email } }
    },
    '/admin/users/:id/edit/step-up': async () => {
      const { person, page, admin } = await atConsole('', /status$/)
      const request = await page.visitor.submit(page, { status: 'disabled' })
      const act = /name="act" value="([^"]+)"/.exec(request.text)?.[1] ?? ''
      return { fixture, person, page: withForm(request, /step-up$/), fields: { act, code: await admin.code() } }
    },
    '/admin/users/:id/status': async () => ({ ...(await atConsole('', /status$/)), fields: { status: 'disabled' } }),
    '/admin/users/:id/sessions/end': () => atConsole('', /sessions\/end$/),
    '/sign-in/:uid': async () => {
      const person = await fixture.person()
      return {
        fixture,
        person,
        page: await fixture.begin(),
        fields: { email: person.email, password: person.password },
      }
    },
    '/sign-in/:uid/begin': async () => {
      const where = await laxFixture()
      const person = await where.person({ enrolled: false })
      const { visitor } = await where.enter(person, where.ask('app', { acr_values: ONE_FACTOR }))
      const page = await where.begin(where.ask('app', { acr_values: TWO_FACTOR }), visitor)
      return { fixture: where, person, page, fields: {} }
    },
    '/sign-in/:uid/code': async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      return { fixture, person, page: await fixture.challenge(person), fields: { code: await person.code() } }
    },
    '/sign-in/:uid/backup-code': async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      return { fixture, person, page: await fixture.backup(person), fields: { code: person.codes[0]! } }
    },
    '/sign-in/:uid/change': async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person)
      const page = await fixture.begin(fixture.ask('app', { prompt: 'replace_authenticator' }), visitor)
      return { fixture, person, page, fields: { code: await person.code() } }
    },
    '/sign-in/:uid/cancel': async () => {
      const { person, page } = await apps['/sign-in/:uid/change']!()
      return { fixture, person, page: withForm(page, /cancel$/), fields: {} }
    },
    '/sign-in/:uid/check-email': async () => {
      const { person, page } = await apps['/sign-in/:uid/check-email/again']!()
      await fixture.openLink(person, page.visitor)
      return { fixture, person, page: withForm(page, /check-email$/), fields: {} }
    },
    '/sign-in/:uid/check-email/again': async () => {
      const person = await fixture.person({ roles: ['helpdesk'] })
      await fixture.reset(person)
      return { fixture, person, page: withForm(await fixture.challenge(person), /again$/), fields: {} }
    },
    '/sign-in/:uid/set-up': async () => {
      const person = await fixture.person({ enrolled: false })
      const page = await fixture.challenge(person)
      return { fixture, person, page, fields: { code: fixture.appOf(page).at(fixture.server.now()) } }
    },
    '/sign-in/:uid/stay': async () => atMoreTime(await apps['/sign-in/:uid/set-up']!()),
    '/two-factor/:linkId/stay': async () => atMoreTime(await apps['/two-factor/:linkId/set-up']!()),
    '/invitation/:linkId/stay': async () => atMoreTime(await apps['/invitation/:linkId/set-up']!()),
    '/sign-in/:uid/backup-codes': async () => {
      const person = await fixture.person({ enrolled: false })
      const page = await fixture.confirm(person, await fixture.challenge(person))
      return { fixture, person, page, fields: { saved: 'yes' } }
    },
    '/sign-in/:uid/consent': async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person)
      return { fixture, person, page: await fixture.begin(fixture.ask('shop'), visitor), fields: { decision: 'allow' } }
    },
    '/password': async () => {
      const person = await fixture.person()
      return { fixture, person, page: await fixture.visitor().get('/password'), fields: { email: person.email } }
    },
    '/password/:token': async () => {
      const person = await fixture.person()
      return { fixture, person, page: await fixture.visitor().get(await fixture.forget(person)), fields: {} }
    },
    '/password/:linkId/password': async () => {
      const { person, page } = await apps['/password/:token']!()
      const fields = { password: 'a horse that reads at night' }
      return { fixture, person, page: await page.visitor.submit(page, {}), fields }
    },
    '/sign-in/:uid/password': async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person)
      const request = await fixture.begin(fixture.ask('app', { prompt: 'change_password' }), visitor)
      const page = await visitor.submit(request, { code: await person.code() })
      const fields = { current_password: person.password, password: 'a horse that reads at night' }
      return { fixture, person, page: withForm(page, /password$/), fields }
    },
    '/account/applications/:clientId/end': () => atAccount(/applications\/app\/end$/),
    '/account/change-password': () => atAccount(/change-password$/),
    '/account/sign-out': () => atAccount(/sign-out$/),
    '/account/replace-authenticator': () => atAccount(/replace-authenticator$/),
    '/account/new-backup-codes': () => atAccount(/new-backup-codes$/),
    '/account/sessions/end-others': () => atAccount(/end-others$/),
    '/account/sessions/:uid/end': () => atAccount(/sessions\/.+\/end$/),
    '/two-factor/reset/:token': async () => {
      const person = await fixture.person()
      return { fixture, person, page: await fixture.visitor().get((await fixture.reset(person)).link), fields: {} }
    },
    '/two-factor/reset/:token/renewal': async () => {
      const where = await hastyFixture()
      const person = await where.person()
      const { link } = await where.reset(person)
      await where.advance(HASTY_SECONDS)
      return { fixture: where, person, page: await where.visitor().get(link), fields: {} }
    },
    '/two-factor/:linkId/password': async () => {
      const person = await fixture.person({ roles: ['helpdesk'] })
      const page = await fixture.visitor().get((await fixture.reset(person)).link)
      return { fixture, person, page: await page.visitor.submit(page, {}), fields: { password: person.password } }
    },
    '/two-factor/:linkId/set-up': async () => {
      const { person, page } = await apps['/two-factor/reset/:token']!()
      const opened = await page.visitor.submit(page, {})
      return { fixture, person, page: opened, fields: { code: fixture.appOf(opened).at(fixture.server.now()) } }
    },
    '/two-factor/:linkId/backup-codes': async () => {
      const { person, page } = await apps['/two-factor/:linkId/set-up']!()
      return { fixture, person, page: await fixture.confirm(person, page), fields: { saved: 'yes' } }
    },
    '/invitation/:token': async () => {
      const person = await fixture.person({ status: 'pending', enrolled: false })
      return { fixture, person, page: await fixture.visitor().get(await fixture.invite(person)), fields: {} }
    },
    '/invitation/:linkId/password': async () => {
      const { person, page } = await apps['/invitation/:token']!()
      return { fixture, person, page: await page.visitor.submit(page, {}), fields: { password: person.password } }
    },
    '/invitation/:linkId/set-up': async () => {
      const { person, page } = await apps['/invitation/:linkId/password']!()
      const chosen = await page.visitor.submit(page, { password: person.password })
      return { fixture, person, page: chosen, fields: { code: fixture.appOf(chosen).at(fixture.server.now()) } }
    },
    '/invitation/:linkId/backup-codes': async () => {
      const { person, page } = await apps['/invitation/:linkId/set-up']!()
      return { fixture, person, page: await fixture.confirm(person, page), fields: { saved: 'yes' } }
    },
  }

  /** What must not have changed: the record, and the page the sign-in is on. */
  const stateOf = async ({ fixture: where, person, page }: App): Promise<string> => {
    await where.idle(person)
    const { h1, status } = await page.visitor.get(page.path)
    const account = (await where.host.rekey.state(person.id))?.account
    // Of somebody of whom nothing is kept yet it is this second's.
    const epoch = account?.factor.is === 'none' ? null : account?.epoch
    return JSON.stringify([{ ...account, epoch }, status, h1])
  }

  for (const { method, path, guards } of routes.filter(
    (route) => route.method === 'POST' && !route.path.startsWith('/management'),
  ))
    it(`at ${path} is taken from its own page only`, async () => {
      expect(guards.map(({ name }) => name)).to.include('form')
      const where = await apps[path]!()
      const { page, fields } = where
      const { action, token } = page.form!
      expect(action).to.match(new RegExp(`^${path.replaceAll(/:\w+/g, '[\\w.-]+')}$`))
      const [other, elsewhere] = [await fixture.begin(), await apps[path]!()]
      const before = await stateOf(where)
      const send = async (sent: Fields, headers: Extra = {}, visitor = page.visitor): Promise<Page> =>
        visitor.post(action, { ...fields, ...sent }, headers)
      const own = { origin: where.fixture.issuer }
      const stranger = where.fixture.visitor()
      const withoutCookie = page.visitor.stolen()
      withoutCookie.jar.drop('rekey')
      const withOtherCookie = page.visitor.stolen()
      withOtherCookie.jar.put({ name: 'rekey', value: other.visitor.jar.value('rekey') ?? '', path: '/' })
      const refused = [
        await send({}, own),
        await send({ form_token: '' }, own),
        await send({ form_token: 'garbage' }, own),
        await send({ form_token: [token, token] }, own),
        await send({ form_token: `${token}A` }, own),
        await send({ form_token: other.form!.token }, own),
        await send({ form_token: elsewhere.page.form!.token }, own),
        await send({ form_token: token }, own, stranger),
        await send({ form_token: token }, own, withoutCookie),
        await send({ form_token: token }, own, withOtherCookie),
        await send({ form_token: token }, { origin: 'https://evil.example' }),
        await send({ form_token: token }, { origin: `${where.fixture.issuer}.evil.example` }),
        await send({ form_token: token }, { origin: where.fixture.server.sample }),
        await send({ form_token: token }, { origin: 'null' }),
        await send({ form_token: token }, { origin: 'null', 'sec-fetch-site': 'cross-site' }),
        await send({ form_token: token }, { ...own, 'sec-fetch-site': 'cross-site' }),
        await send({ form_token: token }, { ...own, 'sec-fetch-site': 'same-site' }),
      ]
      expect(refused.map(({ status }) => status)).to.deep.equal(refused.map(() => 403))
      for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x'])
        expect((await send({ form_token: token }, { ...own, 'content-type': type })).status).to.equal(415)
      expect(await stateOf(where)).to.equal(before)
      // A browser that sends no Origin (`Referrer-Policy: no-referrer`) says where it comes from all the same.
      const taken = await send({ form_token: token }, { origin: 'null', 'sec-fetch-site': 'same-origin' })
      expect([method, taken.status]).to.deep.equal(['POST', taken.status === 303 ? 303 : 200])
      expect(taken.form?.action).not.to.equal(action)
    })

  it('has a time of its own: four hours', async () => {
    const page = await fixture.begin()
    const person = await fixture.person()
    await fixture.advance(4 * 3600)
    expect((await page.visitor.send(page, { email: person.email, password: person.password })).status).to.equal(403)
  })

  it('of the provider ends no session without its own page', async () => {
    const { visitor } = await fixture.enter(await fixture.person())
    // By POST it is sent on to the page that asks.
    const sentOn = await visitor.post('/session/end', {})
    expect([sentOn.status, sentOn.location]).to.deep.equal([303, '/session/end?'])
    const answers = [
      await visitor.get('/session/end'),
      await visitor.get(sentOn.location ?? ''),
      await visitor.post('/session/end/confirm', { logout: 'yes' }),
      await visitor.post('/session/end/confirm', { logout: 'yes', xsrf: 'guess' }),
      await visitor.post('/session/end/confirm', { logout: 'yes', xsrf: '' }),
    ]
    for (const { status } of answers) expect(status).to.be.oneOf([200, 400, 404])
    expect(await fixture.silently(visitor)).to.equal('code')
  })
})

describe('A call of the management API', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('is not taken from a page of another site, and costs no code', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const { id } = await fixture.reset(target)
    const code = await admin.person.code()
    const path = `/users/${target.id}/two-factor/resets`
    const foreign: Extra[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: fixture.issuer, 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: fixture.server.sample },
    ]
    for (const headers of foreign)
      for (const answer of [
        await admin.reset(target, { code }, headers),
        await admin.call('POST', `${path}/${id}/mail`, undefined, headers),
        await admin.call('DELETE', `${path}/${id}`, { freeze: true }, headers),
      ])
        expect([answer.status, answer.body.code]).to.deep.equal([403, 'origin_mismatch'])
    expect((await admin.call('GET', `${path}/${id}`)).body.status).to.equal('sent')
    expect(
      (await admin.reset(target, { code }, { origin: fixture.issuer, 'sec-fetch-site': 'same-origin' })).status,
    ).to.equal(201)
  })

  it('is not open to scripts of other origins: no CORS, nothing to be read', async () => {
    const admin = await fixture.admin()
    const preflight = await fixture.call('OPTIONS', '/users', undefined, {
      origin: 'https://evil.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    })
    const read = await admin.call('GET', '/users', undefined, { origin: 'https://evil.example' })
    for (const { headers } of [preflight, read]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).to.deep.equal([])
      expect(headers.get('cross-origin-resource-policy')).to.equal('same-origin')
    }
  })
})
