/** What a token says about a sign-in: never more than was proven, never less than was requested. */
import { expect } from 'chai'
import { ONE_FACTOR, TWO_FACTOR } from '../support/acr.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { AuthorizationRequest, Tokens } from '../support/relyingParties.ts'
import type { Visitor } from '../support/client.ts'
import { carryOn, claimsOf, essential, introspected } from './acrClaims.ts'

const UNKNOWN = 'urn:example:gold'

describe('The acr of a sign-in', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const back = async (request: AuthorizationRequest, visitor: Visitor): Promise<Tokens> =>
    fixture.tokens({ request, code: fixture.codeAt(await visitor.get(request.path)) })

  it('is in the ID token and at introspection, with amr and auth_time', async () => {
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
      for (const described of [claims, token]) {
        expect(described).to.deep.include({ acr: TWO_FACTOR, amr })
        expect(described['auth_time']).to.be.closeTo(fixture.server.now(), 60)
      }
      expect(token['second_factor_at']).to.be.closeTo(fixture.server.now(), 60)
    }
    expect(page.h1).to.equal('Use a backup code')
  })

  it('is refused before the password when it cannot be met', async () => {
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
        expect(fixture.answerAt(page)?.get('error'), JSON.stringify(parameters)).to.equal(
          'unmet_authentication_requirements',
        )
      }
  })

  it('is the best requested value that can be met', async () => {
    const { visitor } = await fixture.enter(await fixture.person())
    for (const parameters of [
      { acr_values: `${UNKNOWN} ${TWO_FACTOR}` },
      { acr_values: `${ONE_FACTOR} ${TWO_FACTOR}` },
      { claims: essential(UNKNOWN, TWO_FACTOR) },
      { claims: essential(TWO_FACTOR) },
    ] as Record<string, string>[]) {
      const request = fixture.ask('app', { ...parameters, prompt: 'none' })
      expect(claimsOf(await back(request, visitor))['acr'], JSON.stringify(parameters)).to.equal(TWO_FACTOR)
    }
  })

  it('causes no server error in malformed claims', async () => {
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
})
