/** The configuration and the provider of the host, known after `configuration()` and `attach()`. */
import type { Adapter, Configuration, Provider } from 'oidc-provider'
import { NotAttached } from '../errors.ts'
import type { App } from '../ports.ts'
import { hasPageOfOurs } from './configuration.ts'
import type { AccountRows } from './rows.ts'
import { createStorage, type ProviderStorage, type StorageOptions } from './storage.ts'
import { type FirstPartyMethods, firstPartyMethods } from './firstPartyClients.ts'
import { SIGN_IN_SECONDS } from './signInLifetime.ts'

export interface Attachment {
  configure(host: Configuration): ProviderStorage
  attach(provider: Provider): void
  /** @throws NotAttached */
  provider(): Provider
  /** URL of a route of the provider. @throws NotAttached */
  urlFor(route: string): string
  /** Sessions and grants of the configured storage; before `configuration()`, of our store. */
  rows(): AccountRows
  hasPage(prompt: string): boolean
  /** The host's configuration; empty until it is known. */
  configuration(): Configuration
  storage(): ProviderStorage
  /** Recognises the providers that were made with a configuration of ours. */
  readonly adapters: WeakSet<Adapter>
  /** The host's own acr values. */
  acrValues(): readonly string[]
  /** How our own clients are registered. @throws NotAttached before the host's configuration is known */
  firstPartyMethods(): FirstPartyMethods
  /** The first-party applications that this configuration leaves open. */
  openApps(): readonly App[]
  signInSeconds(): number
}

export function createAttachment(
  options: StorageOptions,
  { apps, mountPath }: { readonly apps: readonly App[]; readonly mountPath: string },
): Attachment {
  let configuration: Configuration | undefined
  let storage = createStorage(options, {})
  let methods: FirstPartyMethods | null = null
  let attached: Provider | undefined
  const provider = (): Provider => {
    if (!attached) throw new NotAttached()
    return attached
  }
  return {
    adapters: new WeakSet(),
    storage: () => storage,
    configure(host) {
      configuration = host
      methods = firstPartyMethods(host)
      storage = createStorage(options, host)
      return storage
    },
    attach(given) {
      attached = given
    },
    provider,
    urlFor: (route) => provider().urlFor(route, { mountPath }),
    rows: () => storage.rows,
    hasPage: (prompt) => configuration !== undefined && hasPageOfOurs(configuration, prompt),
    configuration: () => configuration ?? {},
    acrValues: () => [...(configuration?.acrValues ?? [])],
    firstPartyMethods() {
      if (!methods) throw new NotAttached()
      return methods
    },
    openApps: () => (methods ? apps : []),
    signInSeconds() {
      const given = configuration?.ttl?.Interaction
      return typeof given === 'number' ? given : SIGN_IN_SECONDS
    },
  }
}
