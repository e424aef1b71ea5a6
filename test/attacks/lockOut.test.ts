/** Denial of service: attempts to prevent a sign-in, a reset or a set-up of others. */
import { expect } from 'chai'
import {
  type ServerFixture,
  CONCURRENT,
  concurrently,
  limitedFixture,
  sharedFixture,
  tally,
} from '../support/serverFixture.ts'
import { codesIn } from '../support/client.ts'
import { storedAccount } from '../support/storedAccount.ts'

describe('An attacker who wants to lock others out', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('cannot prevent the reset of an administrator account they control by repeating a used code', async () => {
    const [captured, colleague, target] = await Promise.all([fixture.admin(), fixture.admin(), fixture.person()])
    const code = await captured.person.code()
    expect((await captured.reset(target, { code })).status).to.equal(201)
    const attack = { answers: new Map<number, number>(), isOver: false }
    const flood = concurrently(async () => {
      while (!attack.isOver) {
        const { status } = await captured.reset(target, { code })
        attack.answers.set(status, (attack.answers.get(status) ?? 0) + 1)
      }
    })
    await fixture.eventually(async () => expect(attack.answers.get(422)).to.be.greaterThan(CONCURRENT))
    const { status, text } = await colleague.reset(captured.person, { code: await colleague.person.code() })
    expect(status, text).to.equal(201)
    attack.isOver = true
    await flood
    // The code is refused, and after the reset the token.
    expect([...attack.answers.keys()]).to.deep.equal([422, 401])
  })

  it('cannot make them save invalid backup codes: a newer set invalidates the page of an older one', async () => {
    const person = await fixture.person()
    const { link } = await fixture.reset(person)
    const visitor = fixture.visitor()
    const atLink = await fixture.confirm(person, await visitor.submit(await visitor.get(link), {}))
    const atSignIn = await fixture.challenge(person)
    const renewed = await atSignIn.visitor.submit(atSignIn, { code: await person.code() })
    const again = await fixture.challenge(person)
    const newest = await again.visitor.submit(again, { code: await person.code() })
    for (const old of [atLink, renewed]) {
      const tries = [
        await old.visitor.submit(old, { saved: 'yes' }),
        await old.visitor.get(old.path),
        await old.visitor.get(`${old.path}.txt`),
      ]
      for (const { status, h1 } of tries) expect([status, h1]).to.deep.equal([409, 'Your sign-in was interrupted'])
    }
    const [code = ''] = codesIn(newest.text)
    expect((await fixture.saveCodes(person, newest)).h1).to.equal('You are all set')
    const page = await fixture.backup(person)
    expect((await page.visitor.submit(page, { code })).status).to.equal(200)
  })

  it('cannot flood a mailbox by resets or resends: the sixth link within an hour is refused, and uses no code', async () => {
    const limited = await limitedFixture()
    const target = await limited.person()
    const [admin, colleague] = [await limited.admin(), await limited.admin()]
    const { id } = await limited.reset(target, admin)
    const resend = `/users/${target.id}/two-factor/resets/${id}/mail`
    for (let times = 0; times < 3; times++) expect((await admin.call('POST', resend)).status).to.equal(202)
    // One of these concurrent requests gets the last link.
    const code = await colleague.person.code()
    const resends = await concurrently(() => admin.call('POST', resend), 20)
    const { 202: sent, 429: refused, ...others } = tally(resends)
    expect([sent, refused, others]).to.deep.equal([1, 19, {}])
    for (const answer of [await colleague.reset(target, { code }), await admin.call('POST', resend)]) {
      expect([answer.status, answer.body.code]).to.deep.equal([429, 'too_many_resets'])
      expect(Number(answer.headers.get('retry-after'))).to.be.within(3000, 3600)
    }
    // The newest link is valid, and the code is still unused.
    const [newest = ''] = await limited.eventually(async () => {
      const links = await limited.links(target)
      expect(links).to.have.length(5)
      return links
    })
    expect((await limited.visitor().get(newest)).status).to.equal(200)
    expect((await colleague.reset(await limited.person(), { code })).status).to.equal(201)
    expect((await limited.count(target)).letters(/was reset/)).to.equal(5)
  })

  it('cannot reset more than twenty accounts an hour with one administrator account', async () => {
    const limited = await limitedFixture()
    const admin = await limited.admin()
    const visitor = limited.visitor()
    let acting = admin
    for (let act = 0; act < 20; act++) {
      if (act % 6 === 5) {
        const entered = await limited.enter(admin.person, limited.askManagement(), visitor)
        acting = limited.actingWith(admin.person, await limited.tokens(entered))
      }
      const { status } = await acting.reset(await limited.person(), { code: await admin.person.code() })
      expect([act, status]).to.deep.equal([act, 201])
    }
    const spared = await limited.person()
    const code = await admin.person.code()
    const answer = await acting.reset(spared, { code })
    expect([answer.status, answer.body.code]).to.deep.equal([429, 'too_many_resets'])
    expect((await limited.count(spared)).state).to.equal('active')
  })

  it('cannot fill a record or a cookie jar by repeated starts', async () => {
    const person = await fixture.person()
    const { link } = await fixture.reset(person)
    const visitor = fixture.visitor()
    for (let times = 0; times < 5; times++) {
      const page = await visitor.get(link)
      await concurrently(() => visitor.send(page, {}), 10)
    }
    await concurrently(() => fixture.challenge(person), 20)
    await fixture.idle(person)
    const text = JSON.stringify(await storedAccount(fixture.host, person.id))
    expect(text.length).to.be.lessThan(16_384)
    expect((await fixture.count(person)).audit('two_factor.reset.opened')).to.equal(1)
    expect(visitor.jar.header(link).length).to.be.lessThan(8000)
  })

  it('cannot use up a set-up: after its time it can begin again', async () => {
    const person = await fixture.person()
    const { link } = await fixture.reset(person)
    const visitor = fixture.visitor()
    const opened = await visitor.submit(await visitor.get(link), {})
    const atSignIn = await fixture.challenge(person)
    await fixture.advance(1801)
    for (const page of [opened, atSignIn]) {
      const late = await page.visitor.submit(page, { code: fixture.appOf(page).at(fixture.server.now()) })
      expect([late.status, late.h1]).to.deep.equal([410, 'Your sign-in was interrupted'])
    }
    expect((await fixture.challenge(person)).h1).to.equal('Set up your authenticator')
    const again = await visitor.submit(await visitor.get(link), {})
    expect((await fixture.setUp(person, again)).h1).to.equal('You are all set')
  })

  it('cannot leave them without backup codes: codes that were not saved in time are made again', async () => {
    const person = await fixture.person({ enrolled: false })
    const shown = await fixture.confirm(person, await fixture.challenge(person))
    await fixture.advance(901)
    const late = await shown.visitor.get(shown.path)
    expect([late.status, late.h1]).to.deep.equal([410, 'Your sign-in was interrupted'])
    const page = await fixture.challenge(person)
    const fresh = await page.visitor.submit(page, { code: await person.code() })
    expect(fresh.h1).to.equal('Save your backup codes')
    expect(codesIn(fresh.text)).to.have.length(10).and.not.to.include(codesIn(shown.text)[0])
  })
})
