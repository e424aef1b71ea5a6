/** Everything that may happen once, done by a crowd at once. What is counted are effects: sessions, set-ups, tokens, resets, letters. */
import { expect } from 'chai'
import { type Arena, crowd, ROUNDS, sharedArena, tally } from '../support/arena.ts'
import type { Tokens } from '../support/attackParties.ts'
import { uidOf } from '../support/attackSignIns.ts'
import { codesIn, type Page, setupKeyIn } from '../support/client.ts'
import { WRONG_CODE } from '../support/sentences.ts'

for (let round = 1; round <= ROUNDS; round++)
  describe(`A crowd at once${round > 1 ? `, round ${round}` : ''}`, () => {
    let arena: Arena
    before(async () => {
      arena = await sharedArena()
    })

    const comingBack = (pages: readonly Page[]): number =>
      pages.filter((page) => arena.answerAt(page)?.get('code')).length

    describe('with one authenticator code', () => {
      it('from one form gets one session: all see the first result', async () => {
        const person = await arena.person()
        await arena.enter(person)
        const before = await arena.count(person)
        const page = await arena.challenge(person)
        const code = await person.code()
        const sent = await crowd(() => page.visitor.send(page, { code }))
        expect(tally(sent)).to.deep.equal({ 200: sent.length })
        const back = await crowd(() => arena.resume(sent[0]!))
        expect(comingBack(back)).to.equal(1)
        const { sessions, events } = await arena.count(person)
        expect([sessions, events.length]).to.deep.equal([before.sessions + 1, before.events.length])
      })

      it('from as many forms of one sign-in gets one session', async () => {
        const person = await arena.person()
        await arena.enter(person)
        const page = await arena.challenge(person)
        const forms = await crowd(() => page.visitor.get(page.path))
        expect(new Set(forms.map(({ form }) => form?.token)).size).to.equal(forms.length)
        const code = await person.code()
        const sent = await crowd(async (index) => page.visitor.send(forms[index]!, { code }))
        expect(sent.filter(({ status }) => status !== 200 && status !== 422)).to.deep.equal([])
        const done = sent.filter(({ status }) => status === 200)
        expect(comingBack(await crowd(() => arena.resume(done[0]!)))).to.equal(1)
        expect((await arena.count(person)).sessions).to.equal(2)
      })

      it('and going on while the others are still on their way gets one session all the same', async () => {
        const person = await arena.person()
        await arena.enter(person)
        const page = await arena.challenge(person)
        const code = await person.code()
        const back: Page[] = []
        const sent = await crowd(async () => {
          const done = await page.visitor.send(page, { code })
          back.push(await page.visitor.get(`/auth/${uidOf(page)}`))
          return done
        })
        back.push(await page.visitor.get(`/auth/${uidOf(page)}`))
        expect(comingBack(back)).to.equal(1)
        const { 200: done = 0, 400: over = 0, ...others } = tally(sent)
        expect([others, done + over]).to.deep.equal([{}, sent.length])
        expect((await arena.count(person)).sessions).to.equal(2)
      })

      it('in as many browsers lets one in; all others are told that it is wrong or used', async () => {
        const person = await arena.person()
        await arena.enter(person)
        const pages = await crowd(() => arena.challenge(person))
        const code = await person.code()
        const sent = await crowd(async (index) => pages[index]!.visitor.send(pages[index]!, { code }))
        expect(tally(sent)).to.deep.equal({ 200: 1, 422: sent.length - 1 })
        for (const page of sent)
          if (page.status === 422) expect([page.h1, page.alert]).to.deep.equal(['Enter your code', WRONG_CODE])
        // Whoever was refused does not get in by going on either.
        const back = await crowd(async (index) => pages[index]!.visitor.go(`/auth/${uidOf(pages[index]!)}`))
        expect(comingBack(back)).to.equal(1)
        expect((await arena.count(person)).sessions).to.equal(2)
      })
    })

    it('with one backup code in as many browsers lets one in and sends one notice', async () => {
      const person = await arena.person()
      await arena.enter(person)
      const pages = await crowd(async () => {
        const { visitor, path } = await arena.challenge(person)
        return visitor.get(path.replace(/code$/, 'backup-code'))
      })
      const code = person.codes[0]!
      const sent = await crowd(async (index) => pages[index]!.visitor.send(pages[index]!, { code }))
      const { 200: done, 422: refused = 0, 429: paused = 0, ...others } = tally(sent)
      expect([done, refused + paused, others]).to.deep.equal([1, sent.length - 1, {}])
      const counted = await arena.count(person)
      expect([
        counted.codes,
        counted.audit('two_factor.backup_code_used'),
        counted.letters(/^A backup code was used/),
      ]).to.deep.equal([9, 1, 1])
      await Promise.all(sent.filter(({ status }) => status === 200).map((page) => arena.resume(page)))
      expect((await arena.count(person)).sessions).to.equal(2)
    })

    describe('confirming a set-up', () => {
      it('in one browser sets up once, and all see the same backup codes', async () => {
        const person = await arena.person({ enrolled: false })
        const page = await arena.challenge(person)
        person.authenticator = arena.appOf(page)
        const code = await person.code()
        const forms = await crowd(async (index) => (index % 2 === 0 ? page : page.visitor.get(page.path)))
        const sent = await crowd(async (index) => page.visitor.send(forms[index]!, { code }))
        expect(tally(sent)).to.deep.equal({ 303: sent.length })
        const shown = await crowd(() => page.visitor.go(sent[0]!.location!))
        expect(new Set(shown.map(({ text }) => codesIn(text).join())).size).to.equal(1)
        const done = await crowd(async (index) => arena.saveCodes(person, shown[index]!))
        expect(comingBack(await crowd(() => arena.resume(done[0]!)))).to.equal(1)
        const { audit, letters, sessions } = await arena.count(person)
        expect([audit('two_factor.enrolled'), letters(/is on/), sessions]).to.deep.equal([1, 1, 1])
      })

      it('in as many browsers, each with a secret of its own, one wins and keeps what it scanned', async () => {
        const person = await arena.person({ enrolled: false })
        const pages = await crowd(() => arena.challenge(person), 20)
        const keys = pages.map(({ text }) => setupKeyIn(text)[0]!)
        expect(new Set(keys).size).to.equal(keys.length)
        const sent = await Promise.all(
          pages.map(async (page) => {
            const own = arena.appOf(page)
            return page.visitor.send(page, { code: own.at(arena.server.now()) })
          }),
        )
        expect(tally(sent)).to.deep.equal({ 303: 1, 409: pages.length - 1 })
        for (const { status, h1 } of sent)
          if (status === 409) expect(h1).to.equal('Your authenticator was set up elsewhere')
        const { audit, letters } = await arena.count(person)
        expect([audit('two_factor.enrolled'), letters(/is on/)]).to.deep.equal([1, 1])
      })

      it('at both doors after a reset completes it once', async () => {
        const person = await arena.person()
        const { id, link } = await arena.reset(person)
        const before = await arena.count(person)
        const atDoors = await crowd(async (index) => {
          if (index % 2 === 0) return arena.challenge(person)
          const visitor = arena.visitor()
          return visitor.submit(await visitor.get(link), {})
        }, 20)
        expect(atDoors.map(({ h1 }) => h1)).to.deep.equal(atDoors.map(() => 'Set up your authenticator'))
        const sent = await Promise.all(
          atDoors.map(async (page) => {
            const own = arena.appOf(page)
            return page.visitor.send(page, { code: own.at(arena.server.now()) })
          }),
        )
        const { 303: won, 409: elsewhere = 0, 410: used = 0, ...others } = tally(sent)
        expect([won, elsewhere + used, others]).to.deep.equal([1, atDoors.length - 1, {}])
        const counted = await arena.count(person)
        expect(counted.audit('two_factor.enrolled') - before.audit('two_factor.enrolled')).to.equal(1)
        expect(counted.audit('two_factor.reset.completed')).to.equal(1)
        expect(counted.user.two_factor.reset).to.include({ id, status: 'completed' })
      })
    })

    it('resetting somebody who confirms in the same instant leaves one or the other whole, and no session of both', async () => {
      const people = await crowd(() => arena.person(), 6)
      const links = await Promise.all(people.map(async (person) => (await arena.reset(person)).link))
      const administrators = await crowd(() => arena.admin(), people.length)
      const places = await Promise.all(
        people.map(async (person, index) => {
          if (index % 2 === 0) return arena.challenge(person)
          const visitor = arena.visitor()
          return visitor.submit(await visitor.get(links[index]!), {})
        }),
      )
      const codes = await Promise.all(administrators.map(async ({ person }) => person.code()))
      const [confirmed, resets] = await Promise.all([
        Promise.all(places.map((page) => page.visitor.send(page, { code: arena.appOf(page).at(arena.server.now()) }))),
        Promise.all(administrators.map((admin, index) => admin.reset(people[index]!, { code: codes[index] }))),
      ])
      expect(tally(resets)).to.deep.equal({ 201: people.length })
      for (const [index, person] of people.entries()) {
        const { state, sessions, audit } = await arena.count(person)
        // Whoever came second saw the first: a set-up after the reset was refused, a reset after the set-up has undone it.
        expect([state, sessions]).to.deep.equal(['reset', 0])
        expect(audit('two_factor.enrolled')).to.equal(confirmed[index]!.status === 303 ? 1 : 0)
        expect((await arena.challenge(person)).h1).to.equal('Set up your authenticator')
      }
    })

    describe('at the mailed link', () => {
      it('pressing Continue opens it once, and confirming sets up once', async () => {
        const person = await arena.person()
        const { link } = await arena.reset(person)
        const visitor = arena.visitor()
        const page = await visitor.get(link)
        const opened = await crowd(() => visitor.send(page, {}))
        expect(tally(opened)).to.deep.equal({ 303: opened.length })
        const place = await visitor.go(opened[0]!.location!)
        person.authenticator = arena.appOf(place)
        const code = await person.code()
        const sent = await crowd(() => visitor.send(place, { code }))
        expect(tally(sent)).to.deep.equal({ 303: sent.length })
        const { audit, letters } = await arena.count(person)
        expect([
          audit('two_factor.reset.opened'),
          audit('two_factor.enrolled'),
          audit('two_factor.reset.completed'),
        ]).to.deep.equal([1, 1, 1])
        expect(letters(/is on/)).to.equal(1)
      })
    })

    describe('with a code of the acting person', () => {
      it('and one Idempotency-Key resets once, and all are told of the same reset', async () => {
        const [admin, target] = await Promise.all([arena.admin(), arena.person()])
        const code = await admin.person.code()
        const answers = await crowd(() =>
          admin.reset(target, { code, reason: 'lost' }, { 'idempotency-key': 'ticket-1' }),
        )
        expect(tally(answers)).to.deep.equal({ 201: answers.length })
        expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1)
        const { audit, letters } = await arena.count(target)
        expect([audit('two_factor.reset.started'), letters(/was reset/)]).to.deep.equal([1, 1])
      })

      it('and as many keys resets once', async () => {
        const [admin, target] = await Promise.all([arena.admin(), arena.person()])
        const code = await admin.person.code()
        const answers = await crowd((index) => admin.reset(target, { code }, { 'idempotency-key': `key-${index}` }))
        expect(tally(answers)).to.deep.equal({ 201: 1, 422: answers.length - 1 })
        const { audit, letters } = await arena.count(target)
        expect([audit('two_factor.reset.started'), letters(/was reset/)]).to.deep.equal([1, 1])
      })

      it('and as many targets resets one of them', async () => {
        const admin = await arena.admin()
        const targets = await crowd(() => arena.person(), 20)
        const code = await admin.person.code()
        const answers = await Promise.all(targets.map((target) => admin.reset(target, { code })))
        expect(tally(answers)).to.deep.equal({ 201: 1, 422: targets.length - 1 })
        const states = await Promise.all(targets.map(async (target) => (await arena.count(target)).state))
        expect(states.filter((state) => state === 'reset')).to.have.length(1)
      })

      it('at the sign-in and at a step-up burns it once', async () => {
        const [admin, target] = await Promise.all([arena.admin(), arena.person()])
        const pages = await crowd(() => arena.challenge(admin.person), 10)
        const code = await admin.person.code()
        const [signIns, resets] = await Promise.all([
          Promise.all(pages.map((page) => page.visitor.send(page, { code }))),
          crowd(() => admin.reset(target, { code }), 10),
        ])
        const won = [...signIns, ...resets].filter(({ status }) => status === 200 || status === 201)
        expect(won).to.have.length(1)
      })
    })

    it('with codes of their own, as many administrators reset one person: one link is live, the newest', async () => {
      const target = await arena.person()
      const admins = await crowd(() => arena.admin(), 5)
      const answers = await Promise.all(
        admins.map(async (admin) => admin.reset(target, { code: await admin.person.code() })),
      )
      expect(tally(answers)).to.deep.equal({ 201: admins.length })
      const { user } = await arena.count(target)
      const links = await arena.links(target)
      const shown = await Promise.all(links.map((link) => arena.visitor().get(link)))
      const { 200: live, 410: dead = 0 } = tally(shown)
      expect([live, dead]).to.deep.equal([1, links.length - 1])
      expect(links[shown.findIndex(({ status }) => status === 200)]).to.include(user.two_factor.reset.id)
    })

    describe('at the token endpoint', () => {
      it('with one authorization code gets one set of tokens', async () => {
        const entered = await arena.enter(await arena.person())
        const answers = await crowd(() => arena.exchange(entered))
        expect(tally(answers)).to.deep.equal({ 200: 1, 400: answers.length - 1 })
        for (const { status, body } of answers) if (status === 400) expect(body.error).to.equal('invalid_grant')
      })

      it('with one refresh token gets one set of tokens', async () => {
        const asked = arena.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
        const { refresh_token: token } = await arena.tokens(await arena.enter(await arena.person(), asked))
        const answers = await crowd(() => arena.refresh('spa', token))
        expect(tally(answers)).to.deep.equal({ 200: 1, 400: answers.length - 1 })
        // A token used twice was stolen by somebody: nothing of its family lives on.
        const won = answers.find(({ status }) => status === 200)!.body as Tokens
        expect((await arena.refresh('spa', won.refresh_token)).status).to.equal(400)
        expect((await arena.userinfo(won.access_token)).status).to.equal(401)
      })

      it('with one pushed request starts one sign-in that comes back', async () => {
        const asked = arena.ask('app')
        const fields = Object.fromEntries(new URLSearchParams(asked.path.split('?')[1]))
        const { body, status } = await arena.post('/request', 'app', fields)
        expect(status).to.equal(201)
        const path = `/auth?client_id=app&request_uri=${encodeURIComponent(body.request_uri)}`
        const person = await arena.person()
        const { visitor } = await arena.enter(person)
        const back = await crowd(() => visitor.get(path), 20)
        expect(comingBack(back)).to.equal(1)
      })
    })

    it('resuming one sign-in gets one code', async () => {
      const person = await arena.person()
      await arena.enter(person)
      const page = await arena.challenge(person)
      const done = await page.visitor.submit(page, { code: await person.code() })
      const thieves = [page.visitor, ...Array.from({ length: 19 }, () => page.visitor.stolen())]
      const back = await Promise.all(thieves.map((visitor) => visitor.go(`/auth/${uidOf(done)}`)))
      expect(comingBack(back)).to.equal(1)
      expect((await arena.count(person)).sessions).to.equal(2)
    })

    it('sending one password form begins one sign-in, and nobody is signed in by it', async () => {
      const person = await arena.person({ enrolled: false })
      const page = await arena.begin()
      const sent = await crowd(() => page.visitor.send(page, { email: person.email, password: person.password }))
      expect(tally(sent)).to.deep.equal({ 303: sent.length })
      // Whichever secret came last is the one that is shown from now on, and it can be set up.
      const shown = await crowd(() => page.visitor.go(page.path), 5)
      const places = await crowd(() => page.visitor.go(sent[0]!.location!), 5)
      expect(shown.every(({ status }) => status === 200)).to.equal(true)
      expect(new Set(places.flatMap(({ text }) => setupKeyIn(text))).size).to.equal(1)
      expect((await arena.count(person)).sessions).to.equal(0)
      const done = await arena.setUp(person, places[0]!)
      expect(comingBack([await arena.resume(done)])).to.equal(1)
    })
  })
