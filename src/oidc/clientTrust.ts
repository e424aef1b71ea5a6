/**
 * What a client is trusted with: no consent page, requests to change one's own account, scopes of the management API. The operator says so, by
 * the host's static `clients` and by options; never the client's own metadata, since registration and metadata documents are the client's say.
 */
import type { ClientMetadata } from 'oidc-provider'

export interface TrustOptions {
  readonly firstParty: readonly string[]
  readonly managementScopes: Readonly<Record<string, readonly string[]>>
}

export interface ClientTrust {
  isFirstParty(clientId: string | undefined): boolean
  /** Scopes of the management API that this client may have. */
  scopesOf(clientId: string): ReadonlySet<string>
  /** Reads `first_party` and `management_scopes` of clients that the operator wrote down. */
  add(clients: readonly ClientMetadata[]): void
}

export function createClientTrust(options: TrustOptions): ClientTrust {
  const firstParty = new Set(options.firstParty)
  const scopes = new Map(Object.entries(options.managementScopes).map(([id, list]) => [id, new Set(list)]))
  return {
    isFirstParty: (clientId) => clientId !== undefined && firstParty.has(clientId),
    scopesOf: (clientId) => scopes.get(clientId) ?? new Set(),
    add(clients) {
      for (const { client_id: id, first_party: isFirstParty, management_scopes: own } of clients) {
        if (isFirstParty === true) firstParty.add(id)
        if (Array.isArray(own)) scopes.set(id, new Set([...(scopes.get(id) ?? []), ...own.map(String)]))
      }
    },
  }
}
