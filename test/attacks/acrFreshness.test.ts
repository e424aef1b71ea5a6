/** Sign-ins that are older than a request allows. */
import { expect } from 'chai'
import { TWO_FACTOR } from '../support/acr.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { AuthorizationRequest, Tokens } from '../support/relyingParties.ts'
import type { Visitor } from '../support/client.ts'
import { carryOn, claimsOf, introspected } from './acrClaims.ts'

describe('A fresh sign-in', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const back = async (request: AuthorizationRequest, visitor: Visitor): Promise<Tokens> =>
    fixture.tokens({ request, code: fixture.codeAt(await visitor.get(request.path)) })

  it('by max_age: an older session signs in again; silently it gets login_required', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    await fixture.advance(61)
    for (const parameters of [{ max_age: '60' }, { max_age: '60', acr_values: TWO_FACTOR }, { max_age: '0' }]) {
      expect(await fixture.silently(visitor, fixture.ask('app', { ...parameters, prompt: 'none' }))).to.equal(
        'login_required',
      )
      const request = fixture.ask('app', parameters)
      const page = await fixture.begin(request, visitor)
      expect(page.h1).to.equal('Sign in')
      const challenge = await fixture.enterPassword(page, person)
      expect(challenge.h1).to.equal('Enter your code')
      const tokens = await carryOn(fixture, request, await visitor.submit(challenge, { code: await person.code() }))
      const claims = claimsOf(tokens)
      expect(claims['acr']).to.equal(TWO_FACTOR)
      expect(fixture.server.now() - Number(claims['auth_time'])).to.be.at.most(60)
      await fixture.advance(61)
    }
  })

  it('by prompt=login: a password alone is not enough', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person)
    const page = await fixture.begin(fixture.ask('app', { prompt: 'login' }), visitor)
    const challenge = await fixture.enterPassword(page, person)
    expect(challenge.h1).to.equal('Enter your code')
    // Resuming without the code does not complete the sign-in.
    const { h1 } = await visitor.go(`/auth/${/sign-in\/([\w-]+)/.exec(page.path)?.[1]}`)
    expect(h1).to.be.oneOf(['Sign in', 'Enter your code', 'Your sign-in was interrupted'])
  })

  it('is as old as its last proof when the code comes long after the password', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    const request = fixture.ask('app', { max_age: '60' })
    const challenge = await fixture.challenge(person, request)
    await fixture.advance(120)
    const done = await challenge.visitor.submit(challenge, { code: await person.code() })
    const claims = claimsOf(await carryOn(fixture, request, done))
    expect(fixture.server.now() - Number(claims['auth_time'])).to.be.at.most(60)
  })

  it('is required again when a finished one is resumed too late', async () => {
    const person = await fixture.person()
    await fixture.enter(person)
    for (const [max_age, wait] of [
      ['60', 61],
      ['1', 11],
    ] as const) {
      const request = fixture.ask('app', { max_age })
      const challenge = await fixture.challenge(person, request)
      const done = await challenge.visitor.submit(challenge, { code: await person.code() })
      await fixture.advance(wait)
      const page = await fixture.resume(done)
      expect([page.h1, fixture.answerAt(page)]).to.deep.equal(['Sign in', null])
      // Resumed at once, it is accepted.
      const again = await fixture.enterPassword(page, person)
      const claims = claimsOf(
        await carryOn(fixture, request, await again.visitor.submit(again, { code: await person.code() })),
      )
      expect(fixture.server.now() - Number(claims['auth_time'])).to.be.at.most(10)
    }
  })

  it('is needed to renew second_factor_at; refresh and SSO do not renew it', async () => {
    const person = await fixture.person()
    const request = fixture.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await fixture.enter(person, request)
    const tokens = await fixture.tokens(entered)
    const first = await introspected(fixture, tokens)
    await fixture.advance(600)
    const refreshed = (await fixture.refresh('app', tokens.refresh_token)).body as Tokens
    const later = await back(fixture.ask('app', { prompt: 'none' }), entered.visitor)
    for (const item of [refreshed, later]) {
      const { second_factor_at, auth_time, acr } = await introspected(fixture, item)
      expect([second_factor_at, auth_time, acr]).to.deep.equal([
        first['second_factor_at'],
        first['auth_time'],
        TWO_FACTOR,
      ])
      expect(claimsOf(item)['auth_time']).to.equal(first['auth_time'])
    }
    // A new code renews it.
    const again = await fixture.tokens(
      await fixture.enter(person, fixture.ask('app', { prompt: 'login' }), entered.visitor),
    )
    expect((await introspected(fixture, again))['second_factor_at']).to.be.greaterThan(
      Number(first['second_factor_at']),
    )
  })
})
