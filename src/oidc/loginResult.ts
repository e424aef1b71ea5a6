/** The interaction result that finishes a sign-in at the provider, with its stamp. */
import type { InteractionResults } from 'oidc-provider'
import { acrOf, amrOf, type Proven } from './claims.ts'
import type { AccountPrompt } from './accountPrompts.ts'
import type { Assurance } from './assurance.ts'
import type { Stamp } from './stamp.ts'

export interface Facts {
  readonly accountId: string
  readonly epoch: number
  readonly authenticatedAt: number
  /** "End other sessions" after this time ends this sign-in too, until it is a session. Absent: `authenticatedAt`. */
  readonly since?: number
  /** The second factor that the host itself verified; absent or null: none. */
  readonly proven?: Proven | null
  /** How the first factor was proven, RFC 8176. Default `['pwd']`. */
  readonly amr?: readonly string[]
  /** A value of the host's own `acrValues` that this sign-in meets. Default: ours. */
  readonly acr?: string
  /** Whether the session outlives the browser. Default true. */
  readonly remember?: boolean
  readonly fulfilled?: readonly AccountPrompt[]
}

export interface BoundFacts extends Facts {
  /** Digest of the browser's secret; null: a host's page passed no request and response. */
  readonly browser: string | null
}

export function loginResult(facts: BoundFacts, assurance: Assurance): InteractionResults {
  const { accountId, epoch, authenticatedAt, since = authenticatedAt, proven, browser, remember } = facts
  const proof = proven?.proof ?? 'password'
  const twoFactor: Stamp = { accountId, epoch, at: proven?.at ?? null }
  return {
    // Every field, every time: the library replaces an absent `ts` by the present time.
    login: {
      accountId,
      acr: facts.acr ?? acrOf(proof, assurance),
      amr: amrOf(proof, facts.amr),
      ts: authenticatedAt,
      ...(remember === undefined ? {} : { remember }),
    },
    two_factor: {},
    twoFactor,
    since,
    browser,
  }
}
