/** Whether one person may act on another, and the audit line of a refusal. */
import type { Outcome } from '../accounts/accounts.ts'
import type { Caller } from '../core/command.ts'
import type { AuditType } from '../core/effect.ts'
import { type AuthorityRefusal, authorityRefusal } from '../core/authority.ts'
import { newId } from '../crypto/tokens.ts'
import type { Person } from '../ports.ts'
import type { ServiceContext } from './context.ts'
import { refuse, type Refused, type ServiceRefusal } from './refusal.ts'

/** The acting person as the directory has them now, and the source of the request. */
export interface Acting {
  readonly actor: Person
  readonly by: Caller
}

export interface Action extends Acting {
  readonly targetId: string
}

const refusals: { readonly [K in AuthorityRefusal]: ServiceRefusal } = {
  self: { is: 'self' },
  authority: { is: 'forbidden-target' },
}

/** Judged by the current roles at every act. A refusal is audited. */
export async function checkAuthority(
  services: ServiceContext,
  { actor, by }: Acting,
  target: Person,
  type: AuditType = 'two_factor.reset.refused',
): Promise<Refused | null> {
  const reason = authorityRefusal({ actor, target }, services.helpdeskGroups)
  if (!reason) return null
  await auditRefusal(services, by, { type, target: target.id, reason })
  return refuse(refusals[reason])
}

interface RefusalLine {
  readonly type: AuditType
  readonly target: string
  readonly reason: string
}

/** For refusals that no account record keeps. */
export async function auditRefusal(services: ServiceContext, by: Caller, line: RefusalLine): Promise<void> {
  await services.audit.append({ id: newId(), at: services.clock.now(), outcome: 'refused', ...line, ...by })
}

export const refusedBy = (outcome: Outcome): Refused | null =>
  outcome.is === 'refused' ? refuse(outcome.refusal) : null
