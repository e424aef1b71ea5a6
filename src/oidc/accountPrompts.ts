/** Requests to change one's own account: what counts as proof for them, and what an interaction has fulfilled of them. */
import type { Interaction, InteractionResults } from 'oidc-provider'
import { bindingOf, provedHere } from '../core/browser.ts'
import type { Proof, Proven } from './claims.ts'
import { FRESH_SECONDS, isAccountPrompt, type AccountPrompt } from './policy.ts'
import { readStamp, type Stamp } from './stamp.ts'

/**
 * A live session is no proof for changing what protects it: an unattended browser has one. For `FRESH_SECONDS` a sign-in counts that
 * this request led to in this browser, or one by a backup code, because a person who used the last code has no other proof.
 */
export function provenFor(
  { lastSubmission }: Interaction,
  { epoch, at }: Stamp,
  { proof, shown, now }: { readonly proof: Proof; readonly shown: string | null; readonly now: number },
): Proven | null {
  const submitted = readStamp(lastSubmission?.['twoFactor'])
  const isSame = submitted?.epoch === epoch && submitted.at === at
  const here = isSame && provedHere(bindingOf(lastSubmission?.['browser']), shown)
  const isYoung = at !== null && now - at < FRESH_SECONDS
  return isYoung && proof !== 'password' && (here || proof === 'backup-code') ? { proof, at } : null
}

/** What an interaction before this one, for the same request, has fulfilled. */
export const fulfilledBy = (submission: InteractionResults | undefined): AccountPrompt[] =>
  Object.keys(submission ?? {}).filter(isAccountPrompt)
