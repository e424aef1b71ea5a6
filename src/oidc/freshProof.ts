/** The proof that a change of one's own account needs. */
import type { Interaction } from 'oidc-provider'
import { FRESH_SECONDS } from './assurance.ts'
import type { Proof, Proven } from './claims.ts'
import { bindingOf, provedHere } from '../core/browser.ts'
import { readStamp, type Stamp } from './stamp.ts'

/**
 * A live session alone is no proof: an unattended browser has one. A sign-in counts for `FRESH_SECONDS` if this request caused it in
 * this browser, or if it was by a backup code, because a person who used the last code has no other proof.
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
