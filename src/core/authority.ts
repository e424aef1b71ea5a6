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
  const mayAct = actor.roles.includes('helpdesk') && target.roles.length === 0
  return mayAct && isAmong(target, visibleGroups(actor, helpdeskGroups)) ? null : 'authority'
}

/**
 * The groups whose members the actor may look up; null: everybody, no group: nobody. A list of other people would tell an attacker with
 * a helpdesk account whom to call next.
 */
export function visibleGroups(actor: Subject, helpdeskGroups: readonly string[]): readonly string[] | null {
  if (actor.roles.includes('admin')) return null
  if (!actor.roles.includes('helpdesk')) return []
  return helpdeskGroups.length === 0 ? null : helpdeskGroups
}

export const isAmong = ({ groups }: Pick<Subject, 'groups'>, visible: readonly string[] | null): boolean =>
  visible === null || groups.some((group) => visible.includes(group))

/** A disabled person sets up nothing and receives no link. */
export const disabledRefusal = (status: Status): Refusal | null =>
  status === 'disabled' ? { is: 'account-disabled' } : null
