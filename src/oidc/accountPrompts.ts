/** Requests to change one's own account: what counts as proof for them, and what an interaction has fulfilled of them. */
import type { Interaction, InteractionResults } from 'oidc-provider'
import { bindingOf, provedHere } from '../core/browser.ts'
import type { Proof, Proven } from './claims.ts'
import { FRESH_SECONDS, isAccountPrompt, type AccountPrompt } from './policy.ts'
import { readStamp, type Stamp } from './stamp.ts'

/**
 * A live session alone is no proof for changing what protects it: an unattended browser has one. Two are, for `FRESH_SECONDS`: the sign-in
 * that this very request made somebody do in this browser; and one by a backup code, since whoever used their last one has no other.
 */
export function provenFor(
  { lastSubmission }: Interaction,
  { epoch, at }: Stamp,
  { proof, shown }: { readonly proof: Proof; readonly shown: string | null },
): Proven | null {
  const submitted = readStamp(lastSubmission?.['twoFactor'])
  const isSame = submitted?.epoch === epoch && submitted.at === at
  const here = isSame && provedHere(bindingOf(lastSubmission?.['browser']), shown)
  const isYoung = at !== null && Date.now() / 1000 - at < FRESH_SECONDS
  return isYoung && proof !== 'password' && (here || proof === 'backup-code') ? { proof, at } : null
}

/** What an interaction before this one, for the same request, has fulfilled. */
export const fulfilledBy = (submission: InteractionResults | undefined): AccountPrompt[] =>
  Object.keys(submission ?? {}).filter(isAccountPrompt)
