/** What may happen once does so over any adapter: the library reads, then writes, and most adapters do not compare in between. */
import { expect } from 'chai'
import { concurrently, tally } from '../support/serverFixture.ts'
import { uidOf } from '../support/signIns.ts'
import type { Answer } from '../support/relyingParties.ts'
import { type AdapterFixture, openAdapterFixture, titleOf, withAndWithoutAdapter } from './adapters/fixture.ts'

const SIZE = 40
const ROUNDS = 8

for (const name of withAndWithoutAdapter)
  describe(`Once over ${titleOf(name)}`, () => {
    let fixture: AdapterFixture
    before(async () => {
      fixture = await openAdapterFixture(name)
    })
    afterEach(() => expect(fixture.errors.filter((error) => !isReported(error))).to.deep.equal([]))
    after(() => fixture.close())

    /** The Redis example keeps pushed requests where its own `consume` fails; the guard reports that and does not depend on it. */
    const isReported = (error: unknown): boolean => /WRONGTYPE/.test(String(error))

    function expectOneWinner(answers: readonly Answer[]): Answer {
      expect(tally(answers)).to.deep.equal({ 200: 1, 400: answers.length - 1 })
      const errors = answers.filter(({ status }) => status === 400).map(({ body }) => String(body.error))
      expect(new Set(errors)).to.deep.equal(new Set(['invalid_grant']))
      return answers.find(({ status }) => status === 200)!
    }

    it(`an authorization code redeemed ${SIZE} times at once gets tokens once, ${ROUNDS} times over`, async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person)
      for (let round = 0; round < ROUNDS; round++) {
        const request = fixture.ask()
        const code = fixture.codeAt(await visitor.get(request.path))
        expectOneWinner(await concurrently(() => fixture.exchange({ request, code }), SIZE))
        expect((await fixture.exchange({ request, code })).body.error).to.equal('invalid_grant')
      }
    })

    it(`a refresh token used ${SIZE} times at once gets tokens once, ${ROUNDS} times over`, async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person, fixture.ask('spa'))
      for (let round = 0; round < ROUNDS; round++) {
        const { refresh_token: token } = await fixture.tokensOf(person, 'spa', visitor)
        const winner = expectOneWinner(await concurrently(() => fixture.refresh('spa', token), SIZE))
        const next = await fixture.refresh('spa', winner.body.refresh_token)
        expect([next.status, (await fixture.userinfo(winner.body.access_token)).status]).to.deep.equal([200, 200])
      }
    })

    it('a refresh token that comes again is refused; after the leeway its grant ends too', async () => {
      const person = await fixture.person()
      const { refresh_token: token } = await fixture.tokensOf(person, 'spa')
      const { body: winner } = await fixture.refresh('spa', token)
      const again = async (): Promise<unknown> => (await fixture.refresh('spa', token)).body.error
      for (const seconds of [0, 3]) expect(await fixture.later(seconds, again)).to.equal('invalid_grant')
      expect((await fixture.userinfo(winner.access_token)).status).to.equal(200)
      expect(await fixture.later(10, again)).to.equal('invalid_grant')
      expect((await fixture.refresh('spa', winner.refresh_token)).body.error).to.equal('invalid_grant')
      expect((await fixture.userinfo(winner.access_token)).status).to.equal(401)
    })

    it('a pushed request answered many times at once gets one code', async () => {
      const person = await fixture.person()
      const { visitor } = await fixture.enter(person)
      const { path, verifier } = fixture.ask()
      const pushed = await fixture.post('/request', 'app', Object.fromEntries(new URLSearchParams(path.split('?')[1])))
      expect([pushed.status, verifier.length > 0]).to.deep.equal([201, true])
      const query = new URLSearchParams({ client_id: 'app', request_uri: pushed.body.request_uri })
      const pages = await concurrently(() => visitor.stolen().get(`/auth?${query.toString()}`), SIZE)
      const answers = pages.map((page) => fixture.answerAt(page))
      expect(answers.filter((answer) => answer?.has('code'))).to.have.length(1)
      const refused = answers.flatMap((answer) => answer?.get('error') ?? [])
      expect(new Set(refused)).to.deep.equal(new Set(['invalid_request_uri']))
      const late = fixture.answerAt(await visitor.get(`/auth?${query.toString()}`))
      expect(late?.get('code') ?? null).to.equal(null)
    })

    it('an assertion shown many times at once is new once', async () => {
      const { ReplayDetection } = fixture.provider
      const exp = fixture.server.now() + 60
      const seen = await Promise.allSettled(
        Array.from({ length: SIZE }, () => ReplayDetection.unique('client', 'assertion', exp)),
      )
      expect(seen.filter((result) => result.status === 'fulfilled' && result.value)).to.have.length(1)
      const again = await Promise.allSettled([ReplayDetection.unique('client', 'assertion', exp)])
      expect(again.filter((result) => result.status === 'fulfilled' && result.value)).to.deep.equal([])
    })

    it('a finished sign-in resumed many times at once becomes one session', async () => {
      const person = await fixture.person()
      const page = await fixture.challenge(person)
      const proven = await page.visitor.submit(page, { code: await person.code() })
      const shown = proven.h1 === 'Save your backup codes' ? await fixture.saveCodes(person, proven) : proven
      const resumed = await concurrently(() => shown.visitor.stolen().get(`/auth/${uidOf(page)}`), SIZE)
      expect(resumed.filter((back) => fixture.answerAt(back)?.has('code'))).to.have.length(1)
      expect((await fixture.count(person)).sessions).to.equal(1)
      const late = await page.visitor.get(`/auth/${uidOf(page)}`)
      expect([late.status, fixture.answerAt(late)]).to.deep.equal([303, null])
      expect(late.location).to.match(/\/sign-in\/[\w-]+\/over$/)
    })
  })
