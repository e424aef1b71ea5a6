/** Names of acr that other software sends, and essential requests. @see OpenID Connect Core §5.5.1.1 */
import { expect } from 'chai'
import { decodeJwt } from 'jose'
import type { Visitor } from '../support/client.ts'
import { clients } from '../support/relyingParties.ts'
import { openStandalone, type Standalone } from './standalone.ts'

const STRONG = 'urn:oidc-rekey:acr:2fa'
const WEAK = 'urn:oidc-rekey:acr:1fa'
const MFA = 'https://refeds.org/profile/mfa'
const SFA = 'https://refeds.org/profile/sfa'
const TENANT = 'tenant:acme'

type Request = Record<string, string>
const voluntary = (...values: string[]): Request => ({ acr_values: values.join(' ') })
const inClaims = (acr: object): Request => ({ claims: JSON.stringify({ id_token: { acr } }) })
const essential = (...values: string[]): Request => inClaims({ essential: true, values })

const settings = {
  acr: { aliases: { [MFA]: 'two_factor', [SFA]: WEAK } },
  clients: clients.map((item) => (item.client_id === 'app' ? { ...item, ignore_unknown_acr: true } : item)),
}

interface Case {
  readonly request: Request
  /** The acr of the answer, or the error, by the factors of the session. */
  readonly weak?: string
  readonly strong?: string
}

/** `step-up`: the person is asked for the second factor. */
const STEP_UP = 'step-up'
const UNMET = 'unmet_authentication_requirements'

const whenRequested: readonly Case[] = [
  { request: {}, weak: WEAK, strong: STRONG },
  { request: voluntary(STRONG), weak: STEP_UP, strong: STRONG },
  { request: voluntary(WEAK), weak: WEAK, strong: STRONG },
  { request: voluntary(MFA), weak: STEP_UP, strong: MFA },
  { request: voluntary(SFA), weak: SFA, strong: STRONG },
  { request: voluntary(SFA, MFA), weak: SFA, strong: MFA },
  { request: voluntary('unknown', MFA), weak: STEP_UP, strong: MFA },
  { request: voluntary(TENANT), weak: WEAK, strong: STRONG },
  { request: voluntary(TENANT, STRONG), weak: STEP_UP, strong: STRONG },
  { request: essential(WEAK), weak: WEAK, strong: WEAK },
  { request: essential(SFA), weak: SFA, strong: SFA },
  { request: essential(WEAK, STRONG), weak: WEAK, strong: STRONG },
  { request: essential(STRONG), weak: STEP_UP, strong: STRONG },
  { request: essential(MFA), weak: STEP_UP, strong: MFA },
  { request: essential(TENANT, MFA), weak: STEP_UP, strong: MFA },
  { request: essential(TENANT), weak: UNMET, strong: UNMET },
  { request: inClaims({ essential: true, value: TENANT }), weak: UNMET, strong: UNMET },
  { request: inClaims({ value: TENANT }), weak: WEAK, strong: STRONG },
  { request: { ...voluntary(TENANT), ...essential(TENANT) }, weak: UNMET, strong: UNMET },
  { request: { ...voluntary(WEAK), ...essential(STRONG) }, weak: STEP_UP, strong: STRONG },
  { request: { ...voluntary(STRONG), ...essential(WEAK) }, weak: STEP_UP, strong: WEAK },
  { request: voluntary('__proto__'), weak: WEAK, strong: STRONG },
  { request: essential('constructor'), weak: UNMET, strong: UNMET },
]

describe('acr, by request and session', () => {
  let server: Standalone
  const visitors: { weak?: Visitor; strong?: Visitor } = {}
  before(async () => {
    server = await openStandalone({ ...settings, two_factor: { required: 'when_requested' } })
    const person = await server.person()
    // The first sign-in shows backup codes, and proves both factors.
    visitors.strong = (await server.enter(person)).visitor
    visitors.weak = (await server.enter(person)).visitor
  })
  after(() => server.close())

  async function outcome(visitor: Visitor, parameters: Request): Promise<string> {
    const request = server.ask('app', parameters)
    const page = await visitor.get(request.path)
    const answer = server.answerAt(page)
    if (!answer) return page.status === 303 ? STEP_UP : `${page.status}`
    const code = answer.get('code')
    if (code === null) return answer.get('error') ?? ''
    const tokens = await server.tokens({ request, code })
    const acr = String(decodeJwt(tokens.id_token)['acr'])
    expect((await server.introspect('app', tokens.access_token)).body.acr).to.equal(acr)
    return acr
  }

  for (const { request, ...expected } of whenRequested)
    for (const session of ['weak', 'strong'] as const)
      it(`${JSON.stringify(request)} in a ${session} session: ${expected[session]}`, async () => {
        const visitor = session === 'weak' ? visitors.weak : visitors.strong
        expect(await outcome(visitor!, request)).to.equal(expected[session])
      })

  it('a step-up asked for by another name ends with that name', async () => {
    const person = await server.person()
    await server.enter(person)
    const { visitor } = await server.enter(person)
    const request = server.ask('app', voluntary(MFA))
    const tokens = await server.tokens(await server.enter(person, request, visitor))
    expect(decodeJwt(tokens.id_token)).to.deep.include({ acr: MFA, amr: ['pwd', 'otp', 'mfa'] })
  })

  it('unknown values of a client without ignore_unknown_acr are unmet', async () => {
    const page = await server.visitor().get(server.ask('shop', voluntary(TENANT)).path)
    expect(server.answerAt(page)?.get('error')).to.equal(UNMET)
  })

  it('a token asked for by another name is a token with a second factor for the management API', async () => {
    const admin = await server.person({ roles: ['admin'] })
    const request = server.askManagement(voluntary(MFA))
    const { access_token } = await server.tokens(await server.enter(admin, request))
    const headers = { authorization: `Bearer ${access_token}` }
    expect((await fetch(`${server.resource}/users`, { headers })).status).to.equal(200)
    const other = await server.tokens(await server.enter(admin, server.askManagement(essential(WEAK))))
    const refused = await fetch(`${server.resource}/users`, {
      headers: { authorization: `Bearer ${other.access_token}` },
    })
    expect([refused.status, refused.headers.get('www-authenticate')]).to.satisfy(
      ([status, challenge]: [number, string]) => status === 401 && challenge.includes('insufficient_user_auth'),
    )
  })

  it('discovery names what can be reached', async () => {
    const found = await (await fetch(`${server.issuer}/.well-known/openid-configuration`)).json()
    expect((found as { acr_values_supported: string[] }).acr_values_supported).to.have.members([STRONG, WEAK, MFA, SFA])
  })
})

describe('acr, where every sign-in has a second factor', () => {
  let server: Standalone
  before(async () => {
    server = await openStandalone(settings)
  })
  after(() => server.close())

  const cases: readonly (readonly [Request, string])[] = [
    [voluntary(MFA), MFA],
    [voluntary(TENANT), STRONG],
    [voluntary(SFA), STRONG],
    [essential(MFA), MFA],
    [essential(WEAK), UNMET],
    [essential(SFA), UNMET],
  ]
  for (const [parameters, expected] of cases)
    it(`${JSON.stringify(parameters)}: ${expected}`, async () => {
      const request = server.ask('app', parameters)
      const first = await server.visitor().get(request.path)
      const error = server.answerAt(first)?.get('error')
      const tokens = error ? null : await server.tokens(await server.enter(await server.person(), request))
      expect(tokens ? decodeJwt(tokens.id_token)['acr'] : error).to.equal(expected)
    })
})
