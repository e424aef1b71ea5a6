/** A sign-in that an attacker began: its cookies planted from a sister domain, or copied on a shared computer. */
import { expect } from 'chai'
import { type ServerFixture, openFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { uidOf } from '../support/signIns.ts'
import { codesIn, type Page, setupKeyIn, type Visitor, wayOn } from '../support/client.ts'

const PAGES = [
  '',
  '/begin',
  '/code',
  '/backup-code',
  '/change',
  '/password',
  '/check-email',
  '/set-up',
  '/backup-codes',
  '/backup-codes.txt',
  '/done',
  '/consent',
]

/** The browser of an attacker who has the cookies of the sign-in, and that of the owner. */
interface Shared {
  readonly attacker: Visitor
  readonly victim: Visitor
}

/** Cookies that name a sign-in. A sister domain can plant them, since their path rules out the prefix. */
const NAMES_A_SIGN_IN = /^rekey_(interaction|resume)/

const waysToShare: Readonly<Record<string, (fixture: ServerFixture, begun: Page) => Shared>> = {
  'planted from a sister domain': (fixture, { visitor: attacker }) => {
    const victim = fixture.visitor()
    for (const cookie of attacker.jar.all()) if (NAMES_A_SIGN_IN.test(cookie.name)) victim.jar.put(cookie)
    return { attacker, victim }
  },
  'copied on a shared computer before the password': (_fixture, { visitor: victim }) => ({
    attacker: victim.stolen(),
    victim,
  }),
}

interface Flow {
  readonly victim: (fixture: ServerFixture) => Promise<Person>
  readonly begins: (fixture: ServerFixture) => Promise<Page>
  /** The headings that the owner sees. */
  readonly sees: readonly string[]
}

const flows: Readonly<Record<string, Flow>> = {
  'a sign-in': {
    victim: (fixture) => fixture.person(),
    begins: (fixture) => fixture.begin(),
    sees: ['Sign in', 'Enter your code', 'Save your backup codes'],
  },
  'a first set-up': {
    victim: (fixture) => fixture.person({ enrolled: false }),
    begins: (fixture) => fixture.begin(),
    sees: ['Sign in', 'Set up your authenticator', 'Save your backup codes'],
  },
  'the set-up after a reset': {
    async victim(fixture) {
      const person = await fixture.person()
      await fixture.reset(person)
      return person
    },
    begins: (fixture) => fixture.begin(),
    sees: ['Sign in', 'Set up your authenticator', 'Save your backup codes'],
  },
  'a strict set-up': {
    async victim(fixture) {
      const person = await fixture.person({ roles: ['helpdesk'] })
      await fixture.reset(person)
      return person
    },
    begins: (fixture) => fixture.begin(),
    sees: ['Sign in', 'Check your email', 'Set up your authenticator', 'Save your backup codes'],
  },
  'a replacement': {
    async victim(fixture) {
      const person = await fixture.person()
      await fixture.enter(person)
      return person
    },
    begins: (fixture) => fixture.begin(fixture.ask('app', { prompt: 'replace_authenticator' })),
    sees: ['Sign in', 'Enter your code'],
  },
  'new backup codes': {
    async victim(fixture) {
      const person = await fixture.person()
      await fixture.enter(person)
      return person
    },
    begins: (fixture) => fixture.begin(fixture.ask('app', { prompt: 'new_backup_codes' })),
    sees: ['Sign in', 'Enter your code'],
  },
  'the console': {
    victim: (fixture) => fixture.person({ roles: ['admin'] }),
    begins: (fixture) => fixture.visitor().go('/admin'),
    sees: ['Sign in', 'Enter your code', 'Save your backup codes'],
  },
}

/** Setup key and backup codes, which only the owner may see. */
const secretsOn = ({ text }: Page): string[] => [...setupKeyIn(text), ...codesIn(text)]

function run(where: string, open: () => Promise<ServerFixture>): void {
  describe(`A sign-in that an attacker began, on ${where}`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await open()
    })

    /** Every page of the sign-in shows the attacker that it was interrupted, and nothing else. */
    async function expectNothing(attacker: Visitor, uid: string): Promise<void> {
      for (const page of PAGES) {
        const found = await attacker.go(`/sign-in/${uid}${page}`)
        const { status, h1 } = found
        expect([page, status, h1]).to.deep.equal([page, 400, 'Your sign-in was interrupted'])
        expect(secretsOn(found)).to.deep.equal([])
      }
    }

    async function expectSignedOut(attacker: Visitor): Promise<void> {
      expect(await fixture.silently(attacker)).to.equal('login_required')
      for (const at of ['/admin', '/account']) expect((await attacker.go(at)).h1).to.equal('Sign in')
    }

    for (const [way, share] of Object.entries(waysToShare))
      for (const [name, flow] of Object.entries(flows)) {
        it(`${way}, gives them nothing: ${name}`, async () => {
          const person = await flow.victim(fixture)
          const begun = await flow.begins(fixture)
          const uid = uidOf(begun)
          const { attacker, victim } = share(fixture, begun)
          const seen: string[] = []
          let page = await victim.go(`/sign-in/${uid}`)
          const isFinished = (at: Page): boolean => wayOn(at)?.includes(`/auth/${uid}`) ?? false
          while (!isFinished(page)) {
            seen.push(page.h1 ?? '')
            if (page.h1 !== 'Sign in') await expectNothing(attacker, uid)
            page = await fixture.continueSignIn(person, page)
          }
          expect(seen).to.deep.equal(flow.sees)
          await expectNothing(attacker, uid)

          const resumed = await attacker.go(`/auth/${uid}`)
          expect([resumed.h1, fixture.answerAt(resumed), secretsOn(resumed)]).to.deep.equal(['Sign in', null, []])
          await expectSignedOut(attacker)
          expect((await fixture.count(person)).sessions).to.equal(
            name === 'a replacement' || name === 'new backup codes' ? 1 : 0,
          )
        })
      }

    for (const [name, parameters, shown] of [
      ['a replacement', { prompt: 'replace_authenticator' }, 'Replace authenticator'],
      ['new backup codes', { prompt: 'new_backup_codes' }, 'New backup codes'],
    ] as const)
      it(`that the owner resumed continues in that browser only, without another code: ${name}`, async () => {
        const person = await fixture.person()
        await fixture.enter(person)
        const begun = await fixture.begin(fixture.ask('app', parameters))
        const { attacker, victim } = waysToShare['copied on a shared computer before the password']!(fixture, begun)
        let page = begun
        while (page.h1 !== shown) page = await fixture.continueSignIn(person, page)
        expect(page.text).to.not.contain('name="code"')
        // Also with every other cookie of that browser, the session included.
        for (const cookie of victim.jar.all()) if (!cookie.name.startsWith('rekey_browser_')) attacker.jar.put(cookie)
        await expectNothing(attacker, uidOf(page))
        const uid = uidOf(begun)
        expect((await attacker.go(`/auth/${uid}`)).h1).to.equal('Your sign-in was interrupted')
      })

    it('and finished as themselves signs in no other browser', async () => {
      const [attacker, person] = [await fixture.person(), await fixture.person()]
      const mine = await fixture.challenge(attacker)
      const finished = await fixture.continueSignIn(attacker, mine)
      const saved = wayOn(finished) ? finished : await fixture.continueSignIn(attacker, finished)
      const victim = fixture.visitor()
      for (const cookie of mine.visitor.jar.all()) if (NAMES_A_SIGN_IN.test(cookie.name)) victim.jar.put(cookie)
      const uid = uidOf(mine)
      expect(wayOn(saved)).to.contain(`/auth/${uid}`)
      await expectNothing(victim, uid)
      expect((await victim.go(`/auth/${uid}`)).h1).to.equal('Sign in')
      expect(await fixture.silently(victim)).to.equal('login_required')
      await fixture.enter(person, fixture.ask(), victim)
      const request = fixture.ask('app', { prompt: 'none' })
      const tokens = await fixture.tokens({ request, code: fixture.codeAt(await victim.get(request.path)) })
      expect((await fixture.userinfo(tokens.access_token)).body.sub).to.equal(person.id)
    })

    it('gives the owner a new secret with each password, so that an older copy is invalid', async () => {
      const [first, second] = [await fixture.person(), await fixture.person()]
      const challenge = await fixture.challenge(first)
      const copy = challenge.visitor.stolen()
      const again = await challenge.visitor.go(`/sign-in/${uidOf(challenge)}`)
      expect((await fixture.enterPassword(again, second)).h1).to.equal('Enter your code')
      await expectNothing(copy, uidOf(challenge))
    })

    it('continues in the same browser after Back, in a second tab, and after a double click', async () => {
      const person = await fixture.person()
      const begun = await fixture.begin()
      const typed = { email: person.email, password: person.password }
      const twice = await Promise.all([begun.visitor.send(begun, typed), begun.visitor.send(begun, typed)])
      expect(twice.map(({ status }) => status)).to.deep.equal([303, 303])
      // The form again after Back, then another tab with its own form.
      expect((await begun.visitor.submit(begun, typed)).h1).to.equal('Enter your code')
      const tab = await begun.visitor.go(begun.path)
      const challenge = await tab.visitor.submit(tab, typed)
      const saved = await fixture.continueSignIn(person, challenge)
      const done = await fixture.continueSignIn(person, saved)
      expect(done.h1).to.equal('You are all set')
      expect(fixture.answerAt(await fixture.resume(done))?.has('code')).to.equal(true)
    })

    it('gives the secret again when the first answer was lost, to the right password only', async () => {
      const person = await fixture.person()
      const begun = await fixture.begin()
      const lost = begun.visitor.stolen()
      const typed = { email: person.email, password: person.password }
      expect((await lost.send(begun, typed)).status).to.equal(303)
      const wrong = await begun.visitor.send(begun, { ...typed, password: 'wrong' })
      expect([wrong.status, wrong.headers.getSetCookie().join()]).to.deep.equal([422, ''])
      expect((await begun.visitor.submit(begun, typed)).h1).to.equal('Enter your code')
    })
  })
}

run('the embedded store', sharedFixture)
run('Redis', () => openFixture({}, { store: 'redis' }))
