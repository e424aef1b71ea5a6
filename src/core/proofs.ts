/** Which proofs a set-up after a reset takes. Pages, letters, previews and the set-up itself all ask here. */
import type { Account, Profile } from './account.ts'
import { PASSWORD_BY_EMAIL_SECONDS, type Rules, SUSPECT_SECONDS } from './rules.ts'
import type { Refusal } from './refusal.ts'

/** `policy`: the profile or a role; `wrong-codes`: a run of wrong codes led to the reset. */
export type BothBecause = 'policy' | 'wrong-codes'

export interface RequiredProofs {
  /** The password and the mailed link; false: either of them. */
  readonly both: boolean
  /** Why both; empty: not both. */
  readonly because: readonly BothBecause[]
  /** From when the password counts beside the link: a mailed link has set it a short time ago. null: it counts now. */
  readonly passwordFrom: number | null
}

/** What a set-up after a reset takes of a person with these roles. @see NIST SP 800-63B-4 §4.2.2.2, OWASP ASVS 5.0 6.4.4 */
export const profileOf = (roles: readonly string[], { profile, strictRoles }: Rules): Profile =>
  profile === 'strict' || roles.some((role) => strictRoles.includes(role)) ? 'strict' : 'standard'

/**
 * What the set-up under way takes: the stricter of the reset's own decision and the roles of now, so that taking a role away loosens
 * nothing. Never before the first set-up, which has nothing to fall back from.
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

/** What a set-up would take if a reset were started now. */
export function proofsOfReset(account: Account, roles: readonly string[], rules: Rules, now: number): RequiredProofs {
  const decided = decidedNow(account, roles, rules)
  const factor = { is: 'reset', resetId: '', at: now, signInUntil: now, frozen: false, ...decided } as const
  return requiredProofs({ ...account, factor }, roles, rules, now)
}

/**
 * What a reset that starts now keeps of it. A run of wrong codes after the right password may have been made to bring this reset about:
 * that password must not be what completes it, and another reset on top does not make it so.
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

/** Why these proofs cannot be given now, whoever gives them: the mailbox would vouch for both. */
export const proofsRefusal = ({ both, passwordFrom: until }: RequiredProofs): Refusal | null =>
  both && until !== null ? { is: 'password-too-new', until } : null

/** The first password of an invitation is not among these: its account had no other proof before. */
function passwordFrom({ password }: Account, now: number): number | null {
  if (password?.via !== 'link') return null
  const from = password.at + PASSWORD_BY_EMAIL_SECONDS
  return now < from ? from : null
}

/** When a mailed link led to another password, not long ago: with the link of a reset the same mailbox would open the account. Else null. */
export const passwordByEmailAt = ({ password }: Account, now: number): number | null =>
  password?.via === 'link' && now < password.at + SUSPECT_SECONDS ? password.at : null
