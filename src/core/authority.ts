/** Who may act on whom, and who may act at all. The API, the console, previews and commands use these functions. */
import type { Status } from './command.ts'
import type { Refusal } from './refusal.ts'

interface Subject {
  readonly id: string
  readonly roles: readonly string[]
  readonly groups: readonly string[]
}

export type AuthorityRefusal = 'self' | 'authority'

/**
 * An administrator may act on all others; helpdesk on people without a role, and only in the groups it manages (none named: all).
 * Judged by current roles and groups: in the Okta attacks of 2023 callers had factors of super administrators reset.
 */
export function authorityRefusal(
  { actor, target }: { readonly actor: Subject; readonly target: Subject },
  helpdeskGroups: readonly string[],
): AuthorityRefusal | null {
  if (actor.id === target.id) return 'self'
  if (actor.roles.includes('admin')) return null
  const isManaged = helpdeskGroups.length === 0 || target.groups.some((group) => helpdeskGroups.includes(group))
  return actor.roles.includes('helpdesk') && target.roles.length === 0 && isManaged ? null : 'authority'
}

/** A disabled person sets up nothing and receives no link. */
export const disabledRefusal = (status: Status): Refusal | null =>
  status === 'disabled' ? { is: 'account-disabled' } : null
