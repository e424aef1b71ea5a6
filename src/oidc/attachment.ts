/** What is known once a host has given its configuration and its provider; until then there is no sign-in. */
import type { Configuration, Provider } from 'oidc-provider'
import { NotAttached } from '../errors.ts'
import { SIGN_IN_SECONDS } from './anonymous.ts'
import { hasPageOfOurs } from './configuration.ts'

export interface Attachment {
  configure(host: Configuration): void
  attach(provider: Provider): void
  /** @throws NotAttached */
  provider(): Provider
  /** Whether the pages of a prompt are ours. */
  hasPage(prompt: string): boolean
  /** How long a sign-in is kept whose password was accepted. Seconds. */
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
