/** Concurrent resets and set-ups of one person. Counted are effects: resets, set-ups, links, emails. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, ROUNDS, sharedFixture, tally } from '../support/serverFixture.ts'

for (let round = 1; round <= ROUNDS; round++)
  describe(`Concurrent requests${round > 1 ? `, round ${round}` : ''}`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await sharedFixture()
    })

    it('to reset a person and to confirm their set-up leave the reset and no session', async () => {
      const people = await concurrently(() => fixture.person(), 6)
      const links = await Promise.all(people.map(async (person) => (await fixture.reset(person)).link))
      const administrators = await concurrently(() => fixture.admin(), people.length)
      const pages = await Promise.all(
        people.map(async (person, index) => {
          if (index % 2 === 0) return fixture.challenge(person)
          const visitor = fixture.visitor()
          return visitor.submit(await visitor.get(links[index]!), {})
        }),
      )
      const codes = await Promise.all(administrators.map(async ({ person }) => person.code()))
      const [confirmed, resets] = await Promise.all([
        Promise.all(
          pages.map((page) => page.visitor.send(page, { code: fixture.appOf(page).at(fixture.server.now()) })),
        ),
        Promise.all(administrators.map((admin, index) => admin.reset(people[index]!, { code: codes[index] }))),
      ])
      expect(tally(resets)).to.deep.equal({ 201: people.length })
      for (const [index, person] of people.entries()) {
        const { state, sessions, audit } = await fixture.count(person)
        // A set-up after the reset is refused; a reset after the set-up undoes it.
        expect([state, sessions]).to.deep.equal(['reset', 0])
        expect(audit('two_factor.enrolled')).to.equal(confirmed[index]!.status === 303 ? 1 : 0)
        expect((await fixture.challenge(person)).h1).to.equal('Set up your authenticator')
      }
    })

    describe('at the mailed link', () => {
      it('open it once, and set up once', async () => {
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
      it('and one Idempotency-Key reset once, and all return the same reset', async () => {
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

      it('and as many keys reset once', async () => {
        const [admin, target] = await Promise.all([fixture.admin(), fixture.person()])
        const code = await admin.person.code()
        const answers = await concurrently((index) =>
          admin.reset(target, { code }, { 'idempotency-key': `key-${index}` }),
        )
        expect(tally(answers)).to.deep.equal({ 201: 1, 422: answers.length - 1 })
        const { audit, letters } = await fixture.count(target)
        expect([audit('two_factor.reset.started'), letters(/was reset/)]).to.deep.equal([1, 1])
      })

      it('and as many targets reset one of them', async () => {
        const admin = await fixture.admin()
        const targets = await concurrently(() => fixture.person(), 20)
        const code = await admin.person.code()
        const answers = await Promise.all(targets.map((target) => admin.reset(target, { code })))
        expect(tally(answers)).to.deep.equal({ 201: 1, 422: targets.length - 1 })
        const states = await Promise.all(targets.map(async (target) => (await fixture.count(target)).state))
        expect(states.filter((state) => state === 'reset')).to.have.length(1)
      })

      it('at the sign-in and at a step-up use it once', async () => {
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

    it('of several administrators to reset one person leave one valid link, the newest', async () => {
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
  })
