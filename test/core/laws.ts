/**
 * The laws of the core: they hold for every answer to every question, and in every state. The key of each is its statement.
 */
import type { Law } from './laws/answer.ts'
import { deletionLaws } from './laws/deletion.ts'
import { effectLaws } from './laws/effects.ts'
import { enrolmentLaws } from './laws/enrolment.ts'
import { passkeyLaws } from './laws/passkeys.ts'
import { proofLaws } from './laws/proofs.ts'
import { recoveryLaws } from './laws/recovery.ts'
import { repeatLaws } from './laws/repeats.ts'
import { restoreLaws } from './laws/restore.ts'

export { type Answer, answerTo, ofCodes } from './laws/answer.ts'
export { stateLaws } from './laws/states.ts'

/** Judge every answer. */
export const answerLaws: Readonly<Record<string, Law>> = {
  ...proofLaws,
  ...repeatLaws,
  ...passkeyLaws,
  ...enrolmentLaws,
  ...recoveryLaws,
  ...deletionLaws,
  ...restoreLaws,
}

export const laws: Readonly<Record<string, Law>> = { ...answerLaws, ...effectLaws }
