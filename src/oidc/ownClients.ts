/**
 * The relying parties of the house itself: the console and the own account. They are registered like any other, always, and by nobody
 * else; their secrets are derived, so that every process knows them and no file does.
 */
import type { ClientMetadata } from 'oidc-provider'
import type { Place } from '../ports.ts'

const clientIdOf: Readonly<Record<Place, string>> = { admin: 'console', account: 'account' }
export const ownClientId = (place: Place): string => clientIdOf[place]

export interface OwnClientOptions {
  readonly issuer: string
  /** What the service calls itself. */
  readonly service: string
  readonly secretOf: (clientId: string) => string
}

export const ownClient = ({ issuer, service, secretOf }: OwnClientOptions, place: Place) => ({
  client_id: clientIdOf[place],
  client_secret: secretOf(clientIdOf[place]),
  // Two places of one house: who reads where they are going to tells them apart.
  client_name: place === 'admin' ? `${service} Console` : service,
  client_uri: `${issuer}/${place}`,
  redirect_uris: [`${issuer}/${place}/callback`],
  post_logout_redirect_uris: [`${issuer}/${place}/signed-out`],
  grant_types: ['authorization_code'],
  response_types: ['code' as const],
  token_endpoint_auth_method: 'client_secret_basic' as const,
  first_party: true,
})

/** A host's clients and ours. @throws TypeError when one of theirs has the name of one of ours */
export function withOwnClients(
  options: OwnClientOptions,
  places: readonly Place[],
  theirs: readonly ClientMetadata[] = [],
): ClientMetadata[] {
  const ours = places.map((place) => ownClient(options, place))
  const taken = theirs.find((client) => ours.some(({ client_id }) => client_id === client.client_id))
  if (taken) throw new TypeError(`clients: ${JSON.stringify(taken.client_id)} is a client of the service itself`)
  return [...theirs, ...ours]
}
