/**
 * Clients without a consent page, with account prompts, with scopes of the management API. Only the operator grants these, by static
 * `clients` and options; metadata from registration or metadata documents is the client's own claim and grants nothing.
 */
import type { ClientMetadata } from 'oidc-provider'

export interface TrustOptions {
  readonly firstParty: readonly string[]
  readonly managementScopes: Readonly<Record<string, readonly string[]>>
}

export interface ClientTrust {
  isFirstParty(clientId: string | undefined): boolean
  /** Allowed scopes of the management API. */
  scopesOf(clientId: string): ReadonlySet<string>
  /** Reads `first_party` and `management_scopes` of static clients. */
  add(clients: readonly ClientMetadata[]): void
}

export function createClientTrust(options: TrustOptions): ClientTrust {
  const firstParty = new Set(options.firstParty)
  const scopes = new Map(Object.entries(options.managementScopes).map(([id, list]) => [id, new Set(list)]))
  return {
    isFirstParty: (clientId) => clientId !== undefined && firstParty.has(clientId),
    scopesOf: (clientId) => scopes.get(clientId) ?? new Set(),
    add(clients) {
      for (const { client_id: id, first_party: isFirstParty, management_scopes: listed } of clients) {
        if (isFirstParty === true) firstParty.add(id)
        if (Array.isArray(listed)) scopes.set(id, new Set([...(scopes.get(id) ?? []), ...listed.map(String)]))
      }
    },
  }
}
