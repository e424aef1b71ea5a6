/** Concurrent requests for what may happen once. Counted are effects: sessions, set-ups, tokens, emails. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, ROUNDS, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Tokens } from '../support/relyingParties.ts'
import { uidOf } from '../support/signIns.ts'
import { codesIn, type Page, setupKeyIn } from '../support/client.ts'
import { WRONG_CODE } from '../support/sentences.ts'

for (let round = 1; round <= ROUNDS; round++)
  describe(`Concurrent requests${round > 1 ? `, round ${round}` : ''}`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await sharedFixture()
    })

    const countCodes = (pages: readonly Page[]): number =>
      pages.filter((page) => fixture.answerAt(page)?.get('code')).length

    describe('with one authenticator code', () => {
      it('from one form get one session: all see the first result', async () => {
        const person = await fixture.person()
        await fixture.enter(person)
        const before = await fixture.count(person)
        const page = await fixture.challenge(person)
        const code = await person.code()
        const sent = await concurrently(() => page.visitor.send(page, { code }))
        expect(tally(sent)).to.deep.equal({ 200: sent.length })
        const back = await concurrently(() => fixture.resume(sent[0]!))
        expect(countCodes(back)).to.equal(1)
        const { sessions, events } = await fixture.count(person)
        expect([sessions, events.length]).to.deep.equal([before.sessions + 1, before.events.length])
      })

      it('from as many forms of one sign-in get one session', async () => {
        const person = await fixture.person()
        await fixture.enter(person)
        const page = await fixture.challenge(person)
        const forms = await concurrently(() => page.visitor.get(page.path))
        expect(new Set(forms.map(({ form }) => form?.token)).size).to.equal(forms.length)
        const code = await person.code()
        const sent = await concurrently(async (index) => page.visitor.send(forms[index]!, { code }))
        expect(sent.filter(({ status }) => status !== 200 && status !== 422)).to.deep.equal([])
        const done = sent.filter(({ status }) => status === 200)
        expect(countCodes(await concurrently(() => fixture.resume(done[0]!)))).to.equal(1)
        expect((await fixture.count(person)).sessions).to.equal(2)
      })

      it('and resuming while others are in flight get one session', async () => {
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
        expect(countCodes(back)).to.equal(1)
        const { 200: done = 0, 400: over = 0, ...others } = tally(sent)
        expect([others, done + over]).to.deep.equal([{}, sent.length])
        expect((await fixture.count(person)).sessions).to.equal(2)
      })

      it('in as many browsers sign in once; the others see that it is wrong or used', async () => {
        const person = await fixture.person()
        await fixture.enter(person)
        const pages = await concurrently(() => fixture.challenge(person))
        const code = await person.code()
        const sent = await concurrently(async (index) => pages[index]!.visitor.send(pages[index]!, { code }))
        expect(tally(sent)).to.deep.equal({ 200: 1, 422: sent.length - 1 })
        for (const page of sent)
          if (page.status === 422) expect([page.h1, page.alert]).to.deep.equal(['Enter your code', WRONG_CODE])
        // Resuming a refused sign-in does not succeed either.
        const back = await concurrently(async (index) => pages[index]!.visitor.go(`/auth/${uidOf(pages[index]!)}`))
        expect(countCodes(back)).to.equal(1)
        expect((await fixture.count(person)).sessions).to.equal(2)
      })
    })

    it('with one backup code in as many browsers sign in once and send one notice', async () => {
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
      it('in one browser set up once, and all see the same backup codes', async () => {
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
        expect(countCodes(await concurrently(() => fixture.resume(done[0]!)))).to.equal(1)
        const { audit, letters, sessions } = await fixture.count(person)
        expect([audit('two_factor.enrolled'), letters(/is on/), sessions]).to.deep.equal([1, 1, 1])
      })

      it('in as many browsers, each with its own secret, set up once', async () => {
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

      it('by the link and in sign-ins after a reset complete it once', async () => {
        const person = await fixture.person()
        const { id, link } = await fixture.reset(person)
        const before = await fixture.count(person)
        const pages = await concurrently(async (index) => {
          if (index % 2 === 0) return fixture.challenge(person)
          const visitor = fixture.visitor()
          return visitor.submit(await visitor.get(link), {})
        }, 20)
        expect(pages.map(({ h1 }) => h1)).to.deep.equal(pages.map(() => 'Set up your authenticator'))
        const sent = await Promise.all(
          pages.map(async (page) => {
            const own = fixture.appOf(page)
            return page.visitor.send(page, { code: own.at(fixture.server.now()) })
          }),
        )
        const { 303: won, 409: elsewhere = 0, 410: used = 0, ...others } = tally(sent)
        expect([won, elsewhere + used, others]).to.deep.equal([1, pages.length - 1, {}])
        const counted = await fixture.count(person)
        expect(counted.audit('two_factor.enrolled') - before.audit('two_factor.enrolled')).to.equal(1)
        expect(counted.audit('two_factor.reset.completed')).to.equal(1)
        expect(counted.user.two_factor.reset).to.include({ id, status: 'completed' })
      })
    })

    describe('at the token endpoint', () => {
      it('with one authorization code get one set of tokens', async () => {
        const entered = await fixture.enter(await fixture.person())
        const answers = await concurrently(() => fixture.exchange(entered))
        expect(tally(answers)).to.deep.equal({ 200: 1, 400: answers.length - 1 })
        for (const { status, body } of answers) if (status === 400) expect(body.error).to.equal('invalid_grant')
      })

      it('with one refresh token get one set of tokens', async () => {
        const request = fixture.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
        const { refresh_token: token } = await fixture.tokens(await fixture.enter(await fixture.person(), request))
        const answers = await concurrently(() => fixture.refresh('spa', token))
        expect(tally(answers)).to.deep.equal({ 200: 1, 400: answers.length - 1 })
        // Reuse of a refresh token revokes its family (RFC 9700 §4.14.2), unless it repeats the use of a moment ago.
        const won = answers.find(({ status }) => status === 200)!.body as Tokens
        await fixture.advance(10)
        expect((await fixture.refresh('spa', token)).status).to.equal(400)
        expect((await fixture.refresh('spa', won.refresh_token)).status).to.equal(400)
        expect((await fixture.userinfo(won.access_token)).status).to.equal(401)
      })

      it('with one pushed request complete one sign-in', async () => {
        const request = fixture.ask('app')
        const fields = Object.fromEntries(new URLSearchParams(request.path.split('?')[1]))
        const { body, status } = await fixture.post('/request', 'app', fields)
        expect(status).to.equal(201)
        const path = `/auth?client_id=app&request_uri=${encodeURIComponent(body.request_uri)}`
        const person = await fixture.person()
        const { visitor } = await fixture.enter(person)
        const back = await concurrently(() => visitor.get(path), 20)
        expect(countCodes(back)).to.equal(1)
      })
    })

    it('to resume one sign-in get one code', async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      const page = await fixture.challenge(person)
      const done = await page.visitor.submit(page, { code: await person.code() })
      const thieves = [page.visitor, ...Array.from({ length: 19 }, () => page.visitor.stolen())]
      const back = await Promise.all(thieves.map((visitor) => visitor.go(`/auth/${uidOf(done)}`)))
      expect(countCodes(back)).to.equal(1)
      expect((await fixture.count(person)).sessions).to.equal(2)
    })

    it('with one password form begin one sign-in and create no session', async () => {
      const person = await fixture.person({ enrolled: false })
      const page = await fixture.begin()
      const sent = await concurrently(() => page.visitor.send(page, { email: person.email, password: person.password }))
      expect(tally(sent)).to.deep.equal({ 303: sent.length })
      // All pages show one secret, and it can be set up.
      const shown = await concurrently(() => page.visitor.go(page.path), 5)
      const setUps = await concurrently(() => page.visitor.go(sent[0]!.location!), 5)
      expect(shown.every(({ status }) => status === 200)).to.equal(true)
      expect(new Set(setUps.flatMap(({ text }) => setupKeyIn(text))).size).to.equal(1)
      expect((await fixture.count(person)).sessions).to.equal(0)
      const done = await fixture.setUp(person, setUps[0]!)
      expect(countCodes([await fixture.resume(done)])).to.equal(1)
    })
  })
