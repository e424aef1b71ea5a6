/** User, Reset and audit event of the API: snake_case, UTC ISO 8601. They contain no link, no secret and no code. */
import type { Active, Ended, Reset } from '../core/account.ts'
import type { Authenticator } from '../core/authenticators.ts'
import { newAccount } from '../core/newAccount.ts'
import { codesRemaining, factorState } from '../core/questions.ts'
import { viewReset } from '../core/resetView.ts'
import type { Rules } from '../core/rules.ts'
import { digest } from '../crypto/tokens.ts'
import type { LiveSession } from '../oidc/sessions.ts'
import type { AuditEvent } from '../ports.ts'
import type { UserExport } from '../service/userExport.ts'
import type { ResetPreview, User } from '../service/users.ts'

const iso = (at: number | null): string | null => (at === null ? null : new Date(at * 1000).toISOString())

export function shownReset(accountId: string, stored: Reset, now: number) {
  const reset = unversioned(accountId, stored, now)
  return { ...reset, version: versionOf(reset) }
}

/** Changes with whatever is shown, also with time alone: in every process the same, without a field in the record. */
export const resetVersion = (accountId: string, stored: Reset, now: number): string =>
  versionOf(unversioned(accountId, stored, now))

const versionOf = (reset: object): string => digest({ for: 'reset-version', reset: JSON.stringify(reset) }).slice(0, 16)

function unversioned(accountId: string, stored: Reset, now: number) {
  const { ended, mail, ...reset } = viewReset(accountId, stored, now)
  return {
    id: reset.id,
    user_id: accountId,
    status: reset.status,
    requested_by: reset.requestedBy,
    requested_at: iso(reset.requestedAt),
    reason: reset.reason,
    expires_at: iso(reset.expiresAt),
    opened_at: iso(reset.openedAt),
    completed_at: iso(reset.completedAt),
    completed_via: reset.completedVia,
    ended: shownEnded(ended),
    mail: {
      status: mail.status,
      attempts: mail.attempts,
      accepted_at: iso(mail.acceptedAt),
      last_error: mail.lastError,
    },
  }
}

const shownEnded = ({ sessions, grants, backupCodes, authenticators, clients }: Ended) => ({
  sessions,
  grants,
  backup_codes: backupCodes,
  authenticators: authenticators ?? null,
  clients: clients.map((client) => ({
    client_id: client.clientId,
    backchannel_logout: client.backchannelLogout,
    ...(client.lastError === undefined ? {} : { last_error: client.lastError }),
  })),
})

export const shownPreview = ({ proofs, ...ended }: ResetPreview) => ({
  ...shownEnded(ended),
  required_proofs: {
    both: proofs.both,
    because: proofs.because.map((why) => (why === 'wrong-codes' ? ('wrong_codes' as const) : why)),
    possible_from: proofs.both ? iso(proofs.passwordFrom) : null,
  },
})

/** @param rpId where passkeys of this service are; null: nowhere */
export function shownUser({ person, account }: User, rules: Rules, now: number, rpId: string | null) {
  const record = account ?? newAccount(person.id, now)
  const active = record.factor.is === 'active' ? record.factor : null
  const newest = record.resets[0]
  return {
    id: person.id,
    email: person.email,
    email_verified: person.emailVerified ?? true,
    name: person.name,
    given_name: person.givenName ?? null,
    family_name: person.familyName ?? null,
    preferred_username: person.preferredUsername ?? null,
    locale: person.locale,
    roles: person.roles,
    groups: person.groups,
    status: person.status,
    created_at: iso(person.createdAt),
    two_factor: {
      state: factorState(record, rules),
      enrolled_at: iso(active?.enrolledAt ?? null),
      last_used_at: iso(active?.lastUsedAt ?? null),
      backup_codes_remaining: codesRemaining(record),
      authenticators: active ? active.authenticators.map((item) => shownAuthenticator(item, active, rpId)) : [],
      reset: newest ? shownReset(person.id, newest, now) : null,
    },
  }
}

/** Never a credential id, nor a key. */
const shownAuthenticator = (item: Authenticator, { enrolledAt }: Active, rpId: string | null) => ({
  id: item.id,
  kind: item.kind,
  ...(item.kind === 'totp'
    ? { name: null, added_at: iso(enrolledAt), last_used_at: null, synced: false, usable: true }
    : {
        name: item.name,
        added_at: iso(item.addedAt),
        last_used_at: iso(item.lastUsedAt),
        synced: item.backupEligible,
        usable: item.rpId === rpId,
      }),
})

export const shownSession = ({ uid, signedInAt, device, applications }: LiveSession) => ({
  id: uid,
  signed_in_at: iso(signedInAt),
  device,
  applications,
})

export const shownEvent = (event: AuditEvent) => ({
  id: event.id,
  at: iso(event.at),
  type: event.type,
  actor: event.actor,
  target: event.target,
  outcome: event.outcome,
  reason: event.reason,
  request_id: event.requestId,
  address: event.address,
  ...(event.device && { device: event.device }),
  ...(event.client !== undefined && { client_id: event.client }),
  ...(event.session !== undefined && { session_id: event.session }),
  ...(event.method !== undefined && { method: event.method }),
  ...(event.acr !== undefined && { acr: event.acr }),
})

export const shownExport = (
  { user, sessions, events, next }: UserExport,
  rules: Rules,
  now: number,
  rpId: string | null,
) => ({
  exported_at: iso(now),
  user: shownUser(user, rules, now, rpId),
  resets: (user.account?.resets ?? []).map((reset) => shownReset(user.person.id, reset, now)),
  sessions: sessions.map(shownSession),
  audit_events: { items: events.map(shownEvent), ...(next === null ? {} : { next_cursor: next }) },
})
