/** Whether the facts that a host's sign-in page reports still count: facts from before the last rise of the epoch do not. */
import type { Account } from './account.ts'

/** When something was proven. Epoch seconds. */
export interface SignInFacts {
  readonly authenticatedAt: number
  /** Of the second factor; null: the password alone. */
  readonly provenAt: number | null
}

/** Wall time of the last change that ended everything proven before it. */
export const endedAtOf = ({ endedAt, epoch }: Account): number => endedAt ?? epoch

/** The second of the change counts as before it. A second factor proves nothing older than its own set-up. */
export function areCurrent(account: Account, { authenticatedAt, provenAt }: SignInFacts): boolean {
  const { factor } = account
  const endedAt = endedAtOf(account)
  const enrolledAt = factor.is === 'active' ? factor.enrolledAt : endedAt
  return authenticatedAt > endedAt && (provenAt === null || provenAt > Math.max(endedAt, enrolledAt))
}
