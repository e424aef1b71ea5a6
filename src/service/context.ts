/** What the services about users need; the host's wiring satisfies it. */
import type { Accounts } from '../accounts/accounts.ts'
import type { Ended } from '../core/account.ts'
import type { Rules } from '../core/rules.ts'
import type { Sessions } from '../oidc/sessions.ts'
import type { AuditLog, Clock, Directory } from '../ports.ts'
import type { Enrolments } from './enrolment.ts'

export interface ServiceContext {
  readonly clock: Clock
  readonly rules: Rules
  readonly requireReason: boolean
  /** Groups that helpdesk looks after; empty: everybody below it. */
  readonly helpdeskGroups: readonly string[]
  readonly directory: Directory
  readonly audit: AuditLog
  readonly accounts: Accounts
  readonly enrolments: Enrolments
  readonly sessions: Sessions
  /** Has the directory read again what the factor is. */
  readonly notifyFactor: (accountId: string) => Promise<void>
  /** What a reset would end, counted now. */
  readonly count: (accountId: string, epoch: number) => Promise<Omit<Ended, 'backupCodes'>>
  readonly limiter: {
    count(limit: 'mail.actor', actorId: string): Promise<{ readonly count: number; readonly until: number }>
  }
  readonly onLimit: (event: 'mail.actor') => void
  /** A failure that the caller is not told about. */
  readonly onError: (error: unknown, doing: string) => void
}
