/** The configuration and the provider of the host, known after `configuration()` and `attach()`. */
import type { Configuration, Provider } from 'oidc-provider'
import { NotAttached } from '../errors.ts'
import { SIGN_IN_SECONDS } from './anonymous.ts'
import { hasPageOfOurs } from './configuration.ts'
import type { AccountRows } from './rows.ts'
import { createStorage, type ProviderStorage, type StorageOptions } from './storage.ts'

export interface Attachment {
  configure(host: Configuration): ProviderStorage
  attach(provider: Provider): void
  /** @throws NotAttached */
  provider(): Provider
  /** Sessions and grants of the configured storage; before `configuration()`, of our store. */
  rows(): AccountRows
  hasPage(prompt: string): boolean
  signInSeconds(): number
}

export function createAttachment(options: StorageOptions): Attachment {
  let configuration: Configuration | undefined
  let storage = createStorage(options, {})
  let attached: Provider | undefined
  return {
    configure(host) {
      configuration = host
      storage = createStorage(options, host)
      return storage
    },
    attach(provider) {
      attached = provider
    },
    provider() {
      if (!attached) throw new NotAttached()
      return attached
    },
    rows: () => storage.rows,
    hasPage: (prompt) => configuration !== undefined && hasPageOfOurs(configuration, prompt),
    signInSeconds() {
      const given = configuration?.ttl?.Interaction
      return typeof given === 'number' ? given : SIGN_IN_SECONDS
    },
  }
}
