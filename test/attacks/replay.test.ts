/** A code is accepted once, on all surfaces, in every spelling, and never from an older step. */
import { expect } from 'chai'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import { codesIn, type Page, setupKeyIn } from '../support/client.ts'
import { WRONG_CODE } from '../support/sentences.ts'

describe('A code that was used', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const fullWidth = (code: string): string =>
    code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
  const spellings = (code: string): string[] => [code, ` ${code.slice(0, 3)} ${code.slice(3)} `, fullWidth(code)]

  /** Every surface refuses this code of `person`, in every spelling. */
  async function refusedEverywhere(person: Person, code: string, signedIn?: Page): Promise<void> {
    for (const typed of spellings(code)) {
      const elsewhere = await fixture.challenge(person)
      const refused = await elsewhere.visitor.submit(elsewhere, { code: typed })
      expect([refused.status, refused.h1, refused.alert]).to.deep.equal([422, 'Enter your code', WRONG_CODE])
    }
    if (signedIn) {
      const again = await fixture.challenge(person, fixture.ask('app', { prompt: 'login' }), signedIn.visitor)
      expect((await again.visitor.submit(again, { code })).alert).to.equal(WRONG_CODE)
    }
    const stranger = await fixture.challenge(await fixture.person({ enrolled: false }))
    const set = await stranger.visitor.submit(stranger, { code })
    expect([set.status, set.h1, set.alert]).to.deep.equal([422, 'Set up your authenticator', WRONG_CODE])
  }

  async function refusedAsStepUp(acting: Acting, code: string): Promise<void> {
    const target = await fixture.person()
    for (const typed of spellings(code)) {
      const { status, body } = await acting.reset(target, { code: typed })
      expect([status, body.code]).to.deep.equal([422, 'code_incorrect'])
    }
    expect((await fixture.count(target)).state).to.equal('active')
  }

  it('to set up is refused everywhere', async () => {
    const admin = await fixture.person({ enrolled: false, roles: ['admin'] })
    const page = await fixture.challenge(admin, fixture.askManagement())
    const app = (admin.authenticator = fixture.appOf(page))
    const code = app.at(fixture.server.now())
    const shown = await page.visitor.submit(page, { code })
    expect(shown.h1).to.equal('Save your backup codes')
    const done = await fixture.resume(await fixture.saveCodes(admin, shown))
    const request = fixture.askManagement({ prompt: 'none' })
    const tokens = await fixture.tokens({ request, code: fixture.codeAt(await page.visitor.get(request.path)) })
    await refusedEverywhere(admin, code, done)
    await refusedAsStepUp(fixture.actingWith(admin, tokens), code)
  })

  it('to sign in is refused everywhere', async () => {
    const admin = await fixture.person({ roles: ['admin'] })
    await fixture.enter(admin)
    const page = await fixture.challenge(admin, fixture.askManagement())
    const code = await admin.code()
    const done = await page.visitor.submit(page, { code })
    await refusedEverywhere(admin, code, done)
    await refusedAsStepUp(await fixture.acting(admin), code)
  })

  it('for a step-up is refused everywhere', async () => {
    const [admin, target] = await Promise.all([fixture.admin(), fixture.person()])
    const code = await admin.person.code()
    expect((await admin.reset(target, { code }, { 'idempotency-key': 'first' })).status).to.equal(201)
    await refusedEverywhere(admin.person, code)
    await refusedAsStepUp(admin, code)
    const again = await admin.reset(target, { code }, { 'idempotency-key': 'second' })
    expect([again.status, again.body.code]).to.deep.equal([422, 'code_incorrect'])
    expect((await fixture.count(target)).audit('two_factor.reset.started')).to.equal(1)
  })

  it('invalidates every older code, on every surface', async () => {
    const admin = await fixture.admin()
    await fixture.advance(90)
    const now = fixture.server.now()
    const [older, old, next] = [now - 30, now, now + 30].map((at) => admin.person.authenticator.at(at))
    const page = await fixture.challenge(admin.person)
    expect((await page.visitor.submit(page, { code: next! })).status).to.equal(200)
    for (const code of [older!, old!]) {
      await refusedEverywhere(admin.person, code)
      await refusedAsStepUp(admin, code)
    }
    // The accepted code is not valid again in its own step.
    await fixture.advance(30)
    await refusedEverywhere(admin.person, next!)
  })

  it('and was a backup code is refused in every spelling', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    const [code = ''] = person.codes
    const page = await fixture.backup(person)
    expect((await page.visitor.submit(page, { code })).status).to.equal(200)
    for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ' '), `1. ${code}`]) {
      const again = await fixture.backup(person)
      const refused = await again.visitor.submit(again, { code: typed })
      expect([refused.status, refused.h1]).to.deep.equal([422, 'Use a backup code'])
      expect(refused.alert).to.match(/wrong or was already used/)
    }
    expect((await fixture.count(person)).codes).to.equal(9)
  })

  it('or an unused backup code is no step-up', async () => {
    const admin = await fixture.admin()
    const target = await fixture.person()
    const [code = ''] = admin.person.codes
    const { status, body } = await admin.reset(target, { code })
    expect([status, body.code]).to.deep.equal([422, 'invalid_request'])
    expect((await fixture.count(target)).state).to.equal('active')
    // It is still unused.
    const page = await fixture.backup(admin.person)
    expect((await page.visitor.submit(page, { code })).status).to.equal(200)
  })
})

describe('A form that is sent again', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  it('shows the first result: at the challenge, with any code', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    const page = await fixture.challenge(person)
    const code = await person.code()
    const first = await page.visitor.send(page, { code })
    for (const typed of [code, '000000', '']) {
      const again = await page.visitor.send(page, { code: typed })
      expect([again.status, again.h1, again.text]).to.deep.equal([200, first.h1, first.text])
    }
    expect(fixture.answerAt(await fixture.resume(first))?.has('code')).to.equal(true)
    // After the end of the sign-in there is no result any more.
    const late = await page.visitor.send(page, { code })
    expect([late.status, late.h1]).to.deep.equal([400, 'Your sign-in was interrupted'])
    expect((await fixture.count(person)).sessions).to.equal(2)
  })

  it('shows the first result: at the set-up and its backup codes', async () => {
    const person = await fixture.person({ enrolled: false })
    const page = await fixture.challenge(person)
    const shown = await fixture.confirm(person, page)
    const code = person.authenticator.at(fixture.server.now())
    for (const typed of [code, '000000']) {
      const again = await page.visitor.submit(page, { code: typed })
      expect([again.h1, codesIn(again.text)]).to.deep.equal(['Save your backup codes', codesIn(shown.text)])
    }
    const done = await fixture.saveCodes(person, shown)
    expect((await shown.visitor.submit(shown, { saved: 'yes' })).text).to.equal(done.text)
    expect((await fixture.count(person)).audit('two_factor.enrolled')).to.equal(1)
  })

  it('shows the first result: at the mailed link', async () => {
    const person = await fixture.person()
    const { link } = await fixture.reset(person)
    const visitor = fixture.visitor()
    const page = await visitor.get(link)
    const opened = await visitor.submit(page, {})
    const again = await visitor.submit(page, {})
    expect(setupKeyIn(again.text)).to.deep.equal(setupKeyIn(opened.text))
    const shown = await fixture.confirm(person, opened)
    const code = person.authenticator.at(fixture.server.now())
    const confirmed = await visitor.submit(opened, { code })
    expect(codesIn(confirmed.text)).to.deep.equal(codesIn(shown.text))
    const done = await fixture.saveCodes(person, shown)
    expect([done.h1, (await visitor.submit(shown, { saved: 'yes' })).h1]).to.deep.equal([
      'You are all set',
      'You are all set',
    ])
    // Continue again, from the old page: the link is used.
    const used = await visitor.submit(page, {})
    expect([used.status, used.h1]).to.deep.equal([410, 'This link was already used'])
    expect((await fixture.count(person)).audit('two_factor.enrolled')).to.equal(1)
  })
})
