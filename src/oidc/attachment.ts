/** The configuration and the provider of the host, known after `configuration()` and `attach()`. */
import type { Configuration, Provider } from 'oidc-provider'
import { NotAttached } from '../errors.ts'
import { SIGN_IN_SECONDS } from './anonymous.ts'
import { hasPageOfOurs } from './configuration.ts'

export interface Attachment {
  configure(host: Configuration): void
  attach(provider: Provider): void
  /** @throws NotAttached */
  provider(): Provider
  hasPage(prompt: string): boolean
  signInSeconds(): number
}

export function createAttachment(): Attachment {
  let configuration: Configuration | undefined
  let attached: Provider | undefined
  return {
    configure(host) {
      configuration = host
    },
    attach(provider) {
      attached = provider
    },
    provider() {
      if (!attached) throw new NotAttached()
      return attached
    },
    hasPage: (prompt) => configuration !== undefined && hasPageOfOurs(configuration, prompt),
    signInSeconds() {
      const given = configuration?.ttl?.Interaction
      return typeof given === 'number' ? given : SIGN_IN_SECONDS
    },
  }
}
