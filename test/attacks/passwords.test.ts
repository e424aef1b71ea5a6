/** Attempts on a password: by who asks for a link to another one, reads somebody's mailbox, sits at their open browser, or knows the old one. */
import { expect } from 'chai'
import { type Arena, crowd, openArena, sharedArena, tally } from '../support/arena.ts'
import type { Person } from '../support/attackPeople.ts'
import type { Page, Visitor } from '../support/client.ts'

const NEW = 'a horse that reads at night'
const OTHER = 'a cow that sings by day'

let arena: Arena
before(async () => {
  arena = await sharedArena()
})

const withNew = (person: Person): Person => Object.assign(Object.create(person) as Person, { password: NEW })
/** What a page says, without what is made anew for each. */
const plain = ({ status, location, text }: Page): string =>
  `${status} ${location ?? ''} ${text.replaceAll(/value="[^"]*"/g, '')}`

/** From a mailed link to the page where the password is chosen. */
async function opened(link: string, where = arena): Promise<Page> {
  const page = await where.visitor().get(link)
  return page.visitor.submit(page, {})
}
const passwordFits = async (person: Person, where = arena): Promise<boolean> =>
  (await where.challenge(person)).h1 === 'Enter your code'

describe('Whoever says they have forgotten a password', () => {
  it('is answered the same, whoever they name; and a letter goes to complete accounts only', async () => {
    const known = await arena.person()
    const others = [
      await arena.person({ status: 'pending', enrolled: false }),
      await arena.person({ status: 'disabled' }),
    ]
    const answers = new Set<string>()
    for (const email of [
      known.email,
      ...others.map((one) => one.email),
      'nobody@example.com',
      'no address',
      'a@b\r\nBcc: c@d',
    ])
      answers.add(plain(await arena.askForPassword(email)))
    expect([...answers]).to.have.length(1)
    expect([...answers][0]).to.match(/^200 .*Check your inbox/s)
    await arena.eventually(async () => expect(await arena.letters(known)).to.have.length(1))
    await arena.house.rekey.settled()
    for (const other of others) expect(await arena.letters(other)).to.deep.equal([])
    expect((await arena.askForPassword('')).status).to.equal(422)
  })

  it('fills no mailbox: five letters an hour, and an administrator still resets', async () => {
    const limited = await openArena({ reset: {}, step_up: {} })
    const person = await limited.person()
    for (let n = 0; n < 5; n++) await limited.forget(person)
    for (let n = 0; n < 3; n++) await limited.askForPassword(person.email)
    await limited.settled(person)
    expect(await limited.links(person)).to.have.length(5)
    await limited.reset(person)
  })

  it('gets a link that no looking uses up, that changes the password once and leaves the second factor alone', async () => {
    const person = await arena.person()
    const { visitor, asked, code } = await arena.enter(person)
    const { body: tokens } = await arena.exchange({ asked, code })
    const link = await arena.forget(person)
    for (let n = 0; n < 10; n++) expect((await arena.visitor().get(link)).h1).to.equal('Choose a new password')
    const page = await opened(link)
    expect(page.h1).to.equal('Choose a password')
    expect(page.path).to.not.contain(link.split('.').at(-1))
    expect((await page.visitor.submit(page, { password: person.email })).alert).to.contain('your name, your email')
    expect(await arena.silently(visitor)).to.equal('code')
    const done = await page.visitor.submit(page, { password: NEW })
    expect([done.status, done.h1]).to.deep.equal([200, 'You are all set'])
    // It signs nobody in, and everybody out.
    expect(await arena.silently(page.visitor)).to.equal('login_required')
    expect(await arena.silently(visitor)).to.equal('login_required')
    expect((await arena.userinfo(tokens.access_token)).status).to.equal(401)
    expect(await passwordFits(person)).to.equal(false)
    await arena.enter(withNew(person))
    const dead = await arena.visitor().get(link)
    expect([dead.status, dead.h1]).to.deep.equal([410, 'This link was already used'])
    const counted = await arena.count(person)
    expect([counted.state, counted.audit('account.password_changed')]).to.deep.equal(['active', 1])
    expect(counted.letters(/^The password of your .* account was changed$/)).to.equal(1)
  })

  it('changes it once, however many send it at once, and each sees the same', async () => {
    const person = await arena.person()
    const page = await opened(await arena.forget(person))
    const answers = await crowd(() => page.visitor.stolen().send(page, { password: NEW }), 20)
    expect(tally(answers)).to.deep.equal({ 303: 20 })
    const counted = await arena.count(person)
    expect(counted.audit('account.password_changed')).to.equal(1)
    expect(await passwordFits(withNew(person))).to.equal(true)
  })

  it('opened in two browsers, is the first one’s: the other is told', async () => {
    const person = await arena.person()
    const link = await arena.forget(person)
    const [first, second] = [await opened(link), await opened(link)]
    expect((await first.visitor.submit(first, { password: NEW })).h1).to.equal('You are all set')
    const late = await second.visitor.submit(second, { password: OTHER })
    expect([late.status, late.h1]).to.deep.equal([410, 'This link was already used'])
    expect(await passwordFits(withNew(person))).to.equal(true)
  })

  it('gets nothing by a link of another kind', async () => {
    const person = await arena.person()
    const forgotten = await arena.forget(person)
    expect((await arena.visitor().get(forgotten.replace('/password/', '/two-factor/reset/'))).status).to.equal(404)
    expect((await arena.visitor().get(forgotten.replace('/password/', '/invitation/'))).status).to.equal(404)
    const { link } = await arena.reset(person)
    expect((await arena.visitor().get(link.replace('/two-factor/reset/', '/password/'))).status).to.equal(404)
  })

  it('that was opened too long ago is to be opened again, and nothing is said of an authenticator', async () => {
    const own = await openArena()
    const page = await opened(await own.forget(await own.person()), own)
    await own.advance(1801)
    const late = await page.visitor.send(page, { password: NEW })
    expect(late.status).to.equal(410)
    expect(late.text).to.contain('Open the newest link in your mailbox again').and.not.contain('authenticator')
  })

  it('does not hold a page open past a disabling', async () => {
    const person = await arena.person()
    const page = await opened(await arena.forget(person))
    await arena.house.directory.setStatus(person.id, 'disabled')
    const sent = await page.visitor.send(page, { password: NEW })
    expect([sent.status, sent.h1]).to.deep.equal([404, 'This link does not work'])
    await arena.house.directory.setStatus(person.id, 'active')
    expect(await passwordFits(person)).to.equal(true)
  })
})

describe('Whoever reads somebody’s mailbox', () => {
  it('does not come from a reset’s link to the password as well: neither before, nor with, nor soon after it', async () => {
    const own = await openArena()
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
    await own.house.rekey.settled()
    await own.settled(person)
    expect(await own.links(person)).to.deep.equal(seen)
    await own.advance(86_400)
    const late = await opened(await own.forget(person), own)
    expect((await late.visitor.submit(late, { password: NEW })).h1).to.equal('You are all set')
  })

  it('and has used it for the password is pointed out to whoever is about to reset', async () => {
    const [person, admin] = [await arena.person(), await arena.person({ roles: ['admin'] })]
    const { visitor } = await arena.enterPlace(admin, '/admin/users', 'Users')
    const confirm = async (): Promise<string> => (await visitor.go(`/admin/users/${person.id}/two-factor/reset`)).text
    expect(await confirm()).to.not.contain('the same mailbox would open the account')
    const page = await opened(await arena.forget(person))
    await page.visitor.submit(page, { password: NEW })
    expect(await confirm()).to.contain('the same mailbox would open the account')
  })
})

describe('Whoever knows the old password', () => {
  it('is out the moment it changes, also half-way through a sign-in', async () => {
    const person = await arena.person()
    const challenge = await arena.challenge(person)
    const page = await opened(await arena.forget(person))
    await page.visitor.submit(page, { password: NEW })
    const late = await challenge.visitor.submit(challenge, { code: await person.code() })
    expect(late.h1).to.equal('Your sign-in was interrupted')
  })

  it('carries it across the change by no race', async () => {
    const person = await arena.person()
    const page = await opened(await arena.forget(person))
    const starts = await crowd(() => arena.begin(), 12)
    const [changed, ...entered] = await Promise.all([
      page.visitor.submit(page, { password: NEW }),
      ...starts.map((start) => arena.enterPassword(start, person)),
    ])
    expect(changed.h1).to.equal('You are all set')
    const through = entered.filter(({ h1 }) => h1 === 'Enter your code')
    for (const one of through) {
      const late = await one.visitor.submit(one, { code: await person.code() })
      expect(late.h1).to.equal('Your sign-in was interrupted')
    }
    expect(await passwordFits(person)).to.equal(false)
  })
})

describe('Whoever sits at somebody’s open browser', () => {
  const CHANGE = { prompt: 'change_password' }
  const changing = (visitor: Visitor): Promise<Page> => arena.begin(arena.ask('app', CHANGE), visitor)

  it('changes no password without a code and the password of now', async () => {
    const person = await arena.person()
    const { visitor } = await arena.enter(person)
    const asked = await changing(visitor)
    expect([asked.h1, asked.text.includes('name="code"')]).to.deep.equal(['Change password', true])
    expect((await visitor.submit(asked, { code: '000000' })).status).to.equal(422)
    // The page after it is not there without the code.
    expect((await visitor.go(asked.path.replace(/change$/, 'password'))).h1).to.equal('Change password')
    const page = await visitor.submit(asked, { code: await person.code() })
    expect(page.h1).to.equal('Your new password')
    for (const current of ['', 'wrong', NEW]) {
      const no = await visitor.submit(page, { current_password: current, password: NEW })
      expect([no.status, no.alert]).to.deep.equal([422, 'That is not your current password.'])
      expect(no.text).to.not.contain(NEW)
    }
    expect(await passwordFits(person)).to.equal(true)
    expect(await arena.silently(visitor)).to.equal('code')
  })

  it('the owner changes it: everybody else is out, this browser goes on, the authenticator stays', async () => {
    const person = await arena.person()
    const { visitor } = await arena.enter(person)
    const other = (await arena.enter(person)).visitor
    const request = arena.ask('app', CHANGE)
    const asked = await arena.begin(request, visitor)
    const page = await visitor.submit(asked, { code: await person.code() })
    expect(await arena.silently(other)).to.equal('code')
    const sent = { current_password: person.password, password: NEW }
    const [done, again] = await Promise.all([visitor.send(page, sent), visitor.stolen().send(page, sent)])
    expect([done.status, done.location, again.location]).to.deep.equal([303, again.location, done.location])
    const end = await visitor.get(done.location!)
    expect(end.h1).to.equal('You are all set')
    const { body } = await arena.exchange({ asked: request, code: arena.codeAt(await arena.resume(end)) })
    expect((await arena.userinfo(body.access_token)).body.sub).to.equal(person.id)
    expect(await arena.silently(visitor)).to.equal('code')
    expect(await arena.silently(other)).to.equal('login_required')
    expect(await passwordFits(person)).to.equal(false)
    await arena.enter(withNew(person))
    const counted = await arena.count(person)
    expect([counted.state, counted.audit('account.password_changed')]).to.deep.equal(['active', 1])
  })

  it('is interrupted by a reset, and the password stays', async () => {
    const person = await arena.person()
    const { visitor } = await arena.enter(person)
    const page = await visitor.submit(await changing(visitor), { code: await person.code() })
    await arena.reset(person)
    const sent = await visitor.submit(page, { current_password: person.password, password: NEW })
    expect(sent.h1).to.equal('Your sign-in was interrupted')
    expect((await arena.challenge(person)).h1).to.equal('Set up your authenticator')
  })
})
