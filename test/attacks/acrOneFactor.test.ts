/** Sessions of one factor, and silent requests. */
import { expect } from 'chai'
import { ONE_FACTOR, TWO_FACTOR } from '../support/acr.ts'
import { type ServerFixture, laxFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Entered } from '../support/signIns.ts'
import { carryOn, claimsOf, essential, introspected } from './acrClaims.ts'

describe('prompt=none', () => {
  let fixture: ServerFixture
  let lax: ServerFixture
  before(async () => {
    ;[fixture, lax] = await Promise.all([sharedFixture(), laxFixture()])
  })

  it('is login_required without a session', async () => {
    expect(await fixture.silently(fixture.visitor())).to.equal('login_required')
  })

  it('is interaction_required for a session that needs a code', async () => {
    const { visitor } = await lax.enter(
      await lax.person({ enrolled: false }),
      lax.ask('app', { acr_values: ONE_FACTOR }),
    )
    const request = lax.ask('app', { prompt: 'none', acr_values: TWO_FACTOR })
    expect(await lax.silently(visitor, request)).to.equal('interaction_required')
  })

  it('is interaction_required for a session whose backup codes are not saved', async () => {
    const visitor = lax.visitor()
    const request = lax.ask('app', { acr_values: ONE_FACTOR })
    const page = await lax.resume(await lax.challenge(await lax.person(), request, visitor))
    expect(page.h1).to.equal('Enter your code')
    expect(await lax.silently(visitor)).to.equal('interaction_required')
  })

  it('is consent_required for an application without consent', async () => {
    const { visitor } = await fixture.enter(await fixture.person())
    expect(await fixture.silently(visitor, fixture.ask('shop', { prompt: 'none' }))).to.equal('consent_required')
  })
})

describe('With a second factor that is optional', () => {
  let lax: ServerFixture
  before(async () => {
    lax = await laxFixture()
  })

  const oneFactorSession = async () => {
    const person = await lax.person({ enrolled: false })
    const request = lax.ask('app', { acr_values: ONE_FACTOR })
    return { person, entered: await lax.enter(person, request) }
  }

  it('the acr is one factor until two are requested, and then a code is needed', async () => {
    const person = await lax.person()
    const entered = await lax.enter(person, lax.ask('app', { acr_values: TWO_FACTOR }))
    expect(claimsOf(await lax.tokens(entered))['acr']).to.equal(TWO_FACTOR)
    const other: Entered = await lax.enter(person, lax.ask('app', { acr_values: ONE_FACTOR }))
    const weak = await lax.tokens(other)
    expect(claimsOf(weak)).to.deep.include({ acr: ONE_FACTOR, amr: ['pwd'] })
    expect(await introspected(lax, weak)).not.to.have.property('second_factor_at')
    for (const parameters of [{ acr_values: TWO_FACTOR }, { claims: essential(TWO_FACTOR) }] as Record<
      string,
      string
    >[]) {
      const silent = lax.ask('app', { ...parameters, prompt: 'none' })
      expect(await lax.silently(other.visitor, silent)).to.equal('interaction_required')
    }
    const request = lax.ask('app', { acr_values: TWO_FACTOR })
    const challenge = await lax.begin(request, other.visitor)
    expect(challenge.h1).to.equal('Enter your code')
    const done = await other.visitor.submit(challenge, { code: await person.code() })
    expect(claimsOf(await carryOn(lax, request, done))).to.deep.include({
      acr: TWO_FACTOR,
      amr: ['pwd', 'otp', 'mfa'],
    })
  })

  it('an unknown prompt does not raise the acr', async () => {
    const { person } = await oneFactorSession()
    const request = lax.ask('app', { prompt: 'two_factor' })
    const tokens = await lax.tokens(await lax.enter(person, request))
    const { acr, amr } = claimsOf(tokens)
    expect(acr === ONE_FACTOR || (amr as string[]).includes('otp')).to.equal(true)
  })

  it('one factor is not accepted by the management API', async () => {
    const person = await lax.person({ roles: ['admin'], enrolled: false })
    const tokens = await lax.tokens(await lax.enter(person, lax.askManagement({ acr_values: ONE_FACTOR })))
    const answer = await lax.actingWith(person, tokens).call('GET', '/users')
    expect([answer.status, answer.body.code]).to.deep.equal([401, 'insufficient_user_authentication'])
    expect(answer.headers.get('www-authenticate')).to.include(`acr_values="${TWO_FACTOR}"`)
  })

  it('a set-up begins only after a recent password, not for a later user of the browser', async () => {
    const { person, entered } = await oneFactorSession()
    const request = lax.ask('app', { acr_values: TWO_FACTOR })
    const soon = await lax.begin(request, entered.visitor)
    expect(soon.h1).to.equal('Protect your account')
    await lax.advance(600)
    // By a new request, and by the page that was left open.
    const later = await lax.begin(lax.ask('app', { acr_values: TWO_FACTOR }), entered.visitor)
    expect(later.h1).to.equal('Sign in')
    const left = await soon.visitor.submit(soon, {})
    expect(left.h1, 'an old page must not lead to a set-up').to.equal('Sign in')
    expect((await lax.count(person)).state).to.equal('none')
    expect((await lax.enterPassword(left, person)).h1).to.equal('Set up your authenticator')
  })

  it('a reset requires the password and the set-up for every requested acr', async () => {
    const person = await lax.person()
    const { visitor } = await lax.enter(person, lax.ask('app', { acr_values: ONE_FACTOR }))
    await lax.reset(person)
    for (const parameters of [{}, { acr_values: ONE_FACTOR }, { acr_values: TWO_FACTOR }] as Record<string, string>[]) {
      expect(await lax.silently(visitor, lax.ask('app', { ...parameters, prompt: 'none' }))).to.equal('login_required')
      const page = await lax.begin(lax.ask('app', parameters), visitor)
      expect(page.h1).to.equal('Sign in')
      expect((await lax.enterPassword(page, person)).h1).to.equal('Set up your authenticator')
    }
  })
})
