/** Dependencies of the services about users. */
import type { Accounts } from '../accounts/accounts.ts'
import type { Ended } from '../core/account.ts'
import type { Rules } from '../core/rules.ts'
import type { Sessions } from '../oidc/sessions.ts'
import type { AuditLog, Clock, Directory } from '../ports.ts'
import type { ActRequest } from '../core/command.ts'
import type { AccountChanges } from './accountChanges.ts'
import type { ActOf } from './act.ts'
import type { Links } from './links.ts'
import type { Passkeys } from './passkeys.ts'
import type { Sealed } from './sealed.ts'
import type { SignIns } from './signIn.ts'

/** Limits of one acting person. */
type ActorLimit = 'mail.actor' | 'note.actor'

export interface ServiceContext {
  readonly clock: Clock
  readonly rules: Rules
  readonly requireReason: boolean
  /** Groups that helpdesk may act on; empty: every user below it. */
  readonly helpdeskGroups: readonly string[]
  readonly directory: Directory
  readonly audit: AuditLog
  readonly accounts: Accounts
  readonly accountChanges: AccountChanges
  readonly links: Links
  readonly signIns: SignIns
  readonly sealed: Sealed
  readonly passkeys: Pick<Passkeys, 'asserted'>
  readonly actOf: (request: ActOf) => ActRequest
  readonly sessions: Sessions
  /** Makes the directory read the state of the factor again. */
  readonly notifyFactor: (accountId: string) => Promise<void>
  /** What a reset would end, counted now. */
  readonly count: (accountId: string, epoch: number) => Promise<Omit<Ended, 'backupCodes'>>
  readonly limiter: {
    count(limit: ActorLimit, actorId: string): Promise<{ readonly count: number; readonly until: number }>
  }
  readonly onLimit: (event: ActorLimit) => void
  /** A failure that does not change the answer. */
  readonly onError: (error: unknown, doing: string) => void
}
