/** A reset as others see it: its status instead of its stored state. Never a link, a secret or a code. */
import type { Ended, MailState, Reset } from './account.ts'
import type { Flow } from './link.ts'
import { resetStatus, type ResetStatus } from './questions.ts'

/** All times are epoch seconds. */
export interface ResetView {
  readonly id: string
  readonly accountId: string
  readonly status: ResetStatus
  /** Account id; null: the command line. */
  readonly requestedBy: string | null
  readonly requestedAt: number
  readonly reason: string | null
  /** Of the current link. */
  readonly expiresAt: number
  /** When **Continue** was pressed on the link; null: not yet. */
  readonly openedAt: number | null
  readonly completedAt: number | null
  readonly completedVia: Flow | null
  /** What it ended, counted at its swap. */
  readonly ended: Ended
  readonly mail: MailState
}

export function viewReset(accountId: string, reset: Reset, now: number): ResetView {
  const { state, id, requestedBy, requestedAt, reason, expiresAt, ended, mail } = reset
  return {
    id,
    accountId,
    status: resetStatus(reset, now),
    requestedBy,
    requestedAt,
    reason,
    expiresAt,
    openedAt: state.is === 'sent' ? null : state.openedAt,
    completedAt: state.is === 'completed' ? state.at : null,
    completedVia: state.is === 'completed' ? state.via : null,
    ended,
    mail,
  }
}
