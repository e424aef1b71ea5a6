/** Everything that may happen once, done by a crowd at once. What is counted are effects: sessions, set-ups, tokens, resets, letters. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, ROUNDS, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Tokens } from '../support/relyingParties.ts'
import { uidOf } from '../support/signIns.ts'
import { codesIn, type Page, setupKeyIn } from '../support/client.ts'
import { WRONG_CODE } from '../support/sentences.ts'

for (let round = 1; round <= ROUNDS; round++)
  describe(`A crowd at once${round > 1 ? `, round ${round}` : ''}`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await sharedFixture()
    })

    const comingBack = (pages: readonly Page[]): number =>
      pages.filter((page) => fixture.answerAt(page)?.get('code')).length

    describe('with one authenticator code', () => {
      it('from one form gets one session: all see the first result', async () => {
        const person = await fixture.person()
        await fixture.enter(person)
        const before = await fixture.count(person)
        const page = await fixture.challenge(person)
        const code = await person.code()
        const sent = await concurrently(() => page.visitor.send(page, { code }))
        expect(tally(sent)).to.deep.equal({ 200: sent.length })
        const back = await concurrently(() => fixture.resume(sent[0]!))
        expect(comingBack(back)).to.equal(1)
        const { sessions, events } = await fixture.count(person)
        expect([sessions, events.length]).to.deep.equal([before.sessions + 1, before.events.length])
      })

      it('from as many forms of one sign-in gets one session', async () => {
        const person = await fixture.person()
        await fixture.enter(person)
        const page = await fixture.challenge(person)
        const forms = await concurrently(() => page.visitor.get(page.path))
        expect(new Set(forms.map(({ form }) => form?.token)).size).to.equal(forms.length)
        const code = await person.code()
        const sent = await concurrently(async (index) => page.visitor.send(forms[index]!, { code }))
        expect(sent.filter(({ status }) => status !== 200 && status !== 422)).to.deep.equal([])
        const done = sent.filter(({ status }) => status === 200)
        expect(comingBack(await concurrently(() => fixture.resume(done[0]!)))).to.equal(1)
        expect((await fixture.count(person)).sessions).to.equal(2)
      })

      it('and going on while the others are still on their way gets one session all the same', async () => {
        const person = await fixture.person()
        await fixture.enter(person)
        const page = await fixture.challenge(person)
        const code = await person.code()
        const back: Page[] = []
        const sent = await concurrently(async () => {
          const done = await page.visitor.send(page, { code })
          back.push(await page.visitor.get(`/auth/${uidOf(page)}`))
          return done
        })
        back.push(await page.visitor.get(`/auth/${uidOf(page)}`))
        expect(comingBack(back)).to.equal(1)
        const { 200: done = 0, 400: over = 0, ...others } = tally(sent)
        expect([others, done + over]).to.deep.equal([{}, sent.length])
        expect((await fixture.count(person)).sessions).to.equal(2)
      })

      it('in as many browsers lets one in; all others are told that it is wrong or used', async () => {
        const person = await fixture.person()
        await fixture.enter(person)
        const pages = await concurrently(() => fixture.challenge(person))
        const code = await person.code()
        const sent = await concurrently(async (index) => pages[index]!.visitor.send(pages[index]!, { code }))
        expect(tally(sent)).to.deep.equal({ 200: 1, 422: sent.length - 1 })
        for (const page of sent)
          if (page.status === 422) expect([page.h1, page.alert]).to.deep.equal(['Enter your code', WRONG_CODE])
        // Whoever was refused does not get in by going on either.
        const back = await concurrently(async (index) => pages[index]!.visitor.go(`/auth/${uidOf(pages[index]!)}`))
        expect(comingBack(back)).to.equal(1)
        expect((await fixture.count(person)).sessions).to.equal(2)
      })
    })

    it('with one backup code in as many browsers lets one in and sends one notice', async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      const pages = await concurrently(async () => {
        const { visitor, path } = await fixture.challenge(person)
        return visitor.get(path.replace(/code$/, 'backup-code'))
      })
      const code = person.codes[0]!
      const sent = await concurrently(async (index) => pages[index]!.visitor.send(pages[index]!, { code }))
      const { 200: done, 422: refused = 0, 429: paused = 0, ...others } = tally(sent)
      expect([done, refused + paused, others]).to.deep.equal([1, sent.length - 1, {}])
      const counted = await fixture.count(person)
      expect([
        counted.codes,
        counted.audit('two_factor.backup_code_used'),
        counted.letters(/^A backup code was used/),
      ]).to.deep.equal([9, 1, 1])
      await Promise.all(sent.filter(({ status }) => status === 200).map((page) => fixture.resume(page)))
      expect((await fixture.count(person)).sessions).to.equal(2)
    })

    describe('confirming a set-up', () => {
      it('in one browser sets up once, and all see the same backup codes', async () => {
        const person = await fixture.person({ enrolled: false })
        const page = await fixture.challenge(person)
        person.authenticator = fixture.appOf(page)
        const code = await person.code()
        const forms = await concurrently(async (index) => (index % 2 === 0 ? page : page.visitor.get(page.path)))
        const sent = await concurrently(async (index) => page.visitor.send(forms[index]!, { code }))
        expect(tally(sent)).to.deep.equal({ 303: sent.length })
        const shown = await concurrently(() => page.visitor.go(sent[0]!.location!))
        expect(new Set(shown.map(({ text }) => codesIn(text).join())).size).to.equal(1)
        const done = await concurrently(async (index) => fixture.saveCodes(person, shown[index]!))
        expect(comingBack(await concurrently(() => fixture.resume(done[0]!)))).to.equal(1)
        const { audit, letters, sessions } = await fixture.count(person)
        expect([audit('two_factor.enrolled'), letters(/is on/), sessions]).to.deep.equal([1, 1, 1])
      })

      it('in as many browsers, each with a secret of its own, one wins and keeps what it scanned', async () => {
        const person = await fixture.person({ enrolled: false })
        const pages = await concurrently(() => fixture.challenge(person), 20)
        const keys = pages.map(({ text }) => setupKeyIn(text)[0]!)
        expect(new Set(keys).size).to.equal(keys.length)
        const sent = await Promise.all(
          pages.map(async (page) => {
            const own = fixture.appOf(page)
            return page.visitor.send(page, { code: own.at(fixture.server.now()) })
          }),
        )
        expect(tally(sent)).to.deep.equal({ 303: 1, 409: pages.length - 1 })
        for (const { status, h1 } of sent)
          if (status === 409) expect(h1).to.equal('Your authenticator was set up elsewhere')
        const { audit, letters } = await fixture.count(person)
        expect([audit('two_factor.enrolled'), letters(/is on/)]).to.deep.equal([1, 1])
      })

      it('at both doors after a reset completes it once', async () => {
        const person = await fixture.person()
        const { id, link } = await fixture.reset(person)
        const before = await fixture.count(person)
        const atFlows = await concurrently(async (index) => {
          if (index % 2 === 0) return fixture.challenge(person)
          const visitor = fixture.visitor()
          return visitor.submit(await visitor.get(link), {})
        }, 20)
        expect(atFlows.map(({ h1 }) => h1)).to.deep.equal(atFlows.map(() => 'Set up your authenticator'))
        const sent = await Promise.all(
          atFlows.map(async (page) => {
            const own = fixture.appOf(page)
            return page.visitor.send(page, { code: own.at(fixture.server.now()) })
          }),
        )
        const { 303: won, 409: elsewhere = 0, 410: used = 0, ...others } = tally(sent)
        expect([won, elsewhere + used, others]).to.deep.equal([1, atFlows.length - 1, {}])
        const counted = await fixture.count(person)
        expect(counted.audit('two_factor.enrolled') - before.audit('two_factor.enrolled')).to.equal(1)
        expect(counted.audit('two_factor.reset.completed')).to.equal(1)
        expect(counted.user.two_factor.reset).to.include({ id, status: 'completed' })
      })
    })

    it('resetting somebody who confirms in the same instant leaves one or the other whole, and no session of both', async () => {
      const people = await concurrently(() => fixture.person(), 6)
      const links = await Promise.all(people.map(async (person) => (await fixture.reset(person)).link))
      const administrators = await concurrently(() => fixture.admin(), people.length)
      const apps = await Promise.all(
        people.map(async (person, index) => {
          if (index % 2 === 0) return fixture.challenge(person)
          const visitor = fixture.visitor()
          return visitor.submit(await visitor.get(links[index]!), {})
        }),
      )
      const codes = await Promise.all(administrators.map(async ({ person }) => person.code()))
      const [confirmed, resets] = await Promise.all([
        Promise.all(
          apps.map((page) => page.visitor.send(page, { code: fixture.appOf(page).at(fixture.server.now()) })),
        ),
        Promise.all(administrators.map((admin, index) => admin.reset(people[index]!, { code: codes[index] }))),
      ])
      expect(tally(resets)).to.deep.equal({ 201: people.length })
      for (const [index, person] of people.entries()) {
        const { state, sessions, audit } = await fixture.count(person)
        // Whoever came second saw the first: a set-up after the reset was refused, a reset after the set-up has undone it.
        expect([state, sessions]).to.deep.equal(['reset', 0])
        expect(audit('two_factor.enrolled')).to.equal(confirmed[index]!.status === 303 ? 1 : 0)
        expect((await fixture.challenge(person)).h1).to.equal('Set up your authenticator')
      }
    })

    describe('at the mailed link', () => {
      it('pressing Continue opens it once, and confirming sets up once', async () => {
        const person = await fixture.person()
        const { link } = await fixture.reset(person)
        const visitor = fixture.visitor()
        const page = await visitor.get(link)
        const opened = await concurrently(() => visitor.send(page, {}))
        expect(tally(opened)).to.deep.equal({ 303: opened.length })
        const where = await visitor.go(opened[0]!.location!)
        person.authenticator = fixture.appOf(where)
        const code = await person.code()
        const sent = await concurrently(() => visitor.send(where, { code }))
        expect(tally(sent)).to.deep.equal({ 303: sent.length })
        const { audit, letters } = await fixture.count(person)
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
        const [admin, target] = await Promise.all([fixture.admin(), fixture.person()])
        const code = await admin.person.code()
        const answers = await concurrently(() =>
          admin.reset(target, { code, reason: 'lost' }, { 'idempotency-key': 'ticket-1' }),
        )
        expect(tally(answers)).to.deep.equal({ 201: answers.length })
        expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1)
        const { audit, letters } = await fixture.count(target)
        expect([audit('two_factor.reset.started'), letters(/was reset/)]).to.deep.equal([1, 1])
      })

      it('and as many keys resets once', async () => {
        const [admin, target] = await Promise.all([fixture.admin(), fixture.person()])
        const code = await admin.person.code()
        const answers = await concurrently((index) =>
          admin.reset(target, { code }, { 'idempotency-key': `key-${index}` }),
        )
        expect(tally(answers)).to.deep.equal({ 201: 1, 422: answers.length - 1 })
        const { audit, letters } = await fixture.count(target)
        expect([audit('two_factor.reset.started'), letters(/was reset/)]).to.deep.equal([1, 1])
      })

      it('and as many targets resets one of them', async () => {
        const admin = await fixture.admin()
        const targets = await concurrently(() => fixture.person(), 20)
        const code = await admin.person.code()
        const answers = await Promise.all(targets.map((target) => admin.reset(target, { code })))
        expect(tally(answers)).to.deep.equal({ 201: 1, 422: targets.length - 1 })
        const states = await Promise.all(targets.map(async (target) => (await fixture.count(target)).state))
        expect(states.filter((state) => state === 'reset')).to.have.length(1)
      })

      it('at the sign-in and at a step-up burns it once', async () => {
        const [admin, target] = await Promise.all([fixture.admin(), fixture.person()])
        const pages = await concurrently(() => fixture.challenge(admin.person), 10)
        const code = await admin.person.code()
        const [signIns, resets] = await Promise.all([
          Promise.all(pages.map((page) => page.visitor.send(page, { code }))),
          concurrently(() => admin.reset(target, { code }), 10),
        ])
        const won = [...signIns, ...resets].filter(({ status }) => status === 200 || status === 201)
        expect(won).to.have.length(1)
      })
    })

    it('with codes of their own, as many administrators reset one person: one link is live, the newest', async () => {
      const target = await fixture.person()
      const admins = await concurrently(() => fixture.admin(), 5)
      const answers = await Promise.all(
        admins.map(async (admin) => admin.reset(target, { code: await admin.person.code() })),
      )
      expect(tally(answers)).to.deep.equal({ 201: admins.length })
      const { user } = await fixture.count(target)
      const links = await fixture.links(target)
      const shown = await Promise.all(links.map((link) => fixture.visitor().get(link)))
      const { 200: live, 410: dead = 0 } = tally(shown)
      expect([live, dead]).to.deep.equal([1, links.length - 1])
      expect(links[shown.findIndex(({ status }) => status === 200)]).to.include(user.two_factor.reset.id)
    })

    describe('at the token endpoint', () => {
      it('with one authorization code gets one set of tokens', async () => {
        const entered = await fixture.enter(await fixture.person())
        const answers = await concurrently(() => fixture.exchange(entered))
        expect(tally(answers)).to.deep.equal({ 200: 1, 400: answers.length - 1 })
        for (const { status, body } of answers) if (status === 400) expect(body.error).to.equal('invalid_grant')
      })

      it('with one refresh token gets one set of tokens', async () => {
        const request = fixture.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
        const { refresh_token: token } = await fixture.tokens(await fixture.enter(await fixture.person(), request))
        const answers = await concurrently(() => fixture.refresh('spa', token))
        expect(tally(answers)).to.deep.equal({ 200: 1, 400: answers.length - 1 })
        // A token used twice was stolen by somebody: nothing of its family lives on.
        const won = answers.find(({ status }) => status === 200)!.body as Tokens
        expect((await fixture.refresh('spa', won.refresh_token)).status).to.equal(400)
        expect((await fixture.userinfo(won.access_token)).status).to.equal(401)
      })

      it('with one pushed request starts one sign-in that comes back', async () => {
        const request = fixture.ask('app')
        const fields = Object.fromEntries(new URLSearchParams(request.path.split('?')[1]))
        const { body, status } = await fixture.post('/request', 'app', fields)
        expect(status).to.equal(201)
        const path = `/auth?client_id=app&request_uri=${encodeURIComponent(body.request_uri)}`
        const person = await fixture.person()
        const { visitor } = await fixture.enter(person)
        const back = await concurrently(() => visitor.get(path), 20)
        expect(comingBack(back)).to.equal(1)
      })
    })

    it('resuming one sign-in gets one code', async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      const page = await fixture.challenge(person)
      const done = await page.visitor.submit(page, { code: await person.code() })
      const thieves = [page.visitor, ...Array.from({ length: 19 }, () => page.visitor.stolen())]
      const back = await Promise.all(thieves.map((visitor) => visitor.go(`/auth/${uidOf(done)}`)))
      expect(comingBack(back)).to.equal(1)
      expect((await fixture.count(person)).sessions).to.equal(2)
    })

    it('sending one password form begins one sign-in, and nobody is signed in by it', async () => {
      const person = await fixture.person({ enrolled: false })
      const page = await fixture.begin()
      const sent = await concurrently(() => page.visitor.send(page, { email: person.email, password: person.password }))
      expect(tally(sent)).to.deep.equal({ 303: sent.length })
      // Whichever secret came last is the one that is shown from now on, and it can be set up.
      const shown = await concurrently(() => page.visitor.go(page.path), 5)
      const apps = await concurrently(() => page.visitor.go(sent[0]!.location!), 5)
      expect(shown.every(({ status }) => status === 200)).to.equal(true)
      expect(new Set(apps.flatMap(({ text }) => setupKeyIn(text))).size).to.equal(1)
      expect((await fixture.count(person)).sessions).to.equal(0)
      const done = await fixture.setUp(person, apps[0]!)
      expect(comingBack([await fixture.resume(done)])).to.equal(1)
    })
  })
