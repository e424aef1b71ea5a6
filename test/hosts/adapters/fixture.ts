/** A host that keeps its own adapter, with people, relying parties and a receiver of logout tokens; or one without an adapter. */
import type { Configuration } from 'oidc-provider'
import { openApiHost } from '../../support/apiHost.ts'
import { openBackchannelReceiver } from '../../support/backchannelReceiver.ts'
import { clock } from '../../support/host.ts'
import { memoryStore } from '../../../src/store/memory.ts'
import type { Store } from '../../../src/store/store.ts'
import type { Person } from '../../support/people.ts'
import type { ClientId, Tokens } from '../../support/relyingParties.ts'
import type { Visitor } from '../../support/client.ts'
import { type ForeignAdapter, foreignAdapters } from './foreign.ts'

export type AdapterFixture = Awaited<ReturnType<typeof openAdapterFixture>>

/** Of each adapter by name, ours included: a host without an adapter behaves the same. */
export const withAndWithoutAdapter: readonly (string | null)[] = [null, ...Object.keys(foreignAdapters)]
export const titleOf = (name: string | null): string => (name === null ? 'our store' : `an adapter ${name}`)

export async function openAdapterFixture(name: string | null, store: Store = memoryStore({ clock })) {
  const foreign = name === null ? null : await foreignAdapters[name]!()
  const receiver = await openBackchannelReceiver()
  const errors: unknown[] = []
  const configure = (usual: Configuration): Configuration => ({
    ...usual,
    responseTypes: ['code'],
    ...(foreign && { adapter: foreign.adapter }),
    clients: usual.clients!.map((client) =>
      client.redirect_uris?.length
        ? { ...client, backchannel_logout_uri: receiver.url, backchannel_logout_session_required: true }
        : client,
    ),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
    },
    // The library sends nothing to this machine by itself.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
  })
  let ahead = 0
  const ourClock = { now: () => clock.now() + ahead }
  const host = await openApiHost({ store, configure, clock: ourClock, onError: (error) => void errors.push(error) })
  host.provider.on('server_error', (_ctx, error) => void errors.push(error))

  /** Tokens of a request in a browser that is signed in already, or of a sign-in. */
  async function tokensOf(
    person: Person,
    clientId: ClientId,
    visitor?: Visitor,
  ): Promise<Tokens & { visitor: Visitor }> {
    const request = host.ask(clientId, { scope: 'openid offline_access', prompt: 'consent' })
    const entered = await host.enter(person, request, visitor)
    return { ...(await host.tokens(entered)), visitor: entered.visitor }
  }

  return {
    ...host,
    foreign: foreign as ForeignAdapter,
    store,
    receiver,
    /** Failures behind a 5xx and those that no request waits for. */
    errors,
    tokensOf,
    /** Runs `act` while the clock of the plugin, not that of the library, is ahead. */
    async later<T>(seconds: number, act: () => Promise<T>): Promise<T> {
      ahead = seconds
      try {
        return await act()
      } finally {
        ahead = 0
      }
    },
    async close() {
      await host.close()
      await receiver.close()
      await foreign?.close()
    },
  }
}
