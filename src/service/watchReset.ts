/** Waits for the next change of a reset. */
import type { Account, Reset } from '../core/account.ts'
import type { ServiceContext } from './context.ts'
import type { Result } from './refusal.ts'
import { findReset, type ResetOf } from './resets.ts'

export interface WatchedReset {
  readonly targetId: string
  readonly resetId: string
  /** Whether the caller has this reset as it is. */
  readonly isKnown: (accountId: string, reset: Reset) => boolean
  /** Longest wait. */
  readonly seconds: number
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
}

/** Waits while the reset is as the caller knows it. The result is that of before the wait. */
export async function awaitReset(
  services: ServiceContext,
  { targetId, resetId, isKnown, ...watching }: WatchedReset,
): Promise<Result<ResetOf>> {
  const found = await findReset(services, targetId, resetId)
  if (found.is === 'refused' || !isKnown(found.target.id, found.reset)) return found
  const { id } = found.target
  const isNews = (account: Account | null): boolean => {
    const reset = account?.resets.find((item) => item.id === resetId)
    return !reset || !isKnown(id, reset)
  }
  await services.accounts.watch.wait(id, { ...watching, isNews })
  return found
}
