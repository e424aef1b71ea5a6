/** One person acting on another: who may, and what the audit hears of those who may not. */
import { mayNotReset } from '../../../core/questions.ts'
import type { AuditType, Caller, Refusal } from '../../../core/vocabulary.ts'
import { newId } from '../../../crypto/tokens.ts'
import type { Person } from '../../../ports.ts'
import type { Desk } from '../../desk.ts'
import { type Problem, ProblemError, problemOf } from '../problem.ts'

/** The acting person as the directory has them now, and where they call from. */
export interface Acting {
  readonly actor: Person
  readonly by: Caller
}

export interface Asked extends Acting {
  readonly targetId: string
}

export const refusedAs = (desk: Desk, refusal: Refusal): ProblemError => new ProblemError(problemOf(desk, refusal))

/** From live roles, at every act; the audit hears of it. */
export async function refuseRank(
  desk: Desk,
  { actor, by }: Acting,
  target: Person,
  type: AuditType = 'two_factor.reset.refused',
): Promise<void> {
  const no = mayNotReset(actor, target, desk.helpdeskGroups)
  if (!no) return
  await tell(desk, type, by, target.id, no)
  const problems: { readonly [K in typeof no]: Problem } = {
    self: { status: 403, code: 'self_reset', detail: 'Nobody does this to themselves here: use your account page.' },
    rank: { status: 403, code: 'forbidden_target', detail: 'Your role does not allow to act on this person.' },
  }
  throw new ProblemError(problems[no])
}

/** A refusal that no record tells of. */
export async function tell(desk: Desk, type: AuditType, by: Caller, target: string, why: string): Promise<void> {
  await desk.audit.append({ id: newId(), at: desk.clock.now(), type, target, outcome: 'refused', reason: why, ...by })
}
