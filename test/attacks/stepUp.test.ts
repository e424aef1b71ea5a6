/** A sign-in as step-up: it must be recent, by a code of the authenticator, and used once. @see RFC 9470 */
import { expect } from 'chai'
import { type ServerFixture, concurrently, openFixture, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer, AuthorizationRequest } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import type { Visitor } from '../support/client.ts'

describe('A sign-in instead of a code', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** An administrator whose authenticator was not set up in this second. */
  async function administrator(): Promise<Person> {
    const admin = await fixture.person({ roles: ['admin'] })
    await fixture.advance(30)
    return admin
  }
  async function signIn(person: Person, request: AuthorizationRequest = fixture.askManagement(), visitor?: Visitor) {
    const entered = await fixture.enter(person, request, visitor)
    return { visitor: entered.visitor, acting: fixture.actingWith(person, await fixture.tokens(entered)) }
  }
  /** The parameters of the challenge, as a client reads them. */
  function challengeIn({ status, headers, body }: Answer): Record<'acr_values' | 'max_age', string> {
    expect([status, body.code]).to.deep.equal([401, 'insufficient_user_authentication'])
    const parameters = [...(headers.get('www-authenticate') ?? '').matchAll(/(\w+)="([^"]*)"/g)]
    const {
      error,
      acr_values = '',
      max_age = '',
    } = Object.fromEntries(parameters.map(([, name, value]) => [name, value]))
    expect(error).to.equal('insufficient_user_authentication')
    return { acr_values, max_age }
  }
  async function refused(acting: Acting, maxAge: '60' | '0', reason: string): Promise<void> {
    const target = await fixture.person()
    expect(challengeIn(await acting.reset(target)).max_age).to.equal(maxAge)
    const { state, audit, events } = await fixture.count(target)
    expect([state, audit('step_up.refused')]).to.deep.equal(['active', 1])
    expect(events.find(({ type }) => type === 'step_up.refused')).to.include({ reason, actor: acting.person.id })
  }

  it('leads a client that follows the challenge to one reset', async () => {
    const admin = await administrator()
    const { visitor, acting: stale } = await signIn(admin)
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    await fixture.advance(61)
    const first = challengeIn(await stale.reset(ana))
    expect(first).to.deep.equal({ acr_values: 'urn:oidc-rekey:acr:2fa', max_age: '60' })

    const { acting } = await signIn(admin, fixture.askManagement(first), visitor)
    expect((await acting.reset(ana)).status).to.equal(201)
    const second = challengeIn(await acting.reset(ben))
    expect(second.max_age).to.equal('0')

    // A proof of the same second would count as used.
    await fixture.advance(1)
    const { acting: again } = await signIn(admin, fixture.askManagement(second), visitor)
    expect((await again.reset(ben)).status).to.equal(201)
    expect((await fixture.count(ben)).audit('two_factor.reset.started')).to.equal(1)
  })

  it('allows one act, with any of its tokens', async () => {
    const admin = await administrator()
    const { visitor, acting } = await signIn(admin)
    const { acting: other } = await signIn(admin, fixture.askManagement({ prompt: 'none' }), visitor)
    expect(other.token).to.not.equal(acting.token)
    expect((await acting.reset(await fixture.person())).status).to.equal(201)
    await refused(other, '0', 'proof-used')
  })

  it('allows one of several concurrent acts', async () => {
    const { acting } = await signIn(await administrator())
    const targets = await concurrently(() => fixture.person(), 10)
    const answers = await concurrently((index) => acting.reset(targets[index]!), targets.length)
    expect(tally(answers)).to.deep.equal({ 201: 1, 401: 9 })
  })

  it('allows no act when a newer proof was used', async () => {
    const admin = await administrator()
    const { acting: older } = await signIn(admin)
    await fixture.advance(30)
    const { acting: newer } = await signIn(admin)
    expect((await newer.reset(await fixture.person())).status).to.equal(201)
    await refused(older, '0', 'proof-used')
  })

  it('answers a retry of its act, which is done once', async () => {
    const { acting } = await signIn(await administrator())
    const [target, key] = [await fixture.person(), { 'idempotency-key': 'again' }]
    const [first, again] = [await acting.reset(target, {}, key), await acting.reset(target, {}, key)]
    expect([first.status, again.status, again.body.id]).to.deep.equal([201, 201, first.body.id])
    expect((await fixture.count(target)).audit('two_factor.reset.started')).to.equal(1)
  })

  it('is not renewed by a refresh', async () => {
    const request = fixture.askManagement()
    const path = request.path.replace('scope=openid', 'scope=openid+offline_access')
    const admin = await administrator()
    const { refresh_token } = await fixture.tokens(
      await fixture.enter(admin, { ...request, path: `${path}&prompt=consent` }),
    )
    await fixture.advance(61)
    const { body } = await fixture.post('/token', 'management', {
      grant_type: 'refresh_token',
      refresh_token: refresh_token ?? '',
      resource: fixture.resource,
    })
    await refused(fixture.actingWith(admin, body), '60', 'proof-too-old')
  })

  it('by a backup code is no step-up', async () => {
    const admin = await administrator()
    await fixture.enter(admin)
    const challenge = await fixture.challenge(admin, fixture.askManagement())
    const page = await challenge.visitor.get(challenge.path.replace(/code$/, 'backup-code'))
    await fixture.resume(await page.visitor.submit(page, { code: admin.codes[0] ?? '' }))
    const { acting } = await signIn(admin, fixture.askManagement({ prompt: 'none' }), page.visitor)
    await refused(acting, '0', 'proof-too-weak')
  })

  it('by a set-up is no step-up', async () => {
    const admin = await fixture.person({ enrolled: false, roles: ['admin'] })
    const { acting } = await signIn(admin)
    await refused(acting, '0', 'proof-too-weak')
  })

  describe('and an authenticator younger than step_up.min_factor_age_seconds', () => {
    it('allows no act, with code or sign-in, before that age', async () => {
      const strict = await openFixture({ step_up: { min_factor_age_seconds: 3600 } })
      const [admin, target] = [await strict.person({ roles: ['admin'] }), await strict.person()]
      await strict.advance(30)
      const young = await strict.acting(admin)
      for (const body of [{}, { code: await admin.code() }]) {
        const { status, headers, body: problem } = await young.reset(target, body)
        expect([status, problem.code]).to.deep.equal([403, 'factor_too_new'])
        expect(Number(headers.get('retry-after'))).to.be.within(3500, 3600)
      }
      expect((await strict.count(target)).state).to.equal('active')
      await strict.advance(3600)
      const old = await strict.acting(admin)
      expect((await old.reset(target)).status).to.equal(201)
    })
  })
})
