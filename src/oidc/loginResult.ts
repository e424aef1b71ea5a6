/** The result that finishes a sign-in at the provider: who signed in, how, and the stamp that says under which epoch. */
import type { InteractionResults } from 'oidc-provider'
import { acrOf, amrOf, type Proven } from './claims.ts'
import type { AccountPrompt } from './accountPrompts.ts'
import type { Assurance } from './assurance.ts'
import type { Stamp } from './stamp.ts'

/** Who signed in, and how. */
export interface Facts {
  readonly accountId: string
  readonly epoch: number
  readonly authenticatedAt: number
  /** The end of other sessions after this time ends it too, until it is a session. Absent: `authenticatedAt`. */
  readonly since?: number
  readonly proven: Proven | null
  readonly fulfilled?: readonly AccountPrompt[]
}

export interface BoundFacts extends Facts {
  /** Digest of the secret of the browser; null: a host's page that passed no request and response. */
  readonly browser: string | null
}

export function loginResult(facts: BoundFacts, assurance: Assurance): InteractionResults {
  const { accountId, epoch, authenticatedAt, since = authenticatedAt, proven, browser } = facts
  const proof = proven?.proof ?? 'password'
  const twoFactor: Stamp = { accountId, epoch, at: proven?.at ?? null }
  return {
    // Sent whole every time: the library replaces what is left out by "now" or by nothing.
    login: { accountId, acr: acrOf(proof, assurance), amr: amrOf(proof), ts: authenticatedAt },
    two_factor: {},
    twoFactor,
    since,
    browser,
  }
}
