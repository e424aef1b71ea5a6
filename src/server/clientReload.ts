/** Clients without a restart: the file is read and judged whole; a fault anywhere in it keeps the clients as they are. */
import { isDeepStrictEqual } from 'node:util'
import type { ClientMetadata } from 'oidc-provider'
import type { Assembled } from './assemble.ts'
import { type ClientList, createClientList } from './clientList.ts'
import type { Configuration } from './configuration/configuration.ts'
import { ConfigurationError } from './configuration/faults.ts'

const NO_CLIENTS = 'clients: there is none any more; a restart would remove all of them'

export interface ClientReload {
  current(): ClientList
  reload(read: () => Promise<Configuration>): Promise<void>
}

export function createClientReload({ configuration, secrets, rekey, log }: Assembled): ClientReload {
  let current = createClientList(configuration, secrets)
  let isEmpty = configuration.clients.length === 0
  let last = Promise.resolve()

  async function replace(read: () => Promise<Configuration>): Promise<void> {
    try {
      const { clients, pkceExempt, ...others } = await read()
      // An editor may empty a file before it writes.
      if (clients.length === 0 && !isEmpty) throw new ConfigurationError([NO_CLIENTS])
      const next = createClientList({ ...configuration, clients, pkceExempt }, secrets)
      const refusals = await rekey.setClients(next.metadata())
      if (refusals.length > 0)
        throw new ConfigurationError(refusals.map(({ clientId, message }) => `client ${clientId}: ${message}`))
      log.info(differences(current.metadata(), next.metadata()), 'the clients were read again')
      current = next
      isEmpty = clients.length === 0
      const changed = changedKeys(configuration, others)
      if (changed.length > 0) log.warn({ keys: changed }, 'what else changed in the configuration needs a restart')
    } catch (error) {
      const faults = error instanceof ConfigurationError ? error.faults : [String(error)]
      log.error({ faults }, 'the clients are as they were: the configuration has faults')
    }
  }

  return {
    current: () => current,
    // One after the other, so that the last signal decides.
    reload: (read) => (last = last.then(() => replace(read))),
  }
}

/** Names only: values may be secrets. */
const changedKeys = (before: Configuration, after: Omit<Configuration, 'clients' | 'pkceExempt'>): string[] =>
  Object.entries(after).flatMap(([key, value]) =>
    isDeepStrictEqual(value, before[key as keyof Configuration]) ? [] : [key],
  )

/** Ids only. */
function differences(before: readonly ClientMetadata[], after: readonly ClientMetadata[]) {
  const known = new Map(before.map((client) => [client.client_id, client]))
  const kept = new Set(after.map((client) => client.client_id))
  const changed = after.filter(
    (client) => known.has(client.client_id) && !isDeepStrictEqual(client, known.get(client.client_id)),
  )
  return {
    clients: after.length,
    added: after.flatMap(({ client_id: id }) => (known.has(id) ? [] : [id])),
    changed: changed.map(({ client_id: id }) => id),
    removed: before.flatMap(({ client_id: id }) => (kept.has(id) ? [] : [id])),
  }
}
