/** What a sign-in is said to be worth: never more than was proven, never less than was asked. */
import { expect } from 'chai'
import { decodeJwt } from 'jose'
import { ONE_FACTOR, TWO_FACTOR } from '../support/acr.ts'
import { type ServerFixture, laxFixture, sharedFixture } from '../support/serverFixture.ts'
import type { AuthorizationRequest, Tokens } from '../support/relyingParties.ts'
import type { Entered } from '../support/signIns.ts'
import type { Page, Visitor } from '../support/client.ts'

const UNKNOWN = 'urn:example:gold'
const essential = (...values: string[]): string =>
  JSON.stringify({
    id_token: { acr: values.length === 1 ? { essential: true, value: values[0] } : { essential: true, values } },
  })

describe('What a token says of a sign-in', () => {
  let fixture: ServerFixture
  let lax: ServerFixture
  before(async () => {
    ;[fixture, lax] = await Promise.all([sharedFixture(), laxFixture()])
  })

  const errorAt = (where: ServerFixture, page: Page): string | null => where.answerAt(page)?.get('error') ?? null
  const claimsOf = ({ id_token }: Tokens) => decodeJwt(id_token)
  const introspected = async (where: ServerFixture, tokens: Tokens) =>
    (await where.introspect('app', tokens.access_token)).body as Record<string, unknown>
  /** Goes on with a sign-in under way. */
  const carryOn = async (where: ServerFixture, request: AuthorizationRequest, page: Page): Promise<Tokens> =>
    where.tokens({ request, code: where.codeAt(await where.resume(page)) })
  const back = async (where: ServerFixture, request: AuthorizationRequest, visitor: Visitor): Promise<Tokens> =>
    where.tokens({ request, code: where.codeAt(await visitor.get(request.path)) })

  it('is acr, amr and auth_time, always: in the ID token and at introspection', async () => {
    const person = await fixture.person()
    const byCode = await fixture.tokens(await fixture.enter(person))
    const page = await fixture.backup(person)
    const request = fixture.ask()
    const atBackup = await fixture.challenge(person, request)
    const form = await atBackup.visitor.get(atBackup.path.replace(/code$/, 'backup-code'))
    const byBackup = await carryOn(fixture, request, await form.visitor.submit(form, { code: person.codes[0]! }))
    const newcomer = await fixture.tokens(await fixture.enter(await fixture.person({ enrolled: false })))
    const cases = [
      [byCode, ['pwd', 'otp', 'mfa']],
      [byBackup, ['pwd', 'mfa', 'bkp']],
      [newcomer, ['pwd', 'otp', 'mfa']],
    ] as const
    for (const [tokens, amr] of cases) {
      const claims = claimsOf(tokens)
      const token = await introspected(fixture, tokens)
      for (const said of [claims, token]) {
        expect(said).to.deep.include({ acr: TWO_FACTOR, amr })
        expect(said['auth_time']).to.be.closeTo(fixture.server.now(), 60)
      }
      expect(token['second_factor_at']).to.be.closeTo(fixture.server.now(), 60)
    }
    expect(page.h1).to.equal('Use a backup code')
  })

  it('is refused before anybody types a password when it cannot be met', async () => {
    const requests: Record<string, string>[] = [
      { acr_values: UNKNOWN },
      { acr_values: `${UNKNOWN} urn:example:silver` },
      { acr_values: ONE_FACTOR },
      { acr_values: UNKNOWN, prompt: 'none' },
      { claims: essential(UNKNOWN) },
      { claims: essential(UNKNOWN, ONE_FACTOR) },
      { claims: essential(TWO_FACTOR), acr_values: UNKNOWN },
      { claims: essential(UNKNOWN), acr_values: TWO_FACTOR },
    ]
    const { visitor } = await fixture.enter(await fixture.person())
    for (const parameters of requests)
      for (const browser of [fixture.visitor(), visitor]) {
        const page = await browser.get(fixture.ask('app', parameters).path)
        expect(errorAt(fixture, page), JSON.stringify(parameters)).to.equal('unmet_authentication_requirements')
      }
  })

  it('is the best of what was asked for that can be met', async () => {
    const { visitor } = await fixture.enter(await fixture.person())
    for (const parameters of [
      { acr_values: `${UNKNOWN} ${TWO_FACTOR}` },
      { acr_values: `${ONE_FACTOR} ${TWO_FACTOR}` },
      { claims: essential(UNKNOWN, TWO_FACTOR) },
      { claims: essential(TWO_FACTOR) },
    ] as Record<string, string>[]) {
      const request = fixture.ask('app', { ...parameters, prompt: 'none' })
      expect(claimsOf(await back(fixture, request, visitor))['acr'], JSON.stringify(parameters)).to.equal(TWO_FACTOR)
    }
  })

  it('survives claims nobody would send', async () => {
    const oddities = [
      '{"id_token":{"acr":{"value":{"toString":1,"valueOf":1}}}}',
      '{"id_token":{"acr":{"values":[{"toString":1}]}}}',
      '{"id_token":{"acr":{"essential":true,"values":[[]]}}}',
      '{"id_token":{"acr":{"values":"x"}}}',
      '{"id_token":{"acr":{"value":null}}}',
      '{"id_token":{"acr":true}}',
      '{"id_token":{"acr":[]}}',
      '{"id_token":{"acr":null}}',
      '{"id_token":null}',
      '{"id_token":{"__proto__":{"acr":{"value":"x"}}}}',
      '{}',
      'null',
      '[]',
      '{',
    ]
    for (const claims of oddities) {
      const { status } = await fixture.visitor().get(fixture.ask('app', { claims }).path)
      expect(status, claims).to.be.oneOf([303, 400])
    }
    for (const acr_values of [' ', '  ', '\u0000', '__proto__', 'constructor', 'x'.repeat(3000)]) {
      const { status } = await fixture.visitor().get(fixture.ask('app', { acr_values }).path)
      expect(status, acr_values).to.be.oneOf([303, 400])
    }
  })

  describe('asked for freshly', () => {
    it('by max_age: an older session proves itself again, silently it is login_required', async () => {
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

    it('by prompt=login: a password alone is not enough, and no other browser inherits it', async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person)
      const page = await fixture.begin(fixture.ask('app', { prompt: 'login' }), visitor)
      const challenge = await fixture.enterPassword(page, person)
      expect(challenge.h1).to.equal('Enter your code')
      // Going on without the code leads back to the code.
      const { h1 } = await visitor.go(`/auth/${/sign-in\/([\w-]+)/.exec(page.path)?.[1]}`)
      expect(h1).to.be.oneOf(['Sign in', 'Enter your code', 'Your sign-in was interrupted'])
    })

    it('and slowly: what took too long between password and code is not passed off as fresh', async () => {
      const person = await fixture.person()
      await fixture.enter(person)
      const request = fixture.ask('app', { max_age: '60' })
      const challenge = await fixture.challenge(person, request)
      await fixture.advance(120)
      const done = await challenge.visitor.submit(challenge, { code: await person.code() })
      const claims = claimsOf(await carryOn(fixture, request, done))
      expect(fixture.server.now() - Number(claims['auth_time'])).to.be.at.most(60)
    })

    it('and kept back: a finished sign-in is not carried on when it is too old for what was asked', async () => {
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
        // And the second time, at once, it is.
        const again = await fixture.enterPassword(page, person)
        const claims = claimsOf(
          await carryOn(fixture, request, await again.visitor.submit(again, { code: await person.code() })),
        )
        expect(fixture.server.now() - Number(claims['auth_time'])).to.be.at.most(10)
      }
    })
  })

  it('about the second factor is renewed by no refresh and no SSO', async () => {
    const person = await fixture.person()
    const request = fixture.ask('app', { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await fixture.enter(person, request)
    const tokens = await fixture.tokens(entered)
    const first = await introspected(fixture, tokens)
    await fixture.advance(600)
    const refreshed = (await fixture.refresh('app', tokens.refresh_token)).body as Tokens
    const later = await back(fixture, fixture.ask('app', { prompt: 'none' }), entered.visitor)
    for (const item of [refreshed, later]) {
      const { second_factor_at, auth_time, acr } = await introspected(fixture, item)
      expect([second_factor_at, auth_time, acr]).to.deep.equal([
        first['second_factor_at'],
        first['auth_time'],
        TWO_FACTOR,
      ])
      expect(claimsOf(item)['auth_time']).to.equal(first['auth_time'])
    }
    // A fresh code does renew it.
    const again = await fixture.tokens(
      await fixture.enter(person, fixture.ask('app', { prompt: 'login' }), entered.visitor),
    )
    expect((await introspected(fixture, again))['second_factor_at']).to.be.greaterThan(
      Number(first['second_factor_at']),
    )
  })

  describe('prompt=none', () => {
    it('is login_required without a session', async () => {
      expect(await fixture.silently(fixture.visitor())).to.equal('login_required')
    })

    it('is interaction_required for a live session that needs a code', async () => {
      const { visitor } = await lax.enter(
        await lax.person({ enrolled: false }),
        lax.ask('app', { acr_values: ONE_FACTOR }),
      )
      const request = lax.ask('app', { prompt: 'none', acr_values: TWO_FACTOR })
      expect(await lax.silently(visitor, request)).to.equal('interaction_required')
    })

    it('is interaction_required for a live session whose backup codes nobody has saved', async () => {
      const visitor = lax.visitor()
      const request = lax.ask('app', { acr_values: ONE_FACTOR })
      const page = await lax.resume(await lax.challenge(await lax.person(), request, visitor))
      expect(page.h1).to.equal('Enter your code')
      expect(await lax.silently(visitor)).to.equal('interaction_required')
    })

    it('is consent_required for an application that was not allowed', async () => {
      const { visitor } = await fixture.enter(await fixture.person())
      expect(await fixture.silently(visitor, fixture.ask('shop', { prompt: 'none' }))).to.equal('consent_required')
    })
  })

  describe('where a second factor is for those who ask', () => {
    const weakly = async () => {
      const person = await lax.person({ enrolled: false })
      const request = lax.ask('app', { acr_values: ONE_FACTOR })
      return { person, entered: await lax.enter(person, request) }
    }

    it('is one factor until one asks for two, and then a code is needed', async () => {
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

    it('is one factor, whatever prompt the application makes up', async () => {
      const { person } = await weakly()
      const request = lax.ask('app', { prompt: 'two_factor' })
      const tokens = await lax.tokens(await lax.enter(person, request))
      const { acr, amr } = claimsOf(tokens)
      expect(acr === ONE_FACTOR || (amr as string[]).includes('otp')).to.equal(true)
    })

    it('is not two factors for the management API', async () => {
      const person = await lax.person({ roles: ['admin'], enrolled: false })
      const tokens = await lax.tokens(await lax.enter(person, lax.askManagement({ acr_values: ONE_FACTOR })))
      const answer = await lax.actingWith(person, tokens).call('GET', '/users')
      expect([answer.status, answer.body.code]).to.deep.equal([401, 'insufficient_user_authentication'])
      expect(answer.headers.get('www-authenticate')).to.include(`acr_values="${TWO_FACTOR}"`)
    })

    it('a set-up is begun under a fresh password only: not by whoever finds the browser later', async () => {
      const { person, entered } = await weakly()
      const request = lax.ask('app', { acr_values: TWO_FACTOR })
      const soon = await lax.begin(request, entered.visitor)
      expect(soon.h1).to.equal('Protect your account')
      await lax.advance(600)
      // A new request, and the page that was left open.
      const later = await lax.begin(lax.ask('app', { acr_values: TWO_FACTOR }), entered.visitor)
      expect(later.h1).to.equal('Sign in')
      const left = await soon.visitor.submit(soon, {})
      expect(left.h1, 'an old page must not lead to a set-up').to.equal('Sign in')
      expect((await lax.count(person)).state).to.equal('none')
      expect((await lax.enterPassword(left, person)).h1).to.equal('Set up your authenticator')
    })

    it('a reset leads through the password and the set-up whatever is asked for', async () => {
      const person = await lax.person()
      const { visitor } = await lax.enter(person, lax.ask('app', { acr_values: ONE_FACTOR }))
      await lax.reset(person)
      for (const parameters of [{}, { acr_values: ONE_FACTOR }, { acr_values: TWO_FACTOR }] as Record<
        string,
        string
      >[]) {
        expect(await lax.silently(visitor, lax.ask('app', { ...parameters, prompt: 'none' }))).to.equal(
          'login_required',
        )
        const page = await lax.begin(lax.ask('app', parameters), visitor)
        expect(page.h1).to.equal('Sign in')
        expect((await lax.enterPassword(page, person)).h1).to.equal('Set up your authenticator')
      }
    })
  })
})
