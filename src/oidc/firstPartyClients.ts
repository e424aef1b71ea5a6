/** The first-party clients: the console and the own account. Secrets are derived: every process knows them, and no file does. */
import type { ClientMetadata } from 'oidc-provider'
import type { App } from '../ports.ts'

const clientIdOf: Readonly<Record<App, string>> = { admin: 'console', account: 'account' }
export const firstPartyClientId = (app: App): string => clientIdOf[app]

export interface FirstPartyClientOptions {
  readonly issuer: string
  /** Name of the service. */
  readonly service: string
  readonly secretOf: (clientId: string) => string
}

export const firstPartyClient = ({ issuer, service, secretOf }: FirstPartyClientOptions, app: App) => ({
  client_id: clientIdOf[app],
  client_secret: secretOf(clientIdOf[app]),
  // The name must distinguish the two on consent and session lists.
  client_name: app === 'admin' ? `${service} Console` : service,
  client_uri: `${issuer}/${app}`,
  redirect_uris: [`${issuer}/${app}/callback`],
  post_logout_redirect_uris: [`${issuer}/${app}/signed-out`],
  grant_types: ['authorization_code'],
  response_types: ['code' as const],
  token_endpoint_auth_method: 'client_secret_basic' as const,
  first_party: true,
})

/** @throws TypeError when a host's client has the id of one of ours */
export function withFirstPartyClients(
  options: FirstPartyClientOptions,
  apps: readonly App[],
  theirs: readonly ClientMetadata[] = [],
): ClientMetadata[] {
  const ours = apps.map((app) => firstPartyClient(options, app))
  const taken = theirs.find((client) => ours.some(({ client_id }) => client_id === client.client_id))
  if (taken) throw new TypeError(`clients: ${JSON.stringify(taken.client_id)} is a client of the service itself`)
  return [...theirs, ...ours]
}
