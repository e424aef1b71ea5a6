/** The page of a user in the console: what it says of the account, and the acts that end sessions. */
import { expect } from 'chai'
import { type Page, type Visitor, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'

const textOf = ({ text }: Page): string =>
  text
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ')
const pathOf = ({ id }: Pick<Person, 'id'>): string => `/admin/users/${id}`
/** Addresses of the forms that end one session. */
const ends = ({ text }: Page): string[] =>
  [...text.matchAll(/action="([^"]*\/sessions\/[^"/]+\/end)"/g)].map(([, action = '']) => action)

describe('The page of a user in the console', () => {
  let fixture: ServerFixture
  let visitor: Visitor
  const open = (person: Pick<Person, 'id'>): Promise<Page> => visitor.go(pathOf(person))

  before(async () => {
    fixture = await sharedFixture()
    ;({ visitor } = await fixture.enterApp(await fixture.person({ roles: ['admin'] }), '/admin/users', 'Users'))
  })

  it('names the language of the account, and shows a text that is no language as it is', async () => {
    const { id } = await fixture.person()
    const named = async (locale: string, language: string): Promise<string | undefined> => {
      await fixture.host.directory.change(id, { locale })
      const { text } = await visitor.stolen().get(`${pathOf({ id })}?language=${language}`)
      return /<dd><bdi>([^<]*)<\/bdi><\/dd>/.exec(text)?.[1]
    }
    expect(await named('pt-BR', 'de')).to.equal('Portugiesisch (Brasilien)')
    expect(await named('pt-BR', 'en')).to.equal('Brazilian Portuguese')
    expect(await named('de', 'en')).to.equal('Deutsch')
    expect(await named('x_y', 'en')).to.equal('x_y')
  })

  it('ends one session, and says so to a repeated form too', async () => {
    const person = await fixture.person()
    const [first, second] = [await fixture.enterAccount(person), await fixture.enterAccount(person)]
    const page = await open(person)
    expect(ends(page)).to.have.length(2)
    const form = withForm(page, new RegExp(ends(page)[0]!))
    for (const time of [1, 2]) {
      const answer = await visitor.send(form, {})
      expect(answer.status, `time ${time}`).to.equal(303)
      const after = await visitor.go(answer.location ?? '')
      expect(textOf(after)).to.include('The session has been ended')
      expect(ends(after)).to.have.length(1)
    }
    const h1s = await Promise.all([first, second].map(async (own) => (await own.visitor.go('/account')).h1))
    expect(h1s).to.have.members(['Sign in', 'Your security'])
    expect((await fixture.count(person)).audit('session.ended')).to.equal(1)
  })

  it('gives helpdesk no form to end the session of an administrator, and refuses the act on the page of that user', async () => {
    const [admin, person] = [await fixture.person({ roles: ['admin'] }), await fixture.person()]
    await Promise.all([fixture.enterAccount(admin), fixture.enterAccount(person)])
    const helpdesk = await fixture.person({ roles: ['helpdesk'] })
    const { visitor: other } = await fixture.enterApp(helpdesk, '/admin/users', 'Users')
    const theirs = await other.go(pathOf(admin))
    expect(ends(theirs)).to.deep.equal([])
    expect(theirs.text).not.to.include('/sessions/end"')
    const page = await other.go(pathOf(person))
    const { person: target } = { person }
    await fixture.host.directory.change(target.id, { roles: ['admin'] })
    for (const action of [/sessions\/end$/, new RegExp(ends(page)[0]!)]) {
      const refused = await other.send(withForm(page, action), {})
      expect([refused.status, refused.h1]).to.deep.equal([403, 'Not changed'])
      expect(refused.text).to.include(`href="${pathOf(target)}"`)
    }
    expect((await fixture.count(person)).sessions).to.equal(1)
  })

  it('refuses another invitation of a person who has completed the account, on the page of that user', async () => {
    const person = await fixture.person({ status: 'pending', enrolled: false })
    const page = await open(person)
    await fixture.host.directory.change(person.id, { status: 'active' })
    const refused = await visitor.send(withForm(page, /\/invitation$/), {})
    expect([refused.status, refused.h1]).to.deep.equal([409, 'Not changed'])
    expect(refused.text).to.include(`href="${pathOf(person)}"`)
  })

  it('says what became of an invitation', async () => {
    const person = await fixture.person({ status: 'pending', enrolled: false })
    expect(textOf(await open(person))).to.include('No invitation has been sent.')
    await fixture.invite(person)
    await fixture.idle(person)
    const text = textOf(await open(person))
    expect(text).to.match(/Invitation .*Sentnow.*LinkValid for (1 day|23 hours, 59 minutes)/)
    expect(text).to.include('Accepted by the mail server')
  })

  it('says why a person cannot sign in', async () => {
    const person = await fixture.person()
    const saying = async (words: string): Promise<void> => {
      await fixture.eventually(async () => expect(textOf(await open(person))).to.include(words))
    }
    await fixture.enterPassword(await fixture.begin(), { ...person, password: 'not the password of anybody' })
    await saying('Last attempt to sign in now: wrong password.')
    const challenge = await fixture.challenge(person)
    await challenge.visitor.submit(challenge, { code: '000000' })
    await saying('wrong or already used code.')
    await fixture.enterAccount(person)
    await fixture.eventually(async () => expect(textOf(await open(person))).not.to.include('Last attempt'))
    await fixture.host.directory.change(person.id, { status: 'disabled' })
    await saying('They cannot sign in: the account is disabled.')
  })

  it('says what is needed to set up again, and shows the link as cancelled once it is', async () => {
    const person = await fixture.person()
    await fixture.reset(person)
    expect(textOf(await open(person))).to.include('Password or the link we emailed')
    const revoked = await visitor.submit(withForm(await open(person), /\/revoke$/), {})
    expect(textOf(revoked)).to.include('Password; the link we emailed no longer works')
    const helpdesk = await fixture.person({ roles: ['helpdesk'] })
    await fixture.reset(helpdesk)
    const strict = await visitor.submit(withForm(await open(helpdesk), /\/revoke$/), {})
    expect(textOf(strict)).to.include('They cannot sign in: the link was cancelled.')
  })

  it('shows the time from which a reset is possible as a time', async () => {
    const person = await fixture.person({ roles: ['helpdesk'] })
    const link = await fixture.forget(person)
    const opened = await fixture.visitor().go(link)
    const form = await opened.visitor.submit(opened, {})
    await form.visitor.submit(form, { password: `Another-${person.id}-9` })
    const { text } = await open(person)
    expect(text).to.match(/changed the password a short time ago. Possible after <time [^>]*>[^<]+<\/time>\./)
  })
})
