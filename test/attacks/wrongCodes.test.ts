/** An attacker with the password guesses codes, to sign in or to cause a reset that the password would complete. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import { wrongCode } from '../support/apiScenarios.ts'
import { setupKeyIn, type Page, type Visitor } from '../support/client.ts'
import { storedAccount } from '../support/storedAccount.ts'

const NEW = 'a horse that reads at night'
const DAY = 86_400
const WARNING = /^Wrong codes were entered for your .* account$/

for (const store of ['sqlite', 'redis'] as const)
  describe(`An attacker who has the password and guesses codes, on ${store}`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await openFixture({ reset: { links_per_hour: null }, step_up: { acts_per_hour: null } }, { store })
    })

    /** Wrong codes in a row in this browser, each after the pause of the one before. */
    async function guess(person: Person, times: number, visitor: Visitor = fixture.visitor()): Promise<void> {
      for (let n = 0; n < times; n++) {
        const page = await fixture.challenge(person, fixture.ask(), visitor)
        const answer = await page.visitor.submit(page, { code: wrongCode(person, fixture.server.now()) })
        expect(answer.status).to.equal(422)
        const { pausedUntil = null } = (await storedAccount(fixture.host, person.id))?.attempts ?? {}
        if (pausedUntil !== null) await fixture.advance(pausedUntil - fixture.server.now() + 1)
      }
    }
    const warnings = async (person: Person) =>
      (await fixture.letters(person)).filter(({ subject }) => WARNING.test(subject))
    async function changeByLetter(person: Person): Promise<Person> {
      const letter = await fixture.visitor().get(await fixture.forget(person))
      const choosing = await letter.visitor.submit(letter, {})
      expect((await choosing.visitor.submit(choosing, { password: NEW })).h1).to.equal('You are all set')
      return Object.assign(Object.create(person) as Person, { password: NEW })
    }
    const preview = (admin: Acting, { id }: Person) => admin.call('GET', `/users/${id}/two-factor/reset-preview`)
    const open = async (link: string, visitor: Visitor = fixture.visitor()): Promise<Page> =>
      visitor.submit(await visitor.get(link), {})

    it('causes two notices to the owner: at the first code in an unknown browser, and at the fifth', async () => {
      const person = await fixture.person()
      await guess(person, 7)
      await fixture.idle(person)
      const notified = await warnings(person)
      expect(notified).to.have.length(2)
      const [fifth = { text: '' }, first = { text: '' }] = notified
      expect(first.text).to.contain('and then a wrong code, in a browser that has not signed in to it before')
      expect(fifth.text).to.contain('and then wrong codes many times in a row')
      for (const { text } of notified)
        expect(text)
          .to.contain('change it under “Your security”')
          .and.not.match(/https?:/)
    })

    it('causes a notice at the fifth code only in a browser where the owner has signed in', async () => {
      const person = await fixture.person()
      const { visitor: known } = await fixture.enter(person)
      for (let n = 0; n < 5; n++) {
        const challenge = await fixture.challenge(person, fixture.ask('app', { prompt: 'login' }), known)
        const answer = await challenge.visitor.submit(challenge, { code: wrongCode(person, fixture.server.now()) })
        expect(answer.status).to.equal(422)
        await fixture.idle(person)
        expect(await warnings(person)).to.have.length(n < 4 ? 0 : 1)
      }
    })

    it('does not keep the owner out of a browser that has signed in before', async () => {
      const person = await fixture.person()
      const { visitor: known } = await fixture.enter(person)
      const thief = fixture.visitor()
      for (let n = 0; n < 7; n++) {
        const page = await fixture.challenge(person, fixture.ask(), thief)
        await page.visitor.submit(page, { code: wrongCode(person, fixture.server.now()) })
      }
      const stolen = await fixture.challenge(person)
      expect((await stolen.visitor.submit(stolen, { code: await person.code() })).status).to.equal(429)
      const owner = await fixture.challenge(person, fixture.ask('app', { prompt: 'login' }), known)
      expect((await owner.visitor.submit(owner, { code: await person.code() })).status).to.equal(200)
    })

    it('changes no record and causes no email without the password', async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      await fixture.idle(person)
      const before = JSON.stringify(await storedAccount(fixture.host, person.id))
      const page = await fixture.begin()
      for (const email of [person.email, person.email, 'nobody@example.com'])
        expect((await page.visitor.submit(page, { email, password: 'wrong horse' })).status).to.equal(422)
      expect(JSON.stringify(await storedAccount(fixture.host, person.id))).to.equal(before)
      expect(await warnings(person)).to.deep.equal([])
    })

    it('causes a reset that takes both proofs, and page and email say why', async () => {
      const person = await fixture.person()
      await guess(person, 4)
      expect((await preview(await fixture.admin(), person)).body.required_proofs).to.deep.equal({
        both: false,
        because: [],
        possible_from: null,
      })
      await guess(person, 1)
      const admin = await fixture.admin()
      expect((await preview(admin, person)).body.required_proofs).to.deep.equal({
        both: true,
        because: ['wrong_codes'],
        possible_from: null,
      })
      const console = await fixture.enterApp(admin.person, '/admin/users', 'Users')
      const confirm = await console.visitor.get(`/admin/users/${person.id}/two-factor/reset`)
      expect(confirm.text).to.contain('There were wrong codes in a row').and.contain('takes the password and the link')
      const { link } = await fixture.reset(person)
      const [letter] = await fixture.letters(person)
      expect(letter?.text).to.contain('wrong codes in a row').and.contain('the link alone is not enough')
      const thief = await fixture.challenge(person)
      expect([thief.h1, setupKeyIn(thief.text)]).to.deep.equal(['Check your email', []])
      const owner = await open(link)
      expect([owner.h1, setupKeyIn(owner.text)]).to.deep.equal(['Enter your password', []])
      // A second reset takes both proofs too.
      const again = await open((await fixture.reset(person)).link)
      const setUp = await again.visitor.submit(again, { password: person.password })
      expect((await fixture.setUp(person, setUp)).h1).to.equal('You are all set')
      expect((await fixture.challenge(person)).h1).to.equal('Enter your code')
    })

    it('cannot get both proofs from a mailbox: after a mailed password an administrator is reset a day later', async () => {
      const victim = await fixture.person({ roles: ['admin'] })
      const changed = await changeByLetter(victim)
      const admin = await fixture.admin()
      const code = await admin.person.code()
      const refused = await admin.reset(victim, { code })
      expect([refused.status, refused.body.code]).to.deep.equal([409, 'password_too_new'])
      const from = Date.parse(String(refused.body.possible_from)) / 1000
      expect(from - fixture.server.now()).to.be.within(DAY - 120, DAY)
      expect(Number(refused.headers.get('retry-after'))).to.be.within(DAY - 120, DAY)
      // The code is still unused.
      expect((await admin.reset(await fixture.person(), { code })).status).to.equal(201)
      const shown = (await preview(admin, victim)).body.required_proofs
      expect(shown).to.deep.equal({ both: true, because: ['policy'], possible_from: refused.body.possible_from })
      // The host, the command line and the console refuse it too.
      const byHost = await fixture.host.rekey.reset({ accountId: victim.id, by: null })
      expect(byHost.is === 'refused' && byHost.refusal).to.deep.equal({ is: 'password-too-new', until: from })
      const console = await fixture.enterApp(admin.person, '/admin/users', 'Users')
      const page = await console.visitor.get(`/admin/users/${victim.id}`)
      expect(page.text).to.contain('A link we emailed changed the password a short time ago. Possible after')
      const confirm = await console.visitor.get(`/admin/users/${victim.id}/two-factor/reset`)
      expect([confirm.status, confirm.h1]).to.deep.equal([409, 'Not reset'])
      expect((await fixture.challenge(changed)).h1).to.equal('Enter your code')
      await fixture.advance(DAY)
      await fixture.reset(victim)
      expect((await fixture.challenge(changed)).h1).to.equal('Check your email')
    })

    it('cannot get both proofs from a mailbox after wrong codes either', async () => {
      const changed = await changeByLetter(await fixture.person())
      await guess(changed, 5)
      const admin = await fixture.admin()
      const refused = await admin.reset(changed, { code: await admin.person.code() })
      expect([refused.status, refused.body.code]).to.deep.equal([409, 'password_too_new'])
    })

    it('cannot set up by link or sign-in when the person got a role after the reset', async () => {
      const changed = await changeByLetter(await fixture.person())
      const { link } = await fixture.reset(changed)
      await fixture.host.directory.change(changed.id, { roles: ['admin'] })
      for (const page of [await fixture.challenge(changed), await open(link)]) {
        expect([page.status, page.h1]).to.deep.equal([403, 'Set-up is not possible yet'])
        expect(setupKeyIn(page.text)).to.deep.equal([])
      }
    })

    it('causes a notice at the fifth code of the API', async () => {
      const admin = await fixture.admin()
      const target = await fixture.person()
      for (let n = 0; n < 5; n++) {
        const { status } = await admin.reset(target, { code: wrongCode(admin.person, fixture.server.now()) })
        expect(status).to.equal(422)
        await fixture.idle(admin.person)
        expect(await warnings(admin.person)).to.have.length(n < 4 ? 0 : 1)
      }
    })
  })
