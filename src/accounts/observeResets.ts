/** Reports what became of resets, once the record that says so is saved. */
import type { Account } from '../core/account.ts'
import { type ResetOutcome, resetOutcomes } from '../core/resetOutcomes.ts'

export interface ResetObserver {
  /** Default: none. */
  readonly onReset?: (outcome: ResetOutcome) => void
}

/** A failure of the observer is reported, and the saved act is answered as usual. */
export function observeResets({
  onReset,
  onError,
}: ResetObserver & { readonly onError: (error: unknown, doing: string) => void }): (
  change: { readonly before: Account; readonly after: Account },
  now: number,
) => void {
  return ({ before, after }, now) => {
    if (!onReset) return
    try {
      for (const outcome of resetOutcomes(before, after, now)) onReset(outcome)
    } catch (error) {
      onError(error, 'reporting a reset')
    }
  }
}
