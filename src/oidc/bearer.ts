/** Access tokens: the person or client they were issued to, with present roles and scopes. For our API and, as `requireToken`, a host's. */
import type { Provider } from 'oidc-provider'
import type { SignInProof } from '../core/command.ts'
import type { Directory, Person } from '../ports.ts'
import { activePerson } from './activePerson.ts'
import { proofOf } from './claims.ts'
import { translatingOutage } from './outage.ts'
import { stampOf } from './stamp.ts'

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
}

/** A client with a token of its own (`client_credentials`): no person signed in, so it may only read. */
export interface Machine {
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
}

export interface TokenVerifier {
  /** null: not a valid token for this resource, or the account is not active. */
  principal(token: string, resource: string): Promise<Principal | null>
  /** null: not a valid `client_credentials` token for this resource. */
  machine(token: string, resource: string): Promise<Machine | null>
}

/** @param mayStillHave whether a client may have this scope of this resource now */
export function createTokenVerifier(
  provider: () => Provider,
  directory: Pick<Directory, 'find'>,
  mayStillHave: (clientId: string, resource: string, scope: string) => boolean,
): TokenVerifier {
  // A scope may have been withdrawn from the client since the token was issued.
  const scopesOf = (clientId: string, token: AccessToken | ClientCredentials, resource: string): Set<string> =>
    new Set([...token.scopes].filter((scope) => mayStillHave(clientId, resource, scope)))

  async function find(value: string, resource: string): Promise<Principal | null> {
    const token = await provider().AccessToken.find(value)
    if (!token?.isValid || !token.accountId || !token.grantId || !token.clientId) return null
    // AccessToken.find() does not read the grant: without this check a token is valid after its grant was deleted.
    const [grant, client] = await Promise.all([
      provider().Grant.find(token.grantId),
      provider().Client.find(token.clientId),
    ])
    if (!client || grant?.accountId !== token.accountId || grant.clientId !== token.clientId) return null
    if (!isFor(token, resource)) return null
    const person = await activePerson(directory, token.accountId)
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
      proof: at === stamp.at && at ? { epoch: stamp.epoch, at, byCode: proofOf(amr) === 'otp' } : null,
    }
  }

  async function findMachine(value: string, resource: string): Promise<Machine | null> {
    const token = await provider().ClientCredentials.find(value)
    if (!token?.isValid || !token.clientId || !isFor(token, resource)) return null
    if (!(await provider().Client.find(token.clientId))) return null
    return { clientId: token.clientId, scopes: scopesOf(token.clientId, token, resource) }
  }

  return {
    principal: (value, resource) => translatingOutage(() => find(value, resource)),
    machine: (value, resource) => translatingOutage(() => findMachine(value, resource)),
  }
}

/** Issued for this resource; a token bound to a key is refused, because its proof of possession is not checked here. */
function isFor(token: AccessToken | ClientCredentials, resource: string): boolean {
  return [token.aud].flat().includes(resource) && !token['jkt'] && !token['x5t#S256']
}
