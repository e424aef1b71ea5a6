/** How long a sign-in stays open: ten minutes before its password, an hour after it. */
import type { Configuration } from 'oidc-provider'

/** Lifetime of a session without an account, and of a sign-in before its password. Seconds: 10 minutes. */
const ANONYMOUS_SECONDS = 600

/** Lifetime of a sign-in whose password was accepted, unless the host sets another: the library's default. Seconds. */
export const SIGN_IN_SECONDS = 3600

type Ttl = NonNullable<Configuration['ttl']>

/** @param ownPage whether the page of this prompt is ours; an interaction of a host's page keeps the host's lifetime */
export function withShortLifetimes(
  ttl: Ttl | undefined,
  ownPage: (prompt: string) => boolean,
): Pick<Ttl, 'Interaction' | 'Session'> {
  const { Interaction: interaction = SIGN_IN_SECONDS, Session: session = 1_209_600 } = ttl ?? {}
  return {
    Interaction(ctx, item) {
      const seconds = typeof interaction === 'function' ? interaction(ctx, item) : interaction
      return item.session?.accountId || !ownPage(item.prompt.name) ? seconds : Math.min(seconds, ANONYMOUS_SECONDS)
    },
    Session(ctx, item) {
      const seconds = typeof session === 'function' ? session(ctx, item) : session
      return item.accountId ? seconds : Math.min(seconds, ANONYMOUS_SECONDS)
    },
  }
}
