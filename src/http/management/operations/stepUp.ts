/** The acting person proves anew that it is them, for one act on one person. */
import { z } from 'zod'
import type { ActAsked, SignInProof } from '../../../core/vocabulary.ts'
import type { Desk } from '../../desk.ts'
import { ProblemError, stepUpRequired } from '../problem.ts'
import { invalid } from '../valid.ts'
import { type Acting, refusedAs, tell } from './acting.ts'

/** How they prove it. */
export interface StepUp {
  /** Their own current authenticator code as they typed it; absent: none. */
  readonly code?: unknown
  /** What stands in for a code when there is none: how they signed in. */
  readonly proof?: SignInProof | null
}

/** A header that its sender chooses; the same one names the same act. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .nullable()

/** Burns the code or spends the proof for this act, or throws and has told the audit why. */
export async function stepUp(desk: Desk, { actor, by }: Acting, act: ActAsked, shown: StepUp): Promise<void> {
  const { code, proof = null } = shown
  if (code === undefined && proof === null) {
    await tell(desk, 'step_up.refused', by, act.target, 'no-code')
    throw new ProblemError(stepUpRequired(desk, 'This needs your own authenticator code.'))
  }
  const outcome =
    code === undefined && proof
      ? await desk.journey.spendProof(actor.id, act, proof, by)
      : await desk.journey.stepUp(actor.id, act, code, by)
  if (outcome.is === 'unreadable') {
    await tell(desk, 'step_up.refused', by, act.target, `code-${outcome.why}`)
    throw invalid([{ path: 'code', message: 'must be the 6 digits of your own authenticator' }])
  }
  if (outcome.is !== 'refused') return
  // Wrong and replayed codes are told to the audit by the record itself; these are not.
  const { refusal } = outcome
  if (refusal.is !== 'code-incorrect' && refusal.is !== 'code-replayed')
    await tell(desk, 'step_up.refused', by, act.target, refusal.is)
  throw refusedAs(desk, refusal)
}
