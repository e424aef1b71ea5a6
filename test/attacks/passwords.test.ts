/** Attacks on a password: by link, by mailbox, at an open browser, and with the old password. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, openFixture, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Page, Visitor } from '../support/client.ts'

const NEW = 'a horse that reads at night'
const OTHER = 'a cow that sings by day'

let fixture: ServerFixture
before(async () => {
  fixture = await sharedFixture()
})

const withNew = (person: Person): Person => Object.assign(Object.create(person) as Person, { password: NEW })
/** A page without the values that differ for each request. */
const plain = ({ status, location, text }: Page): string =>
  `${status} ${location ?? ''} ${text.replaceAll(/value="[^"]*"/g, '')}`

/** The page behind a mailed link where the password is chosen. */
async function opened(link: string, where = fixture): Promise<Page> {
  const page = await where.visitor().get(link)
  return page.visitor.submit(page, {})
}
const passwordFits = async (person: Person, where = fixture): Promise<boolean> =>
  (await where.challenge(person)).h1 === 'Enter your code'

describe('A request for a new password', () => {
  it('has the same answer for every email; an email goes to active accounts only', async () => {
    const known = await fixture.person()
    const others = [
      await fixture.person({ status: 'pending', enrolled: false }),
      await fixture.person({ status: 'disabled' }),
    ]
    const answers = new Set<string>()
    for (const email of [
      known.email,
      ...others.map((person) => person.email),
      'nobody@example.com',
      'no address',
      'a@b\r\nBcc: c@d',
    ])
      answers.add(plain(await fixture.askForPassword(email)))
    expect([...answers]).to.have.length(1)
    expect([...answers][0]).to.match(/^200 .*Check your email/s)
    await fixture.eventually(async () => expect(await fixture.letters(known)).to.have.length(1))
    await fixture.host.rekey.idle()
    for (const other of others) expect(await fixture.letters(other)).to.deep.equal([])
    expect((await fixture.askForPassword('')).status).to.equal(422)
  })

  it('sends at most five emails an hour, and a reset still works', async () => {
    const limited = await openFixture({ reset: {}, step_up: {} })
    const person = await limited.person()
    for (let n = 0; n < 5; n++) await limited.forget(person)
    for (let n = 0; n < 3; n++) await limited.askForPassword(person.email)
    await limited.idle(person)
    expect(await limited.links(person)).to.have.length(5)
    await limited.reset(person)
  })

  it('gives a link that GET does not use, that changes the password once and keeps the second factor', async () => {
    const person = await fixture.person()
    const { visitor, request, code } = await fixture.enter(person)
    const { body: tokens } = await fixture.exchange({ request, code })
    const link = await fixture.forget(person)
    for (let n = 0; n < 10; n++) expect((await fixture.visitor().get(link)).h1).to.equal('Choose a new password')
    const page = await opened(link)
    expect(page.h1).to.equal('Choose a password')
    expect(page.path).to.not.contain(link.split('.').at(-1))
    expect((await page.visitor.submit(page, { password: person.email })).alert).to.contain('your name, your email')
    expect(await fixture.silently(visitor)).to.equal('code')
    const done = await page.visitor.submit(page, { password: NEW })
    expect([done.status, done.h1]).to.deep.equal([200, 'You are all set'])
    // It ends all sessions and begins none.
    expect(await fixture.silently(page.visitor)).to.equal('login_required')
    expect(await fixture.silently(visitor)).to.equal('login_required')
    expect((await fixture.userinfo(tokens.access_token)).status).to.equal(401)
    expect(await passwordFits(person)).to.equal(false)
    await fixture.enter(withNew(person))
    const dead = await fixture.visitor().get(link)
    expect([dead.status, dead.h1]).to.deep.equal([410, 'This link was already used'])
    const counted = await fixture.count(person)
    expect([counted.state, counted.audit('account.password_changed')]).to.deep.equal(['active', 1])
    expect(counted.letters(/^The password of your .* account was changed$/)).to.equal(1)
  })

  it('changes it once for concurrent requests, with the same answer for each', async () => {
    const person = await fixture.person()
    const page = await opened(await fixture.forget(person))
    const answers = await concurrently(() => page.visitor.stolen().send(page, { password: NEW }), 20)
    expect(tally(answers)).to.deep.equal({ 303: 20 })
    const counted = await fixture.count(person)
    expect(counted.audit('account.password_changed')).to.equal(1)
    expect(await passwordFits(withNew(person))).to.equal(true)
  })

  it('that is opened in two browsers is used by the first; the second reads that', async () => {
    const person = await fixture.person()
    const link = await fixture.forget(person)
    const [first, second] = [await opened(link), await opened(link)]
    expect((await first.visitor.submit(first, { password: NEW })).h1).to.equal('You are all set')
    const late = await second.visitor.submit(second, { password: OTHER })
    expect([late.status, late.h1]).to.deep.equal([410, 'This link was already used'])
    expect(await passwordFits(withNew(person))).to.equal(true)
  })

  it('gives a link that is no link of another kind', async () => {
    const person = await fixture.person()
    const forgotten = await fixture.forget(person)
    expect((await fixture.visitor().get(forgotten.replace('/password/', '/two-factor/reset/'))).status).to.equal(404)
    expect((await fixture.visitor().get(forgotten.replace('/password/', '/invitation/'))).status).to.equal(404)
    const { link } = await fixture.reset(person)
    expect((await fixture.visitor().get(link.replace('/two-factor/reset/', '/password/'))).status).to.equal(404)
  })

  it('that was opened too long ago must be opened again, and the page does not name an authenticator', async () => {
    const own = await openFixture()
    const page = await opened(await own.forget(await own.person()), own)
    await own.advance(1801)
    const late = await page.visitor.send(page, { password: NEW })
    expect(late.status).to.equal(410)
    expect(late.text).to.contain('Open the newest link in your mailbox again').and.not.contain('authenticator')
  })

  it('changes nothing on an open page after the account was disabled', async () => {
    const person = await fixture.person()
    const page = await opened(await fixture.forget(person))
    await fixture.host.directory.setStatus(person.id, 'disabled')
    const sent = await page.visitor.send(page, { password: NEW })
    expect([sent.status, sent.h1]).to.deep.equal([404, 'This link does not work'])
    await fixture.host.directory.setStatus(person.id, 'active')
    expect(await passwordFits(person)).to.equal(true)
  })
})

describe('An attacker who reads the mailbox of a person', () => {
  it('cannot change the password by a link before, during or soon after a reset', async () => {
    const own = await openFixture()
    const person = await own.person()
    const before = await own.forget(person)
    const waiting = await opened(before, own)
    const { link } = await own.reset(person)
    const dead = await own.visitor().get(before)
    expect([dead.status, dead.h1]).to.deep.equal([410, 'This link was cancelled'])
    expect((await waiting.visitor.send(waiting, { password: NEW })).h1).to.equal('This link was cancelled')
    const seen = await own.links(person)
    await own.askForPassword(person.email)
    const setUp = await opened(link, own)
    expect((await own.setUp(person, setUp)).h1).to.equal('You are all set')
    await own.askForPassword(person.email)
    await own.host.rekey.idle()
    await own.idle(person)
    expect(await own.links(person)).to.deep.equal(seen)
    await own.advance(86_400)
    const late = await opened(await own.forget(person), own)
    expect((await late.visitor.submit(late, { password: NEW })).h1).to.equal('You are all set')
  })

  it('and changed the password by it causes a warning on the page of a reset', async () => {
    const [person, admin] = [await fixture.person(), await fixture.person({ roles: ['admin'] })]
    const { visitor } = await fixture.enterApp(admin, '/admin/users', 'Users')
    const confirm = async (): Promise<string> => (await visitor.go(`/admin/users/${person.id}/two-factor/reset`)).text
    expect(await confirm()).to.not.contain('the same mailbox would open the account')
    const page = await opened(await fixture.forget(person))
    await page.visitor.submit(page, { password: NEW })
    expect(await confirm()).to.contain('the same mailbox would open the account')
  })
})

describe('An attacker who knows the old password', () => {
  it('cannot complete a sign-in after it changed', async () => {
    const person = await fixture.person()
    const challenge = await fixture.challenge(person)
    const page = await opened(await fixture.forget(person))
    await page.visitor.submit(page, { password: NEW })
    const late = await challenge.visitor.submit(challenge, { code: await person.code() })
    expect(late.h1).to.equal('Your sign-in was interrupted')
  })

  it('cannot sign in concurrently with the change', async () => {
    const person = await fixture.person()
    const page = await opened(await fixture.forget(person))
    const starts = await concurrently(() => fixture.begin(), 12)
    const [changed, ...entered] = await Promise.all([
      page.visitor.submit(page, { password: NEW }),
      ...starts.map((start) => fixture.enterPassword(start, person)),
    ])
    expect(changed.h1).to.equal('You are all set')
    const through = entered.filter(({ h1 }) => h1 === 'Enter your code')
    for (const item of through) {
      const late = await item.visitor.submit(item, { code: await person.code() })
      expect(late.h1).to.equal('Your sign-in was interrupted')
    }
    expect(await passwordFits(person)).to.equal(false)
  })
})

describe('An attacker at the open browser of a person', () => {
  const CHANGE = { prompt: 'change_password' }
  const changing = (visitor: Visitor): Promise<Page> => fixture.begin(fixture.ask('app', CHANGE), visitor)

  it('cannot change the password without a code and the current password', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const request = await changing(visitor)
    expect([request.h1, request.text.includes('name="code"')]).to.deep.equal(['Change password', true])
    expect((await visitor.submit(request, { code: '000000' })).status).to.equal(422)
    // The next page is not shown without the code.
    expect((await visitor.go(request.path.replace(/change$/, 'password'))).h1).to.equal('Change password')
    const page = await visitor.submit(request, { code: await person.code() })
    expect(page.h1).to.equal('Your new password')
    for (const current of ['', 'wrong', NEW]) {
      const refusal = await visitor.submit(page, { current_password: current, password: NEW })
      expect([refusal.status, refusal.alert]).to.deep.equal([422, 'That is not your current password.'])
      expect(refusal.text).to.not.contain(NEW)
    }
    expect(await passwordFits(person)).to.equal(true)
    expect(await fixture.silently(visitor)).to.equal('code')
  })

  it('unlike the owner: the change ends all other sessions and keeps the authenticator', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const other = (await fixture.enter(person)).visitor
    const authorization = fixture.ask('app', CHANGE)
    const request = await fixture.begin(authorization, visitor)
    const page = await visitor.submit(request, { code: await person.code() })
    expect(await fixture.silently(other)).to.equal('code')
    const sent = { current_password: person.password, password: NEW }
    const [done, again] = await Promise.all([visitor.send(page, sent), visitor.stolen().send(page, sent)])
    expect([done.status, done.location, again.location]).to.deep.equal([303, again.location, done.location])
    const end = await visitor.get(done.location!)
    expect(end.h1).to.equal('You are all set')
    const { body } = await fixture.exchange({ request: authorization, code: fixture.codeAt(await fixture.resume(end)) })
    expect((await fixture.userinfo(body.access_token)).body.sub).to.equal(person.id)
    expect(await fixture.silently(visitor)).to.equal('code')
    expect(await fixture.silently(other)).to.equal('login_required')
    expect(await passwordFits(person)).to.equal(false)
    await fixture.enter(withNew(person))
    const counted = await fixture.count(person)
    expect([counted.state, counted.audit('account.password_changed')]).to.deep.equal(['active', 1])
  })

  it('is interrupted by a reset, and the password is unchanged', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const page = await visitor.submit(await changing(visitor), { code: await person.code() })
    await fixture.reset(person)
    const sent = await visitor.submit(page, { current_password: person.password, password: NEW })
    expect(sent.h1).to.equal('Your sign-in was interrupted')
    expect((await fixture.challenge(person)).h1).to.equal('Set up your authenticator')
  })
})
