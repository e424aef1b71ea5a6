/** A thief of the password who guesses codes, to get in or to bring about a reset that the password would complete. */
import { expect } from 'chai'
import { type Arena, openArena } from '../support/arena.ts'
import type { Acting } from '../support/attackDesk.ts'
import type { Person } from '../support/attackPeople.ts'
import { wrongCode } from '../support/apiScene.ts'
import { setupKeyIn, type Page, type Visitor } from '../support/client.ts'

const NEW = 'a horse that reads at night'
const DAY = 86_400
const WARNING = /^Wrong codes were entered for your .* account$/

for (const store of ['sqlite', 'redis'] as const)
  describe(`Whoever has the password and guesses codes, on ${store}`, () => {
    let arena: Arena
    before(async () => {
      arena = await openArena({ reset: { links_per_hour: null }, step_up: { acts_per_hour: null } }, { store })
    })

    /** So many wrong codes in a row in this browser, each as soon as it is looked at. */
    async function guess(person: Person, times: number, visitor: Visitor = arena.visitor()): Promise<void> {
      for (let n = 0; n < times; n++) {
        const page = await arena.challenge(person, arena.ask(), visitor)
        const answer = await page.visitor.submit(page, { code: wrongCode(person, arena.server.now()) })
        expect(answer.status).to.equal(422)
        const { pausedUntil = null } = (await arena.house.rekey.state(person.id))?.account.attempts ?? {}
        if (pausedUntil !== null) await arena.advance(pausedUntil - arena.server.now() + 1)
      }
    }
    const warnings = async (person: Person) =>
      (await arena.letters(person)).filter(({ subject }) => WARNING.test(subject))
    async function changeByLetter(person: Person): Promise<Person> {
      const letter = await arena.visitor().get(await arena.forget(person))
      const choosing = await letter.visitor.submit(letter, {})
      expect((await choosing.visitor.submit(choosing, { password: NEW })).h1).to.equal('You are all set')
      return Object.assign(Object.create(person) as Person, { password: NEW })
    }
    const preview = (admin: Acting, { id }: Person) => admin.call('GET', `/users/${id}/two-factor/reset-preview`)
    const open = async (link: string, visitor: Visitor = arena.visitor()): Promise<Page> =>
      visitor.submit(await visitor.get(link), {})

    it('is told of to the owner, twice: at the first in an unknown browser and at the fifth', async () => {
      const person = await arena.person()
      await guess(person, 7)
      await arena.settled(person)
      const told = await warnings(person)
      expect(told).to.have.length(2)
      const [fifth = { text: '' }, first = { text: '' }] = told
      expect(first.text).to.contain('and then a wrong code, in a browser that has not signed in to it before')
      expect(fifth.text).to.contain('and then wrong codes many times in a row')
      for (const { text } of told)
        expect(text)
          .to.contain('change it under Your security')
          .and.not.match(/https?:/)
    })

    it('is told of at the fifth alone in a browser where the owner has signed in', async () => {
      const person = await arena.person()
      const { visitor: known } = await arena.enter(person)
      for (let n = 0; n < 5; n++) {
        const challenge = await arena.challenge(person, arena.ask('app', { prompt: 'login' }), known)
        const answer = await challenge.visitor.submit(challenge, { code: wrongCode(person, arena.server.now()) })
        expect(answer.status).to.equal(422)
        await arena.settled(person)
        expect(await warnings(person)).to.have.length(n < 4 ? 0 : 1)
      }
    })

    it('does not keep the owner out of a browser that has signed in before', async () => {
      const person = await arena.person()
      const { visitor: known } = await arena.enter(person)
      const thief = arena.visitor()
      for (let n = 0; n < 7; n++) {
        const page = await arena.challenge(person, arena.ask(), thief)
        await page.visitor.submit(page, { code: wrongCode(person, arena.server.now()) })
      }
      const stolen = await arena.challenge(person)
      expect((await stolen.visitor.submit(stolen, { code: await person.code() })).status).to.equal(429)
      const owner = await arena.challenge(person, arena.ask('app', { prompt: 'login' }), known)
      expect((await owner.visitor.submit(owner, { code: await person.code() })).status).to.equal(200)
    })

    it('and a stranger without the password changes nothing of the record and sends no letter', async () => {
      const person = await arena.person()
      await arena.enter(person)
      await arena.settled(person)
      const before = JSON.stringify((await arena.house.rekey.state(person.id))?.account)
      const page = await arena.begin()
      for (const email of [person.email, person.email, 'nobody@example.com'])
        expect((await page.visitor.submit(page, { email, password: 'wrong horse' })).status).to.equal(422)
      expect(JSON.stringify((await arena.house.rekey.state(person.id))?.account)).to.equal(before)
      expect(await warnings(person)).to.deep.equal([])
    })

    it('brings about a reset that the password does not complete: both proofs, and everybody is told why', async () => {
      const person = await arena.person()
      await guess(person, 4)
      expect((await preview(await arena.admin(), person)).body.required_proofs).to.deep.equal({
        both: false,
        because: [],
        possible_from: null,
      })
      await guess(person, 1)
      const admin = await arena.admin()
      expect((await preview(admin, person)).body.required_proofs).to.deep.equal({
        both: true,
        because: ['wrong_codes'],
        possible_from: null,
      })
      const console = await arena.enterPlace(admin.person, '/admin/users', 'Users')
      const confirm = await console.visitor.get(`/admin/users/${person.id}/two-factor/reset`)
      expect(confirm.text).to.contain('There were wrong codes in a row').and.contain('the password and the mailed link')
      const { link } = await arena.reset(person)
      const [letter] = await arena.letters(person)
      expect(letter?.text).to.contain('wrong codes in a row').and.contain('the link alone is not enough')
      const thief = await arena.challenge(person)
      expect([thief.h1, setupKeyIn(thief.text)]).to.deep.equal(['Check your email', []])
      const owner = await open(link)
      expect([owner.h1, setupKeyIn(owner.text)]).to.deep.equal(['Enter your password', []])
      // Another reset on top asks no less.
      const again = await open((await arena.reset(person)).link)
      const setUp = await again.visitor.submit(again, { password: person.password })
      expect((await arena.setUp(person, setUp)).h1).to.equal('You are all set')
      expect((await arena.challenge(person)).h1).to.equal('Enter your code')
    })

    it('cannot have a mailbox vouch for both: an administrator whose password a letter changed is reset a day later', async () => {
      const victim = await arena.person({ roles: ['admin'] })
      const changed = await changeByLetter(victim)
      const admin = await arena.admin()
      const code = await admin.person.code()
      const refused = await admin.reset(victim, { code })
      expect([refused.status, refused.body.code]).to.deep.equal([409, 'password_too_new'])
      const from = Date.parse(String(refused.body.possible_from)) / 1000
      expect(from - arena.server.now()).to.be.within(DAY - 120, DAY)
      expect(Number(refused.headers.get('retry-after'))).to.be.within(DAY - 120, DAY)
      // Nothing was spent.
      expect((await admin.reset(await arena.person(), { code })).status).to.equal(201)
      const shown = (await preview(admin, victim)).body.required_proofs
      expect(shown).to.deep.equal({ both: true, because: ['policy'], possible_from: refused.body.possible_from })
      // Whoever resets: the command line and a host, and the console.
      const byHost = await arena.house.rekey.reset({ accountId: victim.id, by: null })
      expect(byHost.is === 'refused' && byHost.refusal).to.deep.equal({ is: 'password-too-new', until: from })
      const console = await arena.enterPlace(admin.person, '/admin/users', 'Users')
      const page = await console.visitor.get(`/admin/users/${victim.id}`)
      expect(page.text).to.contain('a mailed link changed the password a short time ago. Possible after')
      const confirm = await console.visitor.get(`/admin/users/${victim.id}/two-factor/reset`)
      expect([confirm.status, confirm.h1]).to.deep.equal([409, 'Not reset'])
      expect((await arena.challenge(changed)).h1).to.equal('Enter your code')
      await arena.advance(DAY)
      await arena.reset(victim)
      expect((await arena.challenge(changed)).h1).to.equal('Check your email')
    })

    it('with the mailbox, cannot have wrong codes and a letter make a reset that both complete', async () => {
      const changed = await changeByLetter(await arena.person())
      await guess(changed, 5)
      const admin = await arena.admin()
      const refused = await admin.reset(changed, { code: await admin.person.code() })
      expect([refused.status, refused.body.code]).to.deep.equal([409, 'password_too_new'])
    })

    it('finds both ways shut where a role came between the reset and the set-up', async () => {
      const changed = await changeByLetter(await arena.person())
      const { link } = await arena.reset(changed)
      await arena.house.directory.change(changed.id, { roles: ['admin'] })
      for (const page of [await arena.challenge(changed), await open(link)]) {
        expect([page.status, page.h1]).to.deep.equal([403, 'Set-up is not possible yet'])
        expect(setupKeyIn(page.text)).to.deep.equal([])
      }
    })

    it('of the console or the API, is told of at the fifth', async () => {
      const admin = await arena.admin()
      const target = await arena.person()
      for (let n = 0; n < 5; n++) {
        const { status } = await admin.reset(target, { code: wrongCode(admin.person, arena.server.now()) })
        expect(status).to.equal(422)
        await arena.settled(admin.person)
        expect(await warnings(admin.person)).to.have.length(n < 4 ? 0 : 1)
      }
    })
  })
