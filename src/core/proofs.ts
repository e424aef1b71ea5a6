/** The proofs that a set-up after a reset requires. Pages, emails, previews and the set-up itself use these functions. */
import type { Account, Profile } from './account.ts'
import { PASSWORD_BY_EMAIL_SECONDS, type Rules, SUSPECT_SECONDS } from './rules.ts'
import type { Refusal } from './refusal.ts'

/** `policy`: the profile or a role; `wrong-codes`: the reset followed a run of wrong codes. */
export type BothBecause = 'policy' | 'wrong-codes'

export interface RequiredProofs {
  /** The password and the mailed link; false: either of them. */
  readonly both: boolean
  /** Why both; empty: not both. */
  readonly because: readonly BothBecause[]
  /** When the password starts to count beside the link, if a mailed link has set it recently; null: it counts now. */
  readonly passwordFrom: number | null
}

/** The profile of a person with these roles. @see NIST SP 800-63B-4 §4.2.2.2, OWASP ASVS 5.0 6.4.4 */
export const profileOf = (roles: readonly string[], { profile, strictRoles }: Rules): Profile =>
  profile === 'strict' || roles.some((role) => strictRoles.includes(role)) ? 'strict' : 'standard'

/**
 * The proofs for the set-up that is due: the stricter of the reset's own decision and the current roles, so that the removal of a role
 * relaxes nothing. A first set-up never requires both, as there is no earlier factor.
 */
export function requiredProofs(account: Account, roles: readonly string[], rules: Rules, now: number): RequiredProofs {
  const { factor } = account
  if (factor.is !== 'reset') return { both: false, because: [], passwordFrom: null }
  const wrongCodes = factor.afterWrongCodes === true
  const policy = profileOf(roles, rules) === 'strict' || (factor.profile !== 'standard' && !wrongCodes)
  const because: BothBecause[] = [
    ...(policy ? ['policy' as const] : []),
    ...(wrongCodes ? ['wrong-codes' as const] : []),
  ]
  return { both: because.length > 0, because, passwordFrom: passwordFrom(account, now) }
}

/** The proofs that a reset started now would require. */
export function proofsOfReset(account: Account, roles: readonly string[], rules: Rules, now: number): RequiredProofs {
  const decided = decidedNow(account, roles, rules)
  const factor = { is: 'reset', resetId: '', at: now, signInUntil: now, frozen: false, ...decided } as const
  return requiredProofs({ ...account, factor }, roles, rules, now)
}

/**
 * The decision that a reset stores when it starts. A thief of the password may have caused it by wrong codes: that password alone must
 * not complete it, and a second reset does not change this.
 */
export function decidedNow(
  { factor, attempts }: Account,
  roles: readonly string[],
  rules: Rules,
): { readonly profile: Profile; readonly afterWrongCodes?: true } {
  const wasAfter = factor.is === 'reset' && factor.afterWrongCodes === true
  const isAfter = wasAfter || attempts.failures >= rules.freeAttempts
  return isAfter ? { profile: 'strict', afterWrongCodes: true } : { profile: profileOf(roles, rules) }
}

/** Why these proofs cannot be given now: one mailbox would prove both. */
export const proofsRefusal = ({ both, passwordFrom: until }: RequiredProofs): Refusal | null =>
  both && until !== null ? { is: 'password-too-new', until } : null

/** The first password of an invitation is exempt: its account had no other proof before. */
function passwordFrom({ password }: Account, now: number): number | null {
  if (password?.via !== 'link') return null
  const from = password.at + PASSWORD_BY_EMAIL_SECONDS
  return now < from ? from : null
}

/** When a mailed link recently led to a new password, or null: with a reset link the same mailbox would open the account. */
export const passwordByEmailAt = ({ password }: Account, now: number): number | null =>
  password?.via === 'link' && now < password.at + SUSPECT_SECONDS ? password.at : null
