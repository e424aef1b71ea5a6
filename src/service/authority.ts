/** One person acting on another: who may, and what the audit hears of those who may not. */
import { authorityRefusal } from '../core/authority.ts'
import type { AuditType } from '../core/effect.ts'
import type { Caller } from '../core/command.ts'
import type { Refusal } from '../core/refusal.ts'
import { newId } from '../crypto/tokens.ts'
import type { Person } from '../ports.ts'
import type { Services } from '../http/context.ts'
import { type Problem, ProblemError, problemOf } from '../http/problem.ts'

/** The acting person as the directory has them now, and where they call from. */
export interface Acting {
  readonly actor: Person
  readonly by: Caller
}

export interface Action extends Acting {
  readonly targetId: string
}

export const refusedAs = (services: Services, refusal: Refusal): ProblemError =>
  new ProblemError(problemOf(services, refusal))

/** From live roles, at every act; the audit hears of it. */
export async function refuseUnauthorised(
  services: Services,
  { actor, by }: Acting,
  target: Person,
  type: AuditType = 'two_factor.reset.refused',
): Promise<void> {
  const refusal = authorityRefusal({ actor, target }, services.helpdeskGroups)
  if (!refusal) return
  await appendAudit(services, type, by, target.id, refusal)
  const problems: { readonly [K in typeof refusal]: Problem } = {
    self: { status: 403, code: 'self_reset', detail: 'Nobody does this to themselves here: use your account page.' },
    authority: { status: 403, code: 'forbidden_target', detail: 'Your role does not allow to act on this person.' },
  }
  throw new ProblemError(problems[refusal])
}

/** A refusal that no record tells of. */
export async function appendAudit(
  services: Services,
  type: AuditType,
  by: Caller,
  target: string,
  why: string,
): Promise<void> {
  await services.audit.append({
    id: newId(),
    at: services.clock.now(),
    type,
    target,
    outcome: 'refused',
    reason: why,
    ...by,
  })
}
