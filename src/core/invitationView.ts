/** The newest invitation as the console shows it. Nothing of it is stored: link and outbox say when, the audit what became of the email. */
import type { Account } from './account.ts'
import { purposeOf } from './link.ts'
import { isLinkMail } from './outbox.ts'

/** What the audit says of an invitation's email. All times are epoch seconds. */
export interface MailLine {
  readonly at: number
  readonly type: string
  readonly reason: string | null
}

export interface InvitationView {
  readonly sentAt: number
  readonly expiresAt: number
  readonly isExpired: boolean
  /** `unknown`: neither waits nor is in the audit. `nextAt`: of the next attempt; null: none is planned. */
  readonly mail: {
    readonly status: 'queued' | 'accepted' | 'failed' | 'unknown'
    readonly attempts: number
    readonly acceptedAt: number | null
    readonly lastError: string | null
    readonly nextAt: number | null
  }
}

/**
 * null: there was no invitation.
 * @param lines newest first; those from before the invitation are of an earlier one
 */
export function viewInvitation(account: Account, lines: readonly MailLine[], now: number): InvitationView | null {
  const link = account.links.find((item) => purposeOf(item) === 'invitation')
  if (!link) return null
  const { issuedAt: sentAt, expiresAt } = link
  return {
    sentAt,
    expiresAt,
    isExpired: link.state.is !== 'live' || now >= expiresAt,
    mail: mailOf(account, link.resetId, lines.find(isOutcome(sentAt))),
  }
}

const accepted = 'account.invitation_mail_accepted'
const failed = 'account.invitation_mail_failed'

const isOutcome =
  (since: number) =>
  ({ at, type }: MailLine): boolean =>
    at >= since && (type === accepted || type === failed)

function mailOf({ outbox }: Account, id: string, line: MailLine | undefined): InvitationView['mail'] {
  const waiting = outbox.find((entry) => isLinkMail(entry) && entry.is === 'invitation-mail' && entry.resetId === id)
  const none = { attempts: 0, acceptedAt: null, lastError: null, nextAt: null }
  if (waiting) return { ...none, status: 'queued', attempts: waiting.tries, nextAt: waiting.nextAt }
  // The line is written a moment later, or was removed with the old ones.
  if (!line) return { ...none, status: 'unknown' }
  if (line.type === failed) return { ...none, status: 'failed', lastError: line.reason }
  return { ...none, status: 'accepted', acceptedAt: line.at }
}
