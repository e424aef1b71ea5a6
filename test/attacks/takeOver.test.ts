/** Attempts to sign in as another person, or beyond what was proven: pages out of order, foreign proofs, planted cookies. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { uidOf } from '../support/signIns.ts'
import { codesIn, type Page, setupKeyIn } from '../support/client.ts'
import { enrolledPerson } from './enrolledPerson.ts'
import { storedAccount } from '../support/storedAccount.ts'

describe('An attacker who wants the account of another person', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  describe('opens the pages in another order', () => {
    const pages = [
      '',
      '/begin',
      '/code',
      '/backup-code',
      '/check-email',
      '/set-up',
      '/backup-codes',
      '/backup-codes.txt',
      '/done',
      '/consent',
    ] as const
    const states: Record<
      string,
      readonly [reach: () => Promise<Page>, shown: Readonly<Record<string, string>>, elsewhere: string]
    > = {
      'nothing proven': [async () => fixture.begin(), { '': 'Sign in' }, 'Sign in'],
      'the password': [
        async () => fixture.challenge(await enrolledPerson(fixture)),
        { '': 'Sign in', '/code': 'Enter your code', '/backup-code': 'Use a backup code' },
        'Enter your code',
      ],
      'the password, and must set up': [
        async () => fixture.challenge(await fixture.person({ enrolled: false })),
        { '': 'Sign in', '/set-up': 'Set up your authenticator' },
        'Set up your authenticator',
      ],
      'the password, and must open the mailed link': [
        async () => {
          const person = await fixture.person({ roles: ['helpdesk'] })
          await fixture.reset(person)
          return fixture.challenge(person)
        },
        { '': 'Sign in', '/check-email': 'Check your email' },
        'Check your email',
      ],
      'a set-up whose codes are not saved': [
        async () => {
          const person = await fixture.person({ enrolled: false })
          return fixture.confirm(person, await fixture.challenge(person))
        },
        { '': 'Sign in', '/backup-codes': 'Save your backup codes', '/backup-codes.txt': 'a file' },
        'Save your backup codes',
      ],
    }

    for (const [proven, [reach, shown, elsewhere]] of Object.entries(states))
      it(`with ${proven}: sees the pages of that state only, and is signed in to no application`, async () => {
        const { visitor, path } = await reach()
        const base = `/sign-in/${/sign-in\/([\w-]+)/.exec(path)?.[1]}`
        for (const page of pages) {
          const found = await visitor.go(`${base}${page}`)
          const h1 =
            found.h1 ??
            (codesIn(`<li>${found.text.split('\n').join('</li><li>')}</li>`).length > 0 ? 'a file' : 'nothing')
          // The consent page leads to the beginning before its state.
          const otherwise = page === '/consent' ? 'Sign in' : elsewhere
          expect([page, h1, found.status]).to.deep.equal([page, shown[page] ?? otherwise, 200])
        }
        for (const clientId of ['app', 'shop', 'management'] as const)
          expect(await fixture.silently(visitor.stolen(), fixture.ask(clientId, { prompt: 'none' }))).to.equal(
            'login_required',
          )
        // Resuming begins again.
        const resumed = await visitor.go(base.replace('/sign-in', '/auth'))
        expect([resumed.h1, fixture.answerAt(resumed)]).to.deep.equal(['Sign in', null])
        expect(await fixture.silently(visitor)).to.equal('login_required')
      })

    it('with a session: sees no set-up and no codes by requesting them', async () => {
      const person = await enrolledPerson(fixture)
      const { visitor } = await fixture.enter(person)
      for (const parameters of [
        { prompt: 'login' },
        { prompt: 'two_factor' },
        { prompt: 'consent' },
        { max_age: '0' },
      ] as Record<string, string>[]) {
        const page = await fixture.begin(fixture.ask('shop', parameters), visitor)
        for (const where of ['/begin', '/set-up', '/backup-codes', '/backup-codes.txt', '/done']) {
          const found = await visitor.go(`/sign-in/${uidOf(page)}${where}`)
          expect([...setupKeyIn(found.text), ...codesIn(found.text)]).to.deep.equal([])
          expect(found.h1).to.be.oneOf(['Sign in', 'Enter your code', 'Allow access'])
        }
      }
    })
  })

  it('cannot use a proof of their own for another account in the same sign-in', async () => {
    const [victim, newcomer, unsaved] = [
      await enrolledPerson(fixture),
      await fixture.person({ enrolled: false }),
      await fixture.person(),
    ]
    // Their own set-up or code is proven; only the codes are not saved yet.
    const begun = [await fixture.begin(), await fixture.begin()]
    const own = [
      await fixture.confirm(newcomer, await fixture.enterPassword(begun[0]!, newcomer)),
      await fixture.continueSignIn(unsaved, await fixture.enterPassword(begun[1]!, unsaved)),
    ]
    for (const [index, shown] of own.entries()) {
      expect(shown.h1).to.equal('Save your backup codes')
      expect((await fixture.enterPassword(begun[index]!, victim)).h1).to.equal('Enter your code')
      const saved = await shown.visitor.submit(shown, { saved: 'yes' })
      expect(saved.h1).to.equal('Enter your code')
      expect(codesIn((await shown.visitor.go(shown.path)).text)).to.deep.equal([])
      // Their own code is refused for the victim.
      const person = index === 0 ? newcomer : unsaved
      expect((await saved.visitor.submit(saved, { code: await person.code() })).status).to.equal(422)
      expect(await fixture.silently(shown.visitor)).to.equal('login_required')
    }
    expect((await fixture.count(victim)).sessions).to.equal(1)
  })

  it('cannot plant a session cookie before the victim signs in', async () => {
    const attacker = fixture.visitor()
    await fixture.begin(fixture.ask(), attacker)
    const victim = attacker.stolen()
    await fixture.enter(await enrolledPerson(fixture), fixture.ask(), victim)
    expect(await fixture.silently(victim)).to.equal('code')
    expect(await fixture.silently(attacker)).to.equal('login_required')
    // The session id also changes at a second sign-in over a copied session.
    const before = victim.jar.value('rekey_session')
    await fixture.enter(await enrolledPerson(fixture), fixture.ask('app', { prompt: 'login' }), victim)
    expect(victim.jar.value('rekey_session')).not.to.equal(before)
  })

  it('ends a session in every copy by signing in over it', async () => {
    const [first, second] = [await enrolledPerson(fixture), await enrolledPerson(fixture)]
    const { visitor } = await fixture.enter(first)
    const copy = visitor.stolen()
    const tokens = await fixture.tokens(await fixture.enter(second, fixture.ask('app', { prompt: 'login' }), visitor))
    expect(await fixture.silently(copy)).to.equal('login_required')
    const me = await fixture.userinfo(tokens.access_token)
    expect(me.body.sub).to.equal(second.id)
  })

  describe('with a link or a ticket', () => {
    it('of their own cannot rename it to the victim’s reset', async () => {
      const [attacker, victim] = [await enrolledPerson(fixture), await enrolledPerson(fixture)]
      const [own, theirs] = [await fixture.reset(attacker), await fixture.reset(victim)]
      const visitor = fixture.visitor()
      const opened = await visitor.submit(await visitor.get(own.link), {})
      const ticket = visitor.jar.value(`rekey_link_${own.id}`)!
      for (const value of [ticket, `${ticket}A`, ticket.slice(0, -4), 'garbage', '']) {
        visitor.jar.put({ name: `rekey_link_${theirs.id}`, value, path: '/two-factor' })
        for (const where of ['set-up', 'backup-codes', 'backup-codes.txt', 'done']) {
          const page = await visitor.get(`/two-factor/${theirs.id}/${where}`)
          expect([page.status, page.h1]).to.deep.equal([410, 'Your sign-in was interrupted'])
        }
      }
      // The form of their own page is refused there too.
      const { token } = opened.form!
      const code = fixture.appOf(opened).at(fixture.server.now())
      const sent = await visitor.post(
        `/two-factor/${theirs.id}/set-up`,
        { form_token: token, code },
        { origin: fixture.issuer },
      )
      expect(sent.status).to.equal(403)
      expect((await fixture.count(victim)).state).to.equal('reset')
    })

    it('that leads to a set-up is not signed in by it', async () => {
      const [victim, other] = [await enrolledPerson(fixture), await enrolledPerson(fixture)]
      const { visitor } = await fixture.enter(other)
      const { link } = await fixture.reset(victim)
      const done = await fixture.setUp(victim, await visitor.submit(await visitor.get(link), {}))
      expect(done.h1).to.equal('You are all set')
      // The browser keeps its session; the victim's password is still needed.
      const request = fixture.ask('app', { prompt: 'none' })
      const tokens = await fixture.tokens({ request, code: fixture.codeAt(await visitor.get(request.path)) })
      expect((await fixture.userinfo(tokens.access_token)).body.sub).to.equal(other.id)
      expect((await fixture.count(victim)).sessions).to.equal(0)
    })

    it('cannot see or invalidate the secret of a set-up in a sign-in, nor the other way round', async () => {
      const person = await enrolledPerson(fixture)
      const { link } = await fixture.reset(person)
      const before = JSON.stringify(await storedAccount(fixture.host, person.id))
      const victim = fixture.visitor()
      const opened = await victim.submit(await victim.get(link), {})
      await fixture.idle(person)
      const after = await storedAccount(fixture.host, person.id)
      // A set-up that begins with the password does not change the record.
      const thieves = [
        await fixture.challenge(person),
        await fixture.challenge(person),
        await fixture.challenge(person),
      ]
      expect(JSON.stringify(await storedAccount(fixture.host, person.id)))
        .to.equal(JSON.stringify(after))
        .and.not.to.equal(before)
      const keys = [opened, ...thieves].flatMap(({ text }) => setupKeyIn(text))
      expect(new Set(keys).size).to.equal(4)
      expect(setupKeyIn((await victim.go(opened.path)).text)).to.deep.equal([keys[0]])
      expect((await fixture.setUp(person, opened)).h1).to.equal('You are all set')
      for (const thief of thieves) {
        const late = await thief.visitor.submit(thief, { code: fixture.appOf(thief).at(fixture.server.now()) })
        expect([late.status, late.h1]).to.deep.equal([409, 'Your authenticator was set up elsewhere'])
        // Loaded again it shows no key that leads nowhere.
        const again = await thief.visitor.get(thief.path)
        expect([again.status, again.h1, setupKeyIn(again.text)]).to.deep.equal([409, late.h1, []])
      }
    })
  })

  describe('with a code or token of another application', () => {
    it('cannot use it at their own', async () => {
      const person = await enrolledPerson(fixture)
      const entered = await fixture.enter(person)
      const stolen = { ...entered, request: { ...entered.request, clientId: 'management' as const } }
      expect((await fixture.exchange(stolen)).body.error).to.equal('invalid_grant')
      const request = fixture.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
      const tokens = await fixture.tokens(await fixture.enter(person, request))
      expect((await fixture.refresh('app', tokens.refresh_token)).body.error).to.equal('invalid_grant')
      expect((await fixture.introspect('app', tokens.access_token)).body).to.deep.equal({ active: false })
      await fixture.post('/token/revocation', 'app', { token: tokens.access_token })
      expect((await fixture.userinfo(tokens.access_token)).status).to.equal(200)
    })

    it('cannot request scopes that it was not given', async () => {
      const { resource } = fixture
      const { visitor } = await fixture.enter(await fixture.person({ roles: ['admin'] }))
      for (const clientId of ['app', 'shop', 'spa'] as const) {
        const page = await visitor.get(
          fixture.ask(clientId, { resource, scope: 'openid two-factor:reset', prompt: 'none' }).path,
        )
        expect(fixture.answerAt(page)?.get('error'), clientId).to.equal('invalid_target')
      }
      const robot = { grant_type: 'client_credentials', resource }
      for (const scope of ['two-factor:reset', 'users:write', 'users:read two-factor:reset']) {
        const { status, body } = await fixture.post('/token', 'robot', { ...robot, scope })
        expect(status === 400 || !String(body.scope).includes('reset'), scope).to.equal(true)
      }
      expect((await fixture.post('/token', 'app', { ...robot, scope: 'users:read' })).status).to.equal(400)
    })
  })

  it('cannot continue after being disabled between two steps', async () => {
    const [atCode, finished, inside] = [
      await enrolledPerson(fixture),
      await enrolledPerson(fixture),
      await enrolledPerson(fixture),
    ]
    const challenge = await fixture.challenge(atCode)
    const atEnd = await fixture.challenge(finished)
    const done = await atEnd.visitor.submit(atEnd, { code: await finished.code() })
    const request = fixture.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await fixture.enter(inside, request)
    const tokens = await fixture.tokens(entered)
    for (const { id } of [atCode, finished, inside]) await fixture.host.directory.setStatus(id, 'disabled')
    const tries = [
      await fixture.resume(await challenge.visitor.submit(challenge, { code: await atCode.code() })),
      await fixture.resume(done),
    ]
    for (const page of tries) expect([page.h1, fixture.answerAt(page)]).to.deep.equal(['Sign in', null])
    expect(await fixture.silently(entered.visitor)).to.equal('login_required')
    expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
    expect((await fixture.refresh('spa', tokens.refresh_token)).body.error).to.equal('invalid_grant')
  })

  it('cannot inject markup into a page', async () => {
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    const { resource } = fixture
    const pages = [
      await fixture.begin(fixture.ask('app', { login_hint: evil })),
      await fixture.begin(fixture.ask('app', { ui_locales: evil })),
      await fixture.visitor().get(fixture.ask('app', { redirect_uri: `http://127.0.0.1:9/${evil}` }).path),
      await fixture.visitor().get(fixture.ask('app', { scope: evil, resource }).path),
      await fixture.visitor().get(`/auth?client_id=${encodeURIComponent(evil)}`),
      await fixture.visitor().get(`/sign-in/${encodeURIComponent(evil)}`),
      await fixture.visitor().get(`/two-factor/reset/${encodeURIComponent(evil)}`),
      await fixture.visitor().get(`/nowhere/${encodeURIComponent(evil)}?language=${encodeURIComponent(evil)}`),
      await fixture.visitor().get('/session/end?client_id=' + encodeURIComponent(evil)),
    ]
    const page = await fixture.begin()
    pages.push(await page.visitor.submit(page, { email: evil, password: 'x' }))
    for (const { path, text, status } of pages) {
      expect(text, path.slice(0, 60)).not.to.match(/<script>alert|<img src=x/)
      expect(status).to.be.lessThan(500)
    }
  })
})
