/** Access tokens: the person or client they were issued to, with present roles and scopes. For our API and, as `requireToken`, a host's. */
import type { AdapterPayload, Provider } from 'oidc-provider'
import type { SignInProof } from '../core/command.ts'
import type { Directory, Person } from '../ports.ts'
import { activePerson } from './activePerson.ts'
import { proofOf, provenBy } from './claims.ts'
import type { Possession, PresentedToken, TokenRefusal } from './dpop.ts'
import { translatingOutage } from './outage.ts'
import { inCheck } from './readScope.ts'
import { stampOf } from './stamp.ts'

export type { PresentedToken, TokenRefusal } from './dpop.ts'

type AccessToken = InstanceType<Provider['AccessToken']>
type ClientCredentials = InstanceType<Provider['ClientCredentials']>

export interface Principal {
  readonly person: Person
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  readonly acr: string | null
  /** Time of the second factor, epoch seconds; null: none was proven. */
  readonly secondFactorAt: number | null
  /** @see RFC 8176 */
  readonly amr: readonly string[]
  /** The proof that allows one act on another account; null: none. */
  readonly proof: SignInProof | null
}

/** What a host's own API asks of a token. */
export interface TokenRequirement {
  /** The API's resource indicator (RFC 8707). */
  readonly resource: string
  readonly scope: string
  /** Greatest age of the second factor. Seconds; absent: any age, but there must be one. */
  readonly maxAgeSeconds?: number
  /**
   * URL in front of the path of each request, for tokens bound to a key (DPoP): proofs name the address that clients use. Default: the origin
   * of `resource`, or of the issuer where that is no web address.
   */
  readonly baseUrl?: string
}

/** A client with a token of its own (`client_credentials`): no person signed in, so it may only read. */
export interface Machine {
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
}

export type VerifiedToken =
  | { readonly is: 'person'; readonly principal: Principal }
  | { readonly is: 'machine'; readonly machine: Machine }
  | TokenRefusal

export interface TokenVerifier {
  /** A token for this resource, of an active person or of a client, presented by the holder of what it is bound to. */
  verify(presented: PresentedToken, resource: string): Promise<VerifiedToken>
  /** Whether a token that this request has verified is still good. Its proof of possession, which may be used once, is not asked again. */
  verifyAgain(presented: PresentedToken, resource: string): Promise<VerifiedToken>
  /** Algorithms of proofs that bind tokens to a key; empty: there are none. */
  algorithms(): readonly string[]
}

export interface TokenVerifierOptions {
  readonly provider: () => Provider
  readonly directory: Pick<Directory, 'find'>
  readonly possession: Possession
  /** Whether a client may have this scope of this resource now. */
  readonly mayStillHave: (clientId: string, resource: string, scope: string) => boolean
}

export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { possession } = options
  const verify = verifyingTokens(options)
  return {
    verify: (presented, resource) => verify(presented, resource, possession.refusal),
    verifyAgain: (presented, resource) => verify(presented, resource, async () => null),
    algorithms: possession.algorithms,
  }
}

type Proves = Possession['refusal']

function verifyingTokens({ provider, directory, mayStillHave }: TokenVerifierOptions) {
  // A scope may have been withdrawn from the client since the token was issued.
  const scopesOf = (clientId: string, token: AccessToken | ClientCredentials, resource: string): Set<string> =>
    new Set([...token.scopes].filter((scope) => mayStillHave(clientId, resource, scope)))

  async function principalOf(token: AccessToken, resource: string, find: FindPerson): Promise<Principal | null> {
    if (!token.accountId || !token.grantId || !token.clientId) return null
    // AccessToken.find() does not read the grant: without this check a token is valid after its grant was deleted.
    const [grant, client, person] = await Promise.all([
      provider().Grant.find(token.grantId),
      provider().Client.find(token.clientId),
      find(token.accountId),
    ])
    if (!client || grant?.accountId !== token.accountId || grant.clientId !== token.clientId) return null
    if (!person) return null
    const extra = (token.extra ?? {}) as { acr?: string; amr?: string[]; second_factor_at?: number }
    const stamp = stampOf(token.grantId)
    const { amr = [], second_factor_at: at } = extra
    return {
      person,
      clientId: token.clientId,
      scopes: scopesOf(token.clientId, token, resource),
      acr: extra.acr ?? null,
      secondFactorAt: at ?? null,
      amr,
      proof: at === stamp.at && at ? { epoch: stamp.epoch, at, by: provenBy[proofOf(amr)] ?? 'backup-code' } : null,
    }
  }

  async function machineOf(token: ClientCredentials, resource: string): Promise<Machine | null> {
    if (!token.clientId || !(await provider().Client.find(token.clientId))) return null
    return { clientId: token.clientId, scopes: scopesOf(token.clientId, token, resource) }
  }

  async function verify(
    presented: PresentedToken,
    resource: string,
    { find, proves }: { readonly find: FindPerson; readonly proves: Proves },
  ): Promise<VerifiedToken> {
    const { AccessToken, ClientCredentials } = provider()
    const ofPerson = await AccessToken.find(presented.token)
    const token = ofPerson ?? (await ClientCredentials.find(presented.token))
    if (!token?.isValid || ![token.aud].flat().includes(resource)) return unknownToken(presented)
    const principal = ofPerson ? await principalOf(ofPerson, resource, find) : null
    const machine = ofPerson ? null : await machineOf(token as ClientCredentials, resource)
    if (!principal && !machine) return unknownToken(presented)
    const refusal = await proves(presented, token)
    if (refusal) return refusal
    return principal ? { is: 'person', principal } : machine ? { is: 'machine', machine } : unknownToken(presented)
  }

  return (presented: PresentedToken, resource: string, proves: Proves): Promise<VerifiedToken> =>
    translatingOutage(() => {
      const find = onceEach((accountId) => activePerson(directory, accountId))
      // The person is read with the grant: the row of the token names both.
      const onRow = ({ accountId }: AdapterPayload): void => void (accountId && find(accountId).catch(() => undefined))
      return inCheck({ onRow }, () => verify(presented, resource, { find, proves }))
    })
}

type FindPerson = (accountId: string) => Promise<Person | null>

function onceEach(find: FindPerson): FindPerson {
  const found = new Map<string, ReturnType<FindPerson>>()
  return (accountId) => {
    const person = found.get(accountId) ?? find(accountId)
    found.set(accountId, person)
    return person
  }
}

const unknownToken = ({ scheme }: PresentedToken): TokenRefusal => ({
  is: 'refused',
  error: 'invalid_token',
  why: 'not a valid access token',
  scheme,
})
