/** Forms and API calls that another site, another browser or another page sends. */
import { expect } from 'chai'
import { routes } from '../../src/http/routes.ts'
import { ROUNDS, type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Extra, Fields, Page } from '../support/client.ts'
import { type FormPage, formPages } from './formPages.ts'
import { crossSiteHeaders, ownHeaders } from '../support/siteHeaders.ts'
import { storedAccount } from '../support/storedAccount.ts'

/** `npm run attacks` sends all to each form. Otherwise each is sent to every fourth one; all forms share one guard. */
const shareOf = <T>(all: readonly T[], form: number): readonly T[] =>
  ROUNDS > 1 ? all : all.filter((_, index) => index % 4 === form % 4)

describe('A form', () => {
  let fixture: ServerFixture
  let pages: ReturnType<typeof formPages>
  before(async () => {
    fixture = await sharedFixture()
    pages = formPages(fixture)
  })

  /** The record, and the page that the browser sees. */
  const stateOf = async ({ fixture: where, person, page }: FormPage): Promise<string> => {
    await where.idle(person)
    const { h1, status } = await page.visitor.get(page.path)
    const account = await storedAccount(where.host, person.id)
    // Without a stored record the epoch is the current second.
    const epoch = account?.factor.is === 'none' ? null : account?.epoch
    return JSON.stringify([{ ...account, epoch }, status, h1])
  }

  const formRoutes = routes.filter((route) => route.method === 'POST' && !route.path.startsWith('/management'))
  for (const [index, { method, path, guards, again }] of formRoutes.entries())
    it(`at ${path} is accepted from its own page only`, async () => {
      expect(guards.map(({ name }) => name)).to.include('form')
      const where = await pages[path]!()
      const { page, fields } = where
      const { action, token } = page.form!
      expect(action).to.match(new RegExp(`^${path.replaceAll(/:\w+/g, '[\\w.-]+')}$`))
      const [other, elsewhere] = [await fixture.begin(), await pages[path]!()]
      const before = await stateOf(where)
      const send = async (sent: Fields, headers: Extra = {}, visitor = page.visitor): Promise<Page> =>
        visitor.post(action, { ...fields, ...sent }, headers)
      const own = { origin: where.fixture.issuer }
      const stranger = where.fixture.visitor()
      const withoutCookie = page.visitor.stolen()
      withoutCookie.jar.drop('rekey')
      const withOtherCookie = page.visitor.stolen()
      withOtherCookie.jar.put({
        name: 'rekey',
        value: other.visitor.jar.value('rekey') ?? '',
        path: '/',
      })
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
        ...(await Promise.all(
          shareOf(crossSiteHeaders(own.origin), index).map((headers) =>
            send({ form_token: token }, headers, page.visitor.stolen()),
          ),
        )),
        // Without the cookie no header helps: a sandboxed frame of another site, in a browser without Sec-Fetch-Site.
        ...(await Promise.all(
          shareOf(ownHeaders(own.origin), index).map((headers) =>
            send({ form_token: token }, headers, withoutCookie.stolen()),
          ),
        )),
      ]
      expect(refused.map(({ status }) => status)).to.deep.equal(refused.map(() => 403))
      for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x'])
        expect((await send({ form_token: token }, { ...own, 'content-type': type })).status).to.equal(415)
      // A button for another language sends the form too, and does nothing else.
      const inLanguage = await send({ form_token: token, language: 'en' }, own)
      expect([inLanguage.status, inLanguage.location]).to.deep.equal([again ? 200 : 400, null])
      expect(await stateOf(where)).to.equal(before)
      const [first = {}, ...others] = shareOf(ownHeaders(own.origin), index)
      const taken = await send({ form_token: token }, first)
      expect([method, taken.status]).to.deep.equal(['POST', taken.status === 303 ? 303 : 200])
      expect(taken.form?.action).not.to.equal(action)
      // The same form again shows its result, whatever its headers are.
      for (const headers of others)
        expect((await send({ form_token: token }, headers)).status, JSON.stringify(headers)).not.to.equal(403)
    })

  it('expires after four hours', async () => {
    const page = await fixture.begin()
    const person = await fixture.person()
    await fixture.advance(4 * 3600)
    expect(
      (
        await page.visitor.send(page, {
          email: person.email,
          password: person.password,
        })
      ).status,
    ).to.equal(403)
  })

  it('of the provider ends no session without its own page', async () => {
    const { visitor } = await fixture.enter(await fixture.person())
    // A POST is redirected to the page that asks.
    const redirected = await visitor.post('/session/end', {})
    expect([redirected.status, redirected.location]).to.deep.equal([303, '/session/end?'])
    const answers = [
      await visitor.get('/session/end'),
      await visitor.get(redirected.location ?? ''),
      await visitor.post('/session/end/confirm', { logout: 'yes' }),
      await visitor.post('/session/end/confirm', { logout: 'yes', xsrf: 'guess' }),
      await visitor.post('/session/end/confirm', { logout: 'yes', xsrf: '' }),
    ]
    for (const { status, location } of answers)
      expect([status, location]).to.deep.equal(location === null ? [200, null] : [303, `${fixture.issuer}/session/end`])
    expect(await fixture.silently(visitor)).to.equal('code')
  })
})

describe('A call of the management API', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('is refused from a page of another site, and uses no code', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const { id } = await fixture.reset(target)
    const code = await admin.person.code()
    const path = `/users/${target.id}/two-factor/resets`
    const foreign: Extra[] = [
      { origin: 'https://evil.example' },
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

  it('has no CORS headers for scripts of other origins', async () => {
    const admin = await fixture.admin()
    const preflight = await fixture.call('OPTIONS', '/users', undefined, {
      origin: 'https://evil.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    })
    const read = await admin.call('GET', '/users', undefined, {
      origin: 'https://evil.example',
    })
    for (const { headers } of [preflight, read]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).to.deep.equal([])
      expect(headers.get('cross-origin-resource-policy')).to.equal('same-origin')
    }
  })
})
