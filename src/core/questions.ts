/** Queries on a record, so that pages, policies and guards do not repeat a rule. */
import type { Account, Active, Reset } from './account.ts'
import { passkeysOf, totpOf } from './authenticators.ts'
import { type Link, type Purpose, purposeOf } from './link.ts'
import { isLocked } from './attempts.ts'
import type { Rules } from './rules.ts'
import type { InSignIn } from './command.ts'
import type { Refusal } from './refusal.ts'

/** Whether the sign-in was ended: by a newer epoch, or by the end of sessions before it had one. The same second counts as before. */
export function isSignInOver(account: Account, { epoch, since = null }: InSignIn): boolean {
  const { signInsEnded: ended } = account
  const isBefore = since !== null && ended?.epoch === account.epoch && since <= ended.at
  return epoch !== account.epoch || isBefore
}

/** Whether a sign-in must include a set-up. */
export const mustEnrol = (account: Account): boolean => account.factor.is === 'none' || account.factor.is === 'reset'

/** Why no set-up is possible at the sign-in; null: it is possible. */
export function flowClosed(account: Account, now: number): Refusal | null {
  const { factor } = account
  switch (factor.is) {
    case 'none':
      return null
    case 'active':
      return { is: 'set-up-elsewhere', at: factor.enrolledAt }
    case 'lost':
      return { is: 'record-lost' }
    case 'deleted':
      return { is: 'account-deleted' }
    case 'reset':
      if (factor.frozen) return { is: 'set-up-frozen' }
      return now < factor.signInUntil ? null : { is: 'set-up-expired', at: factor.signInUntil }
  }
}

/** The set was never confirmed as saved: a fresh one is shown before the sign-in continues. */
export const mustSaveCodes = (account: Account): boolean =>
  account.factor.is === 'active' && account.factor.backupCodes.savedAt === null

/** The authenticator was made elsewhere and is weaker than ours. */
export const mustReplace = ({ factor }: Account): boolean => factor.is === 'active' && totpOf(factor)?.isWeak === true

/** Why a browser may no longer see the codes of its set-up: a newer epoch, a newer set, or already saved. null: it may see them. */
export function codesHidden(
  account: Account | null,
  { epoch, binding }: { readonly epoch: number; readonly binding: string },
): 'reset' | 'elsewhere' | 'saved' | null {
  if (account?.factor.is !== 'active' || account.epoch !== epoch) return 'reset'
  const { backupCodes } = account.factor
  if (backupCodes.binding !== binding) return 'elsewhere'
  return backupCodes.savedAt === null ? null : 'saved'
}

export const codesRemaining = (account: Account, total = 10): number =>
  account.factor.is === 'active' ? total - account.factor.backupCodes.used.length : 0

/** What a reset would end of the factor. An app alone is not counted. */
export const endedFactor = (account: Account): { readonly backupCodes: number; readonly authenticators?: number } => ({
  backupCodes: codesRemaining(account),
  ...(hasPasskey(account) && { authenticators: account.factor.authenticators.length }),
})

/** Wrong codes do not lock it out. */
export const hasPasskey = (account: Account): account is Account & { readonly factor: Active } =>
  account.factor.is === 'active' && passkeysOf(account.factor).length > 0

/** Its record remains, so that its id is never used again. */
export const isDeleted = ({ factor }: Account): boolean => factor.is === 'deleted'

export const factorStates = ['none', 'active', 'reset', 'locked', 'unavailable'] as const
export type FactorState = (typeof factorStates)[number]

export const backupCodesStates = ['none', 'few', 'enough'] as const
export type BackupCodes = (typeof backupCodesStates)[number]

/** With so many backup codes or fewer left, new ones are due. Count. */
const FEW_CODES = 3

/** For lists. `enough` also without a second factor: then there is nothing to renew. */
export function backupCodesState(account: Account): BackupCodes {
  if (account.factor.is !== 'active') return 'enough'
  const remaining = codesRemaining(account)
  if (remaining === 0) return 'none'
  return remaining > FEW_CODES ? 'enough' : 'few'
}

export function factorState(account: Account, rules: Rules): FactorState {
  if (account.factor.is === 'lost' || account.factor.is === 'deleted') return 'unavailable'
  if (account.factor.is === 'active' && isLocked(account.attempts, rules)) return 'locked'
  return account.factor.is
}

export type ResetStatus = 'sent' | 'opened' | 'completed' | 'expired' | 'superseded' | 'revoked'

export function resetStatus(reset: Reset, now: number): ResetStatus {
  const { state } = reset
  return (state.is === 'sent' || state.is === 'opened') && now >= reset.expiresAt ? 'expired' : state.is
}

/** Whether a resend or a revocation can still change it. */
export const isUnfinished = (reset: Reset): boolean => reset.state.is === 'sent' || reset.state.is === 'opened'

/** Why a link does not work now; null: it works. */
export function linkRefusal(link: Link | undefined, account: Account, now: number): Refusal | null {
  if (!link) return { is: 'link-unknown' }
  const { state } = link
  switch (state.is) {
    case 'used':
      return linkUsed(link, account, state.at)
    case 'replaced':
      return { is: 'link-replaced', at: state.at }
    case 'cancelled':
      return { is: 'link-cancelled', at: state.at }
    case 'live':
      // A live link without its purpose in the record cannot occur; if it does, it is refused.
      if (!hasPurpose(link, account)) return { is: 'link-unknown' }
      return now < link.expiresAt ? null : { is: 'link-expired', at: link.expiresAt }
  }
}

/** A reset whose set-up was done at a sign-in has ended its link unused. */
export function linkUsed({ resetId }: Link, { resets }: Account, at: number): Refusal {
  const state = resets.find(({ id }) => id === resetId)?.state
  return { is: 'link-used', at, ...(state?.is === 'completed' && state.via === 'sign-in' && { via: state.via }) }
}

function hasPurpose(link: Link, { factor }: Account): boolean {
  switch (purposeOf(link)) {
    case 'reset':
      return factor.is === 'reset' && factor.resetId === link.resetId
    case 'invitation':
      return factor.is === 'none'
    case 'password':
      return factor.is === 'none' || factor.is === 'active'
  }
}

/** The link, if it has one of these purposes: a link of another purpose is unknown. */
export const linkOf = (account: Account, digest: string, ...purposes: [Purpose, ...Purpose[]]): Link | undefined =>
  account.links.find((link) => link.digest === digest && purposes.includes(purposeOf(link)))

/**
 * Whether a newer password was chosen than the one of this generation: the directory did not have it yet when the old one was typed.
 * Changes at a host's own page have no generation.
 */
export const isOutdated = ({ password }: Account, generation: number): boolean =>
  password !== undefined && password.via !== 'host' && generation < password.epoch
