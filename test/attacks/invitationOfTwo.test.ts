/** Two people with one invitation: password and authenticator of the account are those of one person. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, openFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { codesIn, type Page } from '../support/client.ts'
import { parse } from '../../src/server/directory/profile.ts'

const OWN = 'a horse that reads at night'
const THEIRS = 'a thief who reads along with it'

for (const store of ['sqlite', 'redis'] as const)
  describe(`On ${store}, an invitation that two people use`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await openFixture({}, { store })
    })

    const pending = (): Promise<Person> => fixture.person({ status: 'pending', enrolled: false })
    /** The set-up page in a new browser, after that password. */
    async function chooses(link: string, password: string): Promise<Page> {
      const shown = await fixture.visitor().get(link)
      const page = await shown.visitor.submit(shown, {})
      const setUp = await page.visitor.submit(page, { password })
      expect(setUp.h1).to.equal('Set up your authenticator')
      return setUp
    }
    const confirms = (page: Page): Promise<Page> =>
      page.visitor.submit(page, { code: fixture.appOf(page).at(fixture.server.now()) })
    const opensWith = async ({ email }: Person, password: string): Promise<boolean> =>
      (await fixture.enterPassword(await fixture.begin(), { email, password })).status !== 422

    for (const [first, second] of [
      ['owner', 'reader'],
      ['reader', 'owner'],
    ] as const)
      for (const confirming of ['owner', 'reader'] as const)
        it(`is the ${confirming}'s, who confirms, when the ${first} chooses a password before the ${second}`, async () => {
          const person = await pending()
          const link = await fixture.invite(person)
          const passwords = { owner: OWN, reader: THEIRS }
          const pages = new Map<string, Page>()
          for (const who of [first, second]) pages.set(who, await chooses(link, passwords[who]))
          const [winner, loser] =
            confirming === 'owner' ? (['owner', 'reader'] as const) : (['reader', 'owner'] as const)
          const [mine, other] = [pages.get(winner)!, pages.get(loser)!]

          const codes = await confirms(mine)
          expect(codes.h1).to.equal('Save your backup codes')
          const late = await confirms(other)
          expect([late.status, late.h1]).to.deep.equal([410, 'This link was already used'])
          expect(codesIn(late.text)).to.deep.equal([])
          await fixture.idle(person)
          expect(await opensWith(person, passwords[winner])).to.equal(true)
          expect(await opensWith(person, passwords[loser])).to.equal(false)

          // The winner signs in with their own password and code; the other cannot.
          await fixture.advance(30)
          const challenge = await fixture.challenge({ ...person, password: passwords[winner] })
          expect(challenge.h1).to.equal('Enter your code')
          const foreign = { code: fixture.appOf(other).at(fixture.server.now()) }
          expect((await challenge.visitor.submit(challenge, foreign)).status).to.equal(422)
          const own = { code: fixture.appOf(mine).at(fixture.server.now()) }
          expect((await challenge.visitor.submit(challenge, own)).status).to.equal(200)
        })

    it('writes no password before the confirmation, also when one is chosen again', async () => {
      const person = await pending()
      const link = await fixture.invite(person)
      const hash = async (): Promise<unknown> => {
        const kept = await fixture.host.store.profiles.read(person.id)
        return parse({ text: kept?.text ?? '{}' }).passwordHash
      }
      const before = await hash()
      expect(before).to.be.a('string')
      await chooses(link, OWN)
      await chooses(link, THEIRS)
      expect(await hash()).to.equal(before)
    })

    it('and confirm concurrently has password and authenticator of one person', async () => {
      const person = await pending()
      const link = await fixture.invite(person)
      const passwords = await concurrently(async (index) => `${OWN} ${index}`, 6)
      const pages = await concurrently((index) => chooses(link, passwords[index]!), passwords.length)
      const answers = await concurrently((index) => confirms(pages[index]!), pages.length)
      const won = answers.flatMap(({ h1 }, index) => (h1 === 'Save your backup codes' ? [index] : []))
      expect(won).to.have.length(1)
      await fixture.idle(person)
      const opening = await concurrently((index) => opensWith(person, passwords[index]!), passwords.length)
      expect(opening.flatMap((opens, index) => (opens ? [index] : []))).to.deep.equal(won)
    })

    it('answers a double click with the same result, and writes the password', async () => {
      const person = await pending()
      const page = await chooses(await fixture.invite(person), OWN)
      const both = await concurrently(() => confirms(page), 2)
      expect(both.map(({ h1 }) => h1)).to.deep.equal(['Save your backup codes', 'Save your backup codes'])
      await fixture.idle(person)
      expect(await opensWith(person, OWN)).to.equal(true)
    })
  })
