/** Forms sent from elsewhere: another site, another browser, another page; and calls that a page of another site makes. */
import { expect } from 'chai'
import { routes } from '../../src/http/routes.ts'
import { type Arena, laxArena, openArena, sharedArena } from '../support/arena.ts'
import { ONE_FACTOR, TWO_FACTOR } from '../support/acr.ts'
import type { Person } from '../support/attackPeople.ts'
import { type Extra, type Fields, type Page, withForm } from '../support/client.ts'

/** A page with a form, just before it is sent. */
interface Place {
  readonly arena: Arena
  readonly person: Person
  readonly page: Page
  readonly fields: Fields
}

/** Where links expire soon, and a form shown before one does is still good after the next one did. */
const HASTY_SECONDS = 900
let hasty: Promise<Arena> | undefined
const hastyArena = (): Promise<Arena> =>
  (hasty ??= openArena({ reset: { links_per_hour: null, link_lifetime_seconds: HASTY_SECONDS } }))

describe('A form of ours', () => {
  let arena: Arena
  before(async () => {
    arena = await sharedArena()
  })

  /** One of the forms of somebody's own account, who is signed in elsewhere too. */
  async function atAccount(action: RegExp): Promise<Place> {
    const person = await arena.person()
    await arena.enter(person)
    return { arena, person, page: withForm(await arena.enterAccount(person), action), fields: {} }
  }

  /** One of the forms of the console, about somebody who is signed in and, where that is asked, was reset. */
  async function atConsole(part: string, action: RegExp, isReset = false): Promise<Place & { readonly admin: Person }> {
    const [person, admin] = [await arena.person(), await arena.person({ roles: ['admin'] })]
    await arena.enter(person)
    if (isReset) await arena.reset(person)
    const users = await arena.enterPlace(admin, '/admin/users', 'Users')
    const page = await users.visitor.go(`/admin/users/${person.id}${part}`)
    return { arena, person, admin, page: withForm(page, action), fields: {} }
  }

  /** The other form of a set-up page. */
  const atStay = (place: Place): Place => ({ ...place, page: withForm(place.page, /stay$/), fields: {} })

  const places: Record<string, () => Promise<Place>> = {
    '/admin/sign-out': () => atConsole('', /sign-out$/),
    '/admin/users/:id/two-factor/reset': () => atConsole('/two-factor/reset', /two-factor\/reset$/),
    '/admin/users/:id/two-factor/reset/step-up': async () => {
      const { person, page, admin } = await atConsole('/two-factor/reset', /two-factor\/reset$/)
      const asked = await page.visitor.submit(page, { reason: '', seen: '' })
      const act = /name="act" value="([^"]+)"/.exec(asked.text)?.[1] ?? ''
      return { arena, person, page: withForm(asked, /step-up$/), fields: { act, code: await admin.code() } }
    },
    '/admin/users/:id/two-factor/resets/:rid/mail': () => atConsole('', /\/mail$/, true),
    '/admin/users/:id/two-factor/resets/:rid/revoke': () => atConsole('', /\/revoke$/, true),
    '/admin/invite': async () => {
      const [person, admin] = [await arena.person(), await arena.person({ roles: ['admin'] })]
      const { visitor } = await arena.enterPlace(admin, '/admin/users', 'Users')
      const page = withForm(await visitor.go('/admin/invite'), /invite$/)
      return { arena, person, page, fields: { email: `${person.id}.new@example.com`, name: 'New' } }
    },
    '/admin/users/:id/invitation': async () => {
      const [person, admin] = [
        await arena.person({ status: 'pending', enrolled: false }),
        await arena.person({ roles: ['admin'] }),
      ]
      const { visitor } = await arena.enterPlace(admin, '/admin/users', 'Users')
      const page = withForm(await visitor.go(`/admin/users/${person.id}`), /invitation$/)
      return { arena, person, page, fields: {} }
    },
    '/admin/users/:id/edit': async () => {
      const place = await atConsole('/edit', /edit$/)
      const { name = '', email = '' } = (await arena.house.directory.find(place.person.id)) ?? {}
      return { ...place, fields: { name: 'Another Name', email, name_was: name, email_was: email } }
    },
    '/admin/users/:id/edit/step-up': async () => {
      const { person, page, admin } = await atConsole('', /status$/)
      const asked = await page.visitor.submit(page, { status: 'disabled' })
      const act = /name="act" value="([^"]+)"/.exec(asked.text)?.[1] ?? ''
      return { arena, person, page: withForm(asked, /step-up$/), fields: { act, code: await admin.code() } }
    },
    '/admin/users/:id/status': async () => ({ ...(await atConsole('', /status$/)), fields: { status: 'disabled' } }),
    '/admin/users/:id/sessions/end': () => atConsole('', /sessions\/end$/),
    '/sign-in/:uid': async () => {
      const person = await arena.person()
      return { arena, person, page: await arena.begin(), fields: { email: person.email, password: person.password } }
    },
    '/sign-in/:uid/begin': async () => {
      const place = await laxArena()
      const person = await place.person({ enrolled: false })
      const { visitor } = await place.enter(person, place.ask('app', { acr_values: ONE_FACTOR }))
      const page = await place.begin(place.ask('app', { acr_values: TWO_FACTOR }), visitor)
      return { arena: place, person, page, fields: {} }
    },
    '/sign-in/:uid/code': async () => {
      const person = await arena.person()
      await arena.enter(person)
      return { arena, person, page: await arena.challenge(person), fields: { code: await person.code() } }
    },
    '/sign-in/:uid/backup-code': async () => {
      const person = await arena.person()
      await arena.enter(person)
      return { arena, person, page: await arena.backup(person), fields: { code: person.codes[0]! } }
    },
    '/sign-in/:uid/change': async () => {
      const person = await arena.person()
      const { visitor } = await arena.enter(person)
      const page = await arena.begin(arena.ask('app', { prompt: 'replace_authenticator' }), visitor)
      return { arena, person, page, fields: { code: await person.code() } }
    },
    '/sign-in/:uid/cancel': async () => {
      const { person, page } = await places['/sign-in/:uid/change']!()
      return { arena, person, page: withForm(page, /cancel$/), fields: {} }
    },
    '/sign-in/:uid/check-email': async () => {
      const { person, page } = await places['/sign-in/:uid/check-email/again']!()
      await arena.openLink(person, page.visitor)
      return { arena, person, page: withForm(page, /check-email$/), fields: {} }
    },
    '/sign-in/:uid/check-email/again': async () => {
      const person = await arena.person({ roles: ['helpdesk'] })
      await arena.reset(person)
      return { arena, person, page: withForm(await arena.challenge(person), /again$/), fields: {} }
    },
    '/sign-in/:uid/set-up': async () => {
      const person = await arena.person({ enrolled: false })
      const page = await arena.challenge(person)
      return { arena, person, page, fields: { code: arena.appOf(page).at(arena.server.now()) } }
    },
    '/sign-in/:uid/stay': async () => atStay(await places['/sign-in/:uid/set-up']!()),
    '/two-factor/:linkId/stay': async () => atStay(await places['/two-factor/:linkId/set-up']!()),
    '/invitation/:linkId/stay': async () => atStay(await places['/invitation/:linkId/set-up']!()),
    '/sign-in/:uid/backup-codes': async () => {
      const person = await arena.person({ enrolled: false })
      const page = await arena.confirm(person, await arena.challenge(person))
      return { arena, person, page, fields: { saved: 'yes' } }
    },
    '/sign-in/:uid/consent': async () => {
      const person = await arena.person()
      const { visitor } = await arena.enter(person)
      return { arena, person, page: await arena.begin(arena.ask('shop'), visitor), fields: { decision: 'allow' } }
    },
    '/password': async () => {
      const person = await arena.person()
      return { arena, person, page: await arena.visitor().get('/password'), fields: { email: person.email } }
    },
    '/password/:token': async () => {
      const person = await arena.person()
      return { arena, person, page: await arena.visitor().get(await arena.forget(person)), fields: {} }
    },
    '/password/:linkId/password': async () => {
      const { person, page } = await places['/password/:token']!()
      const fields = { password: 'a horse that reads at night' }
      return { arena, person, page: await page.visitor.submit(page, {}), fields }
    },
    '/sign-in/:uid/password': async () => {
      const person = await arena.person()
      const { visitor } = await arena.enter(person)
      const asked = await arena.begin(arena.ask('app', { prompt: 'change_password' }), visitor)
      const page = await visitor.submit(asked, { code: await person.code() })
      const fields = { current_password: person.password, password: 'a horse that reads at night' }
      return { arena, person, page: withForm(page, /password$/), fields }
    },
    '/account/applications/:clientId/end': () => atAccount(/applications\/app\/end$/),
    '/account/change-password': () => atAccount(/change-password$/),
    '/account/sign-out': () => atAccount(/sign-out$/),
    '/account/replace-authenticator': () => atAccount(/replace-authenticator$/),
    '/account/new-backup-codes': () => atAccount(/new-backup-codes$/),
    '/account/sessions/end-others': () => atAccount(/end-others$/),
    '/account/sessions/:uid/end': () => atAccount(/sessions\/.+\/end$/),
    '/two-factor/reset/:token': async () => {
      const person = await arena.person()
      return { arena, person, page: await arena.visitor().get((await arena.reset(person)).link), fields: {} }
    },
    '/two-factor/reset/:token/renewal': async () => {
      const where = await hastyArena()
      const person = await where.person()
      const { link } = await where.reset(person)
      await where.advance(HASTY_SECONDS)
      return { arena: where, person, page: await where.visitor().get(link), fields: {} }
    },
    '/two-factor/:linkId/password': async () => {
      const person = await arena.person({ roles: ['helpdesk'] })
      const page = await arena.visitor().get((await arena.reset(person)).link)
      return { arena, person, page: await page.visitor.submit(page, {}), fields: { password: person.password } }
    },
    '/two-factor/:linkId/set-up': async () => {
      const { person, page } = await places['/two-factor/reset/:token']!()
      const opened = await page.visitor.submit(page, {})
      return { arena, person, page: opened, fields: { code: arena.appOf(opened).at(arena.server.now()) } }
    },
    '/two-factor/:linkId/backup-codes': async () => {
      const { person, page } = await places['/two-factor/:linkId/set-up']!()
      return { arena, person, page: await arena.confirm(person, page), fields: { saved: 'yes' } }
    },
    '/invitation/:token': async () => {
      const person = await arena.person({ status: 'pending', enrolled: false })
      return { arena, person, page: await arena.visitor().get(await arena.invite(person)), fields: {} }
    },
    '/invitation/:linkId/password': async () => {
      const { person, page } = await places['/invitation/:token']!()
      return { arena, person, page: await page.visitor.submit(page, {}), fields: { password: person.password } }
    },
    '/invitation/:linkId/set-up': async () => {
      const { person, page } = await places['/invitation/:linkId/password']!()
      const chosen = await page.visitor.submit(page, { password: person.password })
      return { arena, person, page: chosen, fields: { code: arena.appOf(chosen).at(arena.server.now()) } }
    },
    '/invitation/:linkId/backup-codes': async () => {
      const { person, page } = await places['/invitation/:linkId/set-up']!()
      return { arena, person, page: await arena.confirm(person, page), fields: { saved: 'yes' } }
    },
  }

  /** What must not have changed: the record, and the page the sign-in is on. */
  const stateOf = async ({ arena: where, person, page }: Place): Promise<string> => {
    await where.settled(person)
    const { h1, status } = await page.visitor.get(page.path)
    const account = (await where.house.rekey.state(person.id))?.account
    // Of somebody of whom nothing is kept yet it is this second's.
    const epoch = account?.factor.is === 'none' ? null : account?.epoch
    return JSON.stringify([{ ...account, epoch }, status, h1])
  }

  for (const { method, path, guards } of routes.filter(
    (route) => route.method === 'POST' && !route.path.startsWith('/management'),
  ))
    it(`at ${path} is taken from its own page only`, async () => {
      expect(guards.map(({ name }) => name)).to.include('form')
      const place = await places[path]!()
      const { page, fields } = place
      const { action, token } = page.form!
      expect(action).to.match(new RegExp(`^${path.replaceAll(/:\w+/g, '[\\w.-]+')}$`))
      const [other, elsewhere] = [await arena.begin(), await places[path]!()]
      const before = await stateOf(place)
      const send = async (sent: Fields, headers: Extra = {}, visitor = page.visitor): Promise<Page> =>
        visitor.post(action, { ...fields, ...sent }, headers)
      const own = { origin: place.arena.issuer }
      const stranger = place.arena.visitor()
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
        await send({ form_token: token }, { origin: `${place.arena.issuer}.evil.example` }),
        await send({ form_token: token }, { origin: place.arena.server.sample }),
        await send({ form_token: token }, { origin: 'null' }),
        await send({ form_token: token }, { origin: 'null', 'sec-fetch-site': 'cross-site' }),
        await send({ form_token: token }, { ...own, 'sec-fetch-site': 'cross-site' }),
        await send({ form_token: token }, { ...own, 'sec-fetch-site': 'same-site' }),
      ]
      expect(refused.map(({ status }) => status)).to.deep.equal(refused.map(() => 403))
      for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x'])
        expect((await send({ form_token: token }, { ...own, 'content-type': type })).status).to.equal(415)
      expect(await stateOf(place)).to.equal(before)
      // A browser that sends no Origin (`Referrer-Policy: no-referrer`) says where it comes from all the same.
      const taken = await send({ form_token: token }, { origin: 'null', 'sec-fetch-site': 'same-origin' })
      expect([method, taken.status]).to.deep.equal(['POST', taken.status === 303 ? 303 : 200])
      expect(taken.form?.action).not.to.equal(action)
    })

  it('has a time of its own: four hours', async () => {
    const page = await arena.begin()
    const person = await arena.person()
    await arena.advance(4 * 3600)
    expect((await page.visitor.send(page, { email: person.email, password: person.password })).status).to.equal(403)
  })

  it('of the provider ends no session without its own page', async () => {
    const { visitor } = await arena.enter(await arena.person())
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
    expect(await arena.silently(visitor)).to.equal('code')
  })
})

describe('A call of the management API', () => {
  let arena: Arena
  before(async () => {
    arena = await sharedArena()
  })

  it('is not taken from a page of another site, and costs no code', async () => {
    const [admin, target] = [await arena.admin(), await arena.person()]
    const { id } = await arena.reset(target)
    const code = await admin.person.code()
    const path = `/users/${target.id}/two-factor/resets`
    const foreign: Extra[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: arena.issuer, 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: arena.server.sample },
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
      (await admin.reset(target, { code }, { origin: arena.issuer, 'sec-fetch-site': 'same-origin' })).status,
    ).to.equal(201)
  })

  it('is not open to scripts of other origins: no CORS, nothing to be read', async () => {
    const admin = await arena.admin()
    const preflight = await arena.call('OPTIONS', '/users', undefined, {
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
