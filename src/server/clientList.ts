/** The clients of the file at work: the provider asks here what each may do, and a reload replaces them all at once. */
import type { ClientMetadata } from 'oidc-provider'
import type { Client } from './configuration/clients.ts'
import type { Configuration } from './configuration/configuration.ts'
import { allClients } from './demo.ts'
import type { Secrets } from './secrets.ts'

export interface ClientList {
  /** What the provider gets. */
  metadata(): ClientMetadata[]
  /** Whether a client may introspect tokens for a resource. */
  mayIntrospect(clientId: string, resource: string): boolean
  /** Whether pages of an origin may call for a client, beside those of its redirect URIs. */
  mayCallFrom(clientId: string, origin: string): boolean
  /** Whether a client need not use PKCE. */
  isExempt(clientId: string): boolean
}

export function createClientList(
  { clients, demo, sampleOrigin, pkceExempt }: Pick<Configuration, 'clients' | 'demo' | 'sampleOrigin' | 'pkceExempt'>,
  secrets: Secrets,
): ClientList {
  const all = allClients({ clients, demo, sampleOrigin }, secrets)
  const introspects = new Map(all.map((client) => [client.client_id, new Set(client.introspects)]))
  const origins = new Map(all.map((client) => [client.client_id, new Set(client.origins)]))
  const exempt = new Set(pkceExempt)
  return {
    metadata: () => all.map(metadataOf),
    mayIntrospect: (id, resource) => introspects.get(id)?.has(resource) ?? false,
    mayCallFrom: (id, origin) => origins.get(id)?.has(origin) ?? false,
    isExempt: (id) => exempt.has(id),
  }
}

/** What the provider gets of a client. */
export function metadataOf({ introspects: _introspects, origins: _origins, ...client }: Client): ClientMetadata {
  const home = homeOf(client)
  return {
    response_types: client.grant_types.includes('authorization_code') ? ['code'] : [],
    ...(home === null ? {} : { client_uri: home }),
    ...client,
  } as unknown as ClientMetadata
}

/** The page of an application, where none is named; null: its redirect URIs lead into an application, not to a site. */
function homeOf({ redirect_uris: [uri], application_type: type }: Pick<Client, 'redirect_uris' | 'application_type'>) {
  const { protocol, origin } = (uri === undefined ? null : URL.parse(uri)) ?? {}
  const isSite = protocol === 'https:' || (protocol === 'http:' && type !== 'native')
  return isSite && origin !== undefined ? `${origin}/` : null
}
