/**
 * Clients without a consent page, with account prompts, with scopes of the management API or restricted claims, with a second secret. Only the operator grants
 * these, by static `clients` and options; metadata from registration or metadata documents is the client's own claim and grants nothing.
 */
import type { ClientMetadata } from 'oidc-provider'

export interface TrustOptions {
  readonly firstParty: readonly string[]
  readonly managementScopes: Readonly<Record<string, readonly string[]>>
  readonly ignoreUnknownAcr: readonly string[]
  readonly claims: Readonly<Record<string, readonly string[]>>
}

export interface ClientTrust {
  isFirstParty(clientId: string | undefined): boolean
  /** Allowed scopes of the management API. */
  scopesOf(clientId: string): ReadonlySet<string>
  /** Restricted claims that a client may have. */
  claimsOf(clientId: string | undefined): ReadonlySet<string>
  /** Whether unknown `acr_values` of a client are ignored. */
  ignoresUnknownAcr(clientId: string): boolean
  /** The secret that counts beside `client_secret` while that is being replaced; null: none. */
  previousSecretOf(clientId: string): string | null
  /** Reads `first_party`, `management_scopes`, `claims`, `ignore_unknown_acr` and `previous_client_secret` of static clients. */
  add(clients: readonly ClientMetadata[]): void
  /** As `add`, and forgets the static clients of before. */
  replace(clients: readonly ClientMetadata[]): void
}

export function createClientTrust(options: TrustOptions): ClientTrust {
  const firstParty = new Set(options.firstParty)
  const scopes = new Map(Object.entries(options.managementScopes))
  const claims = new Map(Object.entries(options.claims))
  let statics: ReadonlyMap<string, ClientMetadata> = new Map()
  const byId = (clients: readonly ClientMetadata[]) => clients.map((item) => [item.client_id, item] as const)
  return {
    isFirstParty: (id) => id !== undefined && (firstParty.has(id) || statics.get(id)?.['first_party'] === true),
    scopesOf: (id) => new Set([...(scopes.get(id) ?? []), ...listed(statics.get(id)?.['management_scopes'])]),
    claimsOf: (id = '') => new Set([...(claims.get(id) ?? []), ...listed(statics.get(id)?.['claims'])]),
    ignoresUnknownAcr: (id) =>
      options.ignoreUnknownAcr.includes(id) || statics.get(id)?.['ignore_unknown_acr'] === true,
    previousSecretOf(id) {
      const secret: unknown = statics.get(id)?.['previous_client_secret']
      return typeof secret === 'string' && secret !== '' ? secret : null
    },
    add(clients) {
      statics = new Map([...statics, ...byId(clients)])
    },
    replace(clients) {
      statics = new Map(byId(clients))
    },
  }
}

const listed = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])
