/** The acting person proves anew that it is them, for one act on one person. */
import { z } from 'zod'
import { burntAct } from '../core/stepUp.ts'
import type { ActRequest, SignInProof } from '../core/command.ts'
import type { Services } from '../http/context.ts'
import { ProblemError, stepUpRequired } from '../http/problem.ts'
import { invalid } from '../http/api/valid.ts'
import type { Person } from '../ports.ts'
import { type Acting, refusedAs, appendAudit } from './authority.ts'

/** How they prove it. */
export interface StepUp {
  /** Their own current authenticator code as they typed it; absent: none. */
  readonly code?: unknown
  /** What stands in for a code when there is none: how they signed in. */
  readonly proof?: SignInProof | null
  /** Default true: a call has no browser, and its token comes of a completed sign-in. */
  readonly knownBrowser?: boolean
}

/** A header that its sender chooses; the same one names the same act. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .nullable()

/** How long a key pays for a retry of what it is sent with. Seconds: an overheard call must not undo later what was put right. */
const RETRY_SECONDS = 60

/** Whether this very act was paid for a moment ago, under a key of its sender: the process died in between, or the answer was lost. */
export async function stepUpSatisfied(services: Services, actor: Person, act: ActRequest): Promise<boolean> {
  const account = await services.accounts.get(actor.id)
  const known = account && burntAct(account, act)
  if (!known) return false
  if (known === 'other' || services.clock.now() - known.at >= RETRY_SECONDS) throw new ProblemError(keyUsed)
  return true
}
const keyUsed = {
  status: 409,
  code: 'idempotency_conflict',
  detail: `This Idempotency-Key was used for something else, or more than ${RETRY_SECONDS} s ago.`,
}

/** Burns the code or spends the proof for this act, or throws and has told the audit why. */
export async function stepUp(services: Services, { actor, by }: Acting, act: ActRequest, shown: StepUp): Promise<void> {
  const { code, proof = null, knownBrowser = true } = shown
  if (code === undefined && proof === null) {
    await appendAudit(services, 'step_up.refused', by, act.target, 'no-code')
    throw new ProblemError(stepUpRequired(services, 'This needs your own authenticator code.'))
  }
  const outcome =
    code === undefined && proof
      ? await services.enrolments.spendProof(actor.id, act, proof, by)
      : await services.enrolments.stepUp(actor.id, act, { typed: code, knownBrowser }, by)
  if (outcome.is === 'unreadable') {
    await appendAudit(services, 'step_up.refused', by, act.target, `code-${outcome.why}`)
    throw invalid([{ path: 'code', message: 'must be the 6 digits of your own authenticator' }])
  }
  if (outcome.is !== 'refused') return
  // Wrong and replayed codes are told to the audit by the record itself; these are not.
  const { refusal } = outcome
  if (refusal.is !== 'code-incorrect' && refusal.is !== 'code-replayed')
    await appendAudit(services, 'step_up.refused', by, act.target, refusal.is)
  throw refusedAs(services, refusal)
}
