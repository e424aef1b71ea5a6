/** Attempts to get in as somebody else, or further than what was proven: pages out of order, borrowed proofs, planted cookies. */
import { expect } from 'chai'
import { type Arena, sharedArena } from '../support/arena.ts'
import type { Person } from '../support/attackPeople.ts'
import { uidOf } from '../support/attackSignIns.ts'
import { codesIn, type Page, setupKeyIn } from '../support/client.ts'

describe('Somebody who wants to be somebody else', () => {
  let arena: Arena
  before(async () => {
    arena = await sharedArena()
  })

  async function settledPerson(): Promise<Person> {
    const person = await arena.person()
    await arena.enter(person)
    return person
  }

  describe('goes through the pages in another order', () => {
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
      'nobody yet': [async () => arena.begin(), { '': 'Sign in' }, 'Sign in'],
      'the password': [
        async () => arena.challenge(await settledPerson()),
        { '': 'Sign in', '/code': 'Enter your code', '/backup-code': 'Use a backup code' },
        'Enter your code',
      ],
      'the password, and must set up': [
        async () => arena.challenge(await arena.person({ enrolled: false })),
        { '': 'Sign in', '/set-up': 'Set up your authenticator' },
        'Set up your authenticator',
      ],
      'the password, and must open the mailed link': [
        async () => {
          const person = await arena.person({ roles: ['helpdesk'] })
          await arena.reset(person)
          return arena.challenge(person)
        },
        { '': 'Sign in', '/check-email': 'Check your email' },
        'Check your email',
      ],
      'a set-up whose codes are not saved': [
        async () => {
          const person = await arena.person({ enrolled: false })
          return arena.confirm(person, await arena.challenge(person))
        },
        { '': 'Sign in', '/backup-codes': 'Save your backup codes', '/backup-codes.txt': 'a file' },
        'Save your backup codes',
      ],
    }

    for (const [proven, [reach, shown, elsewhere]] of Object.entries(states))
      it(`with ${proven}: sees what belongs to it and nothing further, and is nobody to any application`, async () => {
        const { visitor, path } = await reach()
        const base = `/sign-in/${/sign-in\/([\w-]+)/.exec(path)?.[1]}`
        for (const page of pages) {
          const found = await visitor.go(`${base}${page}`)
          const h1 =
            found.h1 ??
            (codesIn(`<li>${found.text.split('\n').join('</li><li>')}</li>`).length > 0 ? 'a file' : 'nothing')
          // The consent page sends whoever has not got so far to the beginning.
          const otherwise = page === '/consent' ? 'Sign in' : elsewhere
          expect([page, h1, found.status]).to.deep.equal([page, shown[page] ?? otherwise, 200])
        }
        for (const clientId of ['app', 'shop', 'desk'] as const)
          expect(await arena.silently(visitor.stolen(), arena.ask(clientId, { prompt: 'none' }))).to.equal(
            'login_required',
          )
        // Going on as if it were done begins again.
        const resumed = await visitor.go(base.replace('/sign-in', '/auth'))
        expect([resumed.h1, arena.answerAt(resumed)]).to.deep.equal(['Sign in', null])
        expect(await arena.silently(visitor)).to.equal('login_required')
      })

    it('with a whole session: reaches no set-up, and sees no codes, by asking for them', async () => {
      const person = await settledPerson()
      const { visitor } = await arena.enter(person)
      for (const parameters of [
        { prompt: 'login' },
        { prompt: 'two_factor' },
        { prompt: 'consent' },
        { max_age: '0' },
      ] as Record<string, string>[]) {
        const page = await arena.begin(arena.ask('shop', parameters), visitor)
        for (const place of ['/begin', '/set-up', '/backup-codes', '/backup-codes.txt', '/done']) {
          const found = await visitor.go(`/sign-in/${uidOf(page)}${place}`)
          expect([...setupKeyIn(found.text), ...codesIn(found.text)]).to.deep.equal([])
          expect(found.h1).to.be.oneOf(['Sign in', 'Enter your code', 'Allow access'])
        }
      }
    })
  })

  it('lends a proof of their own to another account in the same sign-in', async () => {
    const [victim, newcomer, unsaved] = [
      await settledPerson(),
      await arena.person({ enrolled: false }),
      await arena.person(),
    ]
    // Their own set-up, or their own code, is proven and only waits for the codes to be saved.
    const begun = [await arena.begin(), await arena.begin()]
    const own = [
      await arena.confirm(newcomer, await arena.enterPassword(begun[0]!, newcomer)),
      await arena.goOn(unsaved, await arena.enterPassword(begun[1]!, unsaved)),
    ]
    for (const [index, shown] of own.entries()) {
      expect(shown.h1).to.equal('Save your backup codes')
      expect((await arena.enterPassword(begun[index]!, victim)).h1).to.equal('Enter your code')
      const saved = await shown.visitor.submit(shown, { saved: 'yes' })
      expect(saved.h1).to.equal('Enter your code')
      expect(codesIn((await shown.visitor.go(shown.path)).text)).to.deep.equal([])
      // Nor is their own code the victim's.
      const person = index === 0 ? newcomer : unsaved
      expect((await saved.visitor.submit(saved, { code: await person.code() })).status).to.equal(422)
      expect(await arena.silently(shown.visitor)).to.equal('login_required')
    }
    expect((await arena.count(victim)).sessions).to.equal(1)
  })

  it('plants a session cookie before the victim signs in', async () => {
    const attacker = arena.visitor()
    await arena.begin(arena.ask(), attacker)
    const victim = attacker.stolen()
    await arena.enter(await settledPerson(), arena.ask(), victim)
    expect(await arena.silently(victim)).to.equal('code')
    expect(await arena.silently(attacker)).to.equal('login_required')
    // And again, when the victim proves themselves once more over a session the attacker has copied since.
    const before = victim.jar.value('rekey_session')
    await arena.enter(await settledPerson(), arena.ask('app', { prompt: 'login' }), victim)
    expect(victim.jar.value('rekey_session')).not.to.equal(before)
  })

  it('signs in over the session of another: theirs has ended, in every copy', async () => {
    const [first, second] = [await settledPerson(), await settledPerson()]
    const { visitor } = await arena.enter(first)
    const copy = visitor.stolen()
    const tokens = await arena.tokens(await arena.enter(second, arena.ask('app', { prompt: 'login' }), visitor))
    expect(await arena.silently(copy)).to.equal('login_required')
    const me = await arena.userinfo(tokens.access_token)
    expect(me.body.sub).to.equal(second.id)
  })

  describe('holds a link or a ticket', () => {
    it('of their own, and renames it to the victim’s reset', async () => {
      const [attacker, victim] = [await settledPerson(), await settledPerson()]
      const [own, theirs] = [await arena.reset(attacker), await arena.reset(victim)]
      const visitor = arena.visitor()
      const opened = await visitor.submit(await visitor.get(own.link), {})
      const ticket = visitor.jar.value(`rekey_link_${own.id}`)!
      for (const value of [ticket, `${ticket}A`, ticket.slice(0, -4), 'garbage', '']) {
        visitor.jar.put({ name: `rekey_link_${theirs.id}`, value, path: '/two-factor' })
        for (const place of ['set-up', 'backup-codes', 'backup-codes.txt', 'done']) {
          const page = await visitor.get(`/two-factor/${theirs.id}/${place}`)
          expect([page.status, page.h1]).to.deep.equal([410, 'Your sign-in was interrupted'])
        }
      }
      // Nor by sending the form of their own page there.
      const { token } = opened.form!
      const code = arena.appOf(opened).at(arena.server.now())
      const sent = await visitor.post(
        `/two-factor/${theirs.id}/set-up`,
        { form_token: token, code },
        { origin: arena.issuer },
      )
      expect(sent.status).to.equal(403)
      expect((await arena.count(victim)).state).to.equal('reset')
    })

    it('that leads to a set-up, and expects to be signed in by it', async () => {
      const [victim, other] = [await settledPerson(), await settledPerson()]
      const { visitor } = await arena.enter(other)
      const { link } = await arena.reset(victim)
      const done = await arena.setUp(victim, await visitor.submit(await visitor.get(link), {}))
      expect(done.h1).to.equal('You are all set')
      // The browser is still whose it was, and the victim's password is still needed.
      const asked = arena.ask('app', { prompt: 'none' })
      const tokens = await arena.tokens({ asked, code: arena.codeAt(await visitor.get(asked.path)) })
      expect((await arena.userinfo(tokens.access_token)).body.sub).to.equal(other.id)
      expect((await arena.count(victim)).sessions).to.equal(0)
    })

    it('and shares nothing with the other door: neither sees or voids what the other scans', async () => {
      const person = await settledPerson()
      const { link } = await arena.reset(person)
      const before = JSON.stringify((await arena.house.rekey.state(person.id))?.account)
      const victim = arena.visitor()
      const opened = await victim.submit(await victim.get(link), {})
      await arena.settled(person)
      const after = (await arena.house.rekey.state(person.id))?.account
      // Whoever has the password begins as often as they like; the record learns nothing of it.
      const thieves = [await arena.challenge(person), await arena.challenge(person), await arena.challenge(person)]
      expect(JSON.stringify((await arena.house.rekey.state(person.id))?.account))
        .to.equal(JSON.stringify(after))
        .and.not.to.equal(before)
      const keys = [opened, ...thieves].flatMap(({ text }) => setupKeyIn(text))
      expect(new Set(keys).size).to.equal(4)
      expect(setupKeyIn((await victim.go(opened.path)).text)).to.deep.equal([keys[0]])
      expect((await arena.setUp(person, opened)).h1).to.equal('You are all set')
      for (const thief of thieves) {
        const late = await thief.visitor.submit(thief, { code: arena.appOf(thief).at(arena.server.now()) })
        expect([late.status, late.h1]).to.deep.equal([409, 'Your authenticator was set up elsewhere'])
      }
    })
  })

  describe('has a code or token of another application', () => {
    it('and brings it to their own: nobody is fooled', async () => {
      const person = await settledPerson()
      const entered = await arena.enter(person)
      const stolen = { ...entered, asked: { ...entered.asked, clientId: 'desk' as const } }
      expect((await arena.exchange(stolen)).body.error).to.equal('invalid_grant')
      const asked = arena.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
      const tokens = await arena.tokens(await arena.enter(person, asked))
      expect((await arena.refresh('app', tokens.refresh_token)).body.error).to.equal('invalid_grant')
      expect((await arena.introspect('app', tokens.access_token)).body).to.deep.equal({ active: false })
      await arena.post('/token/revocation', 'app', { token: tokens.access_token })
      expect((await arena.userinfo(tokens.access_token)).status).to.equal(200)
    })

    it('or asks for rights that it was not given', async () => {
      const { resource } = arena
      const { visitor } = await arena.enter(await arena.person({ roles: ['admin'] }))
      for (const clientId of ['app', 'shop', 'spa'] as const) {
        const page = await visitor.get(
          arena.ask(clientId, { resource, scope: 'openid two-factor:reset', prompt: 'none' }).path,
        )
        expect(arena.answerAt(page)?.get('error'), clientId).to.equal('invalid_target')
      }
      const robot = { grant_type: 'client_credentials', resource }
      for (const scope of ['two-factor:reset', 'users:write', 'users:read two-factor:reset']) {
        const { status, body } = await arena.post('/token', 'robot', { ...robot, scope })
        expect(status === 400 || !String(body.scope).includes('reset'), scope).to.equal(true)
      }
      expect((await arena.post('/token', 'app', { ...robot, scope: 'users:read' })).status).to.equal(400)
    })
  })

  it('was disabled between two steps, and goes on', async () => {
    const [atCode, finished, inside] = [await settledPerson(), await settledPerson(), await settledPerson()]
    const challenge = await arena.challenge(atCode)
    const atEnd = await arena.challenge(finished)
    const done = await atEnd.visitor.submit(atEnd, { code: await finished.code() })
    const asked = arena.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await arena.enter(inside, asked)
    const tokens = await arena.tokens(entered)
    for (const { id } of [atCode, finished, inside]) await arena.house.directory.setStatus(id, 'disabled')
    const tries = [
      await arena.resume(await challenge.visitor.submit(challenge, { code: await atCode.code() })),
      await arena.resume(done),
    ]
    for (const page of tries) expect([page.h1, arena.answerAt(page)]).to.deep.equal(['Sign in', null])
    expect(await arena.silently(entered.visitor)).to.equal('login_required')
    expect((await arena.userinfo(tokens.access_token)).status).to.equal(401)
    expect((await arena.refresh('spa', tokens.refresh_token)).body.error).to.equal('invalid_grant')
  })

  it('writes markup into whatever is said back', async () => {
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    const { resource } = arena
    const pages = [
      await arena.begin(arena.ask('app', { login_hint: evil })),
      await arena.begin(arena.ask('app', { ui_locales: evil })),
      await arena.visitor().get(arena.ask('app', { redirect_uri: `http://127.0.0.1:9/${evil}` }).path),
      await arena.visitor().get(arena.ask('app', { scope: evil, resource }).path),
      await arena.visitor().get(`/auth?client_id=${encodeURIComponent(evil)}`),
      await arena.visitor().get(`/sign-in/${encodeURIComponent(evil)}`),
      await arena.visitor().get(`/two-factor/reset/${encodeURIComponent(evil)}`),
      await arena.visitor().get(`/nowhere/${encodeURIComponent(evil)}?language=${encodeURIComponent(evil)}`),
      await arena.visitor().get('/session/end?client_id=' + encodeURIComponent(evil)),
    ]
    const page = await arena.begin()
    pages.push(await page.visitor.submit(page, { email: evil, password: 'x' }))
    for (const { path, text, status } of pages) {
      expect(text, path.slice(0, 60)).not.to.match(/<script>alert|<img src=x/)
      expect(status).to.be.lessThan(500)
    }
  })
})
