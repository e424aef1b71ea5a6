/** A record that the store lost, or that an attacker changed, is damage and never a reason to enrol again. */
import { expect } from 'chai'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Entered } from '../support/signIns.ts'
import type { Person } from '../support/people.ts'
import type { Page } from '../support/client.ts'

interface Victim {
  readonly person: Person
  readonly entered: Entered
  readonly token: string
  /** Open since before the damage. */
  readonly challenge: Page
}
const damages = ['deleted', 'emptied', 'cut short', 'given to another id', 'of another shape', 'rolled back'] as const

describe('When a record is lost or damaged', () => {
  let fixture: ServerFixture
  let admin: Acting
  const victims = new Map<string, Victim>()

  async function victim(isNew = false): Promise<Victim> {
    const person = await fixture.person({ enrolled: !isNew })
    const entered = await fixture.enter(person)
    return {
      person,
      entered,
      token: (await fixture.tokens(entered)).access_token,
      challenge: await fixture.challenge(person),
    }
  }

  before(async function () {
    this.timeout(60_000)
    fixture = await openFixture({}, { store: 'sqlite' })
    fixture.excused.push(/second factor record missing/, /seal cannot be opened/, /newer format/, /"status":503/)
    admin = await fixture.admin()
    for (const name of [...damages, 'sealed for another', 'of a newer version']) victims.set(name, await victim())
    const thief = await fixture.person()
    await fixture.enter(thief)
    // The store is restored from before the set-up; the directory, another system, is not.
    const early = await fixture.person({ enrolled: false })
    await fixture.challenge(early)
    const before = await fixture.host.store.records.read(early.id)
    victims.set('rolled back', await victim(true))
    await Promise.all([...victims.values()].map(({ person }) => fixture.idle(person)))

    await fixture.server.stop()
    const records = new DatabaseSync(join(fixture.server.dataDirectory, 'records.db'))
    const textOf = ({ id }: Person) => String(records.prepare('SELECT text FROM records WHERE id = ?').get(id)!['text'])
    const write = (name: string, change: (text: string) => string): void => {
      const { person } = victims.get(name)!
      const text = change(textOf(person))
      expect(records.prepare('UPDATE records SET text = ? WHERE id = ?').run(text, person.id).changes).to.equal(1)
    }
    records.prepare('DELETE FROM records WHERE id = ?').run(victims.get('deleted')!.person.id)
    write('emptied', () => '')
    write('cut short', (text) => text.slice(0, -20))
    write('given to another id', () => textOf(thief))
    write('of another shape', (text) => text.replace('"fields":[', '"fields":[null,'))
    write('rolled back', () => before!.text.replaceAll(early.id, victims.get('rolled back')!.person.id))
    // The attacker's own authenticator under the victim's id: the seal is bound to the account.
    write('sealed for another', () => textOf(thief).replaceAll(thief.id, victims.get('sealed for another')!.person.id))
    write('of a newer version', (text) => text.replace(/"format":\d+/, '"format":99'))
    records.close()
    await fixture.server.restart()
    victims.get('sealed for another')!.person.authenticator = thief.authenticator
  })

  for (const damage of damages)
    it(`(${damage}) no sign-in and no set-up is possible; a reset repairs it`, async () => {
      const { person, entered, token, challenge } = victims.get(damage)!
      const page = await fixture.challenge(person)
      expect([page.status, page.h1]).to.deep.equal([403, 'Your account cannot be checked'])
      expect(page.text).to.match(/[\w-]{22}/)
      const backup = await challenge.visitor.get(challenge.path.replace(/code$/, 'backup-code'))
      for (const refused of [
        await challenge.visitor.submit(challenge, { code: await person.code() }),
        await backup.visitor.submit(backup, { code: person.codes[0]! }),
      ])
        expect([refused.status, refused.h1]).to.deep.equal([403, 'Your account cannot be checked'])
      for (const where of ['', '/set-up', '/backup-codes', '/code'])
        expect((await page.visitor.go(`${page.path}${where}`)).h1).not.to.equal('Set up your authenticator')
      expect(await fixture.silently(entered.visitor)).to.equal('login_required')
      expect((await fixture.userinfo(token)).status).to.equal(401)

      const shown = await admin.call('GET', `/users/${person.id}`)
      expect([shown.status, shown.body.two_factor.state]).to.deep.equal([200, 'unavailable'])
      expect(shown.body.two_factor.enrolled_at).to.equal(null)
      const { link } = await fixture.reset(person)
      expect((await fixture.visitor().get(link)).status).to.equal(200)
      expect(await fixture.silently(entered.visitor)).to.equal('login_required')
      expect((await fixture.userinfo(token)).status).to.equal(401)
      expect((await fixture.tokens(await fixture.enter(person))).id_token).to.be.a('string')
      expect((await fixture.count(person)).state).to.equal('active')
    })

  it('(sealed for another) the authenticator it was sealed for is refused', async () => {
    const { person } = victims.get('sealed for another')!
    const page = await fixture.challenge(person)
    for (const code of [await person.code(), '000000']) {
      const refused = await page.visitor.submit(page, { code })
      expect([refused.status, refused.h1]).to.deep.equal([503, 'Not available right now'])
    }
    await fixture.reset(person)
    expect((await fixture.tokens(await fixture.enter(person))).id_token).to.be.a('string')
  })

  it('(of a newer version) it is unavailable, also for a reset', async () => {
    const { person, entered, token } = victims.get('of a newer version')!
    const page = await fixture.begin()
    const answers = [
      await page.visitor.submit(page, { email: person.email, password: person.password }),
      await entered.visitor.get(fixture.ask('app', { prompt: 'none' }).path),
      await fixture.userinfo(token),
      await admin.call('GET', `/users/${person.id}`),
      await admin.reset(person, { code: await admin.person.code() }),
    ]
    expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 503))
  })
})
