/** The static clients of a provider at work: replaced without a restart, and with two secrets while one is being replaced. */
import type { ClientMetadata, Provider } from 'oidc-provider'
import type { ClientTrust } from './clientTrust.ts'
import { type FirstPartyClientOptions, withFirstPartyClients } from './firstPartyClients.ts'
import { setStaticClients } from './internals.ts'

export interface ClientRefusal {
  readonly clientId: string
  /** What the provider says. Never a secret. */
  readonly message: string
}

interface Trusted {
  readonly firstPartyClients: FirstPartyClientOptions
  readonly trust: ClientTrust
}

/**
 * All or none: each is constructed as the provider does it, before any is replaced.
 * @returns what is refused; then nothing has changed
 */
export async function replaceClients(
  provider: Provider,
  { firstPartyClients, trust }: Trusted,
  theirs: readonly ClientMetadata[],
): Promise<ClientRefusal[]> {
  const clients = withFirstPartyClients(firstPartyClients, theirs)
  const judged = await Promise.all(clients.map((client) => refusalOf(provider, client)))
  const twice = clients.filter(({ client_id: id }, n) => clients.findIndex((item) => item.client_id === id) !== n)
  const refusals = [
    ...judged.flat(),
    ...twice.map(({ client_id: clientId }) => ({ clientId, message: 'client_id is not unique' })),
  ]
  if (refusals.length > 0) return refusals
  setStaticClients(provider, clients)
  trust.replace(clients)
  return []
}

async function refusalOf(provider: Provider, client: ClientMetadata): Promise<ClientRefusal[]> {
  try {
    await provider.Client.validate(client)
    return []
  } catch (error) {
    const { error_description: description, message } = error as Error & { readonly error_description?: string }
    return [{ clientId: client.client_id, message: description ?? message }]
  }
}

/** Token, introspection, revocation and pushed requests ask this one method. Both secrets are compared as the library compares one. */
export function acceptPreviousSecrets(provider: Provider, trust: Pick<ClientTrust, 'previousSecretOf'>): void {
  const { prototype } = provider.Client
  const { compareClientSecret: compare } = prototype
  prototype.compareClientSecret = async function compareSecrets(actual) {
    const { clientId } = this
    const before = trust.previousSecretOf(clientId)
    const other = before === null ? this : (Object.create(this, { clientSecret: { value: before } }) as typeof this)
    const [isCurrent, isPrevious] = await Promise.all([compare.call(this, actual), compare.call(other, actual)])
    return isCurrent || isPrevious
  }
}
