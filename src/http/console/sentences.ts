/** Audit events as sentences: who did what to whom, and the reason in words instead of codes. */
import type { AuthorityRefusal } from '../../core/authority.ts'
import type { AuditType } from '../../core/effect.ts'
import type { Refusal } from '../../core/refusal.ts'
import { isKey, type Key } from '../../i18n/messages.ts'
import type { AuditEvent } from '../../ports.ts'
import type { EventReason, EventSentence } from '../pages/auditLocals.ts'

/** The compiler checks that each of our types has a message. A host may write other types. */
const keyOf = (type: AuditType): Key => `event.type.${type}`

type Names = (id: string | null) => string | null

/** `about`: the person of the page, whose name is left out; null: the page of everybody. */
export function sentenceOf(
  { type, actor, target }: Pick<AuditEvent, 'type' | 'actor' | 'target'>,
  nameOf: Names,
  about: string | null = null,
): EventSentence {
  const says = keyOf(type as AuditType)
  return {
    says: isKey(says) ? says : null,
    actor: nameOf(actor),
    target: nameOf(target),
    whose: target === null ? 'none' : target === about ? 'own' : 'other',
    by: actor !== null && actor === target ? 'self' : 'other',
  }
}

/** Reasons that a person or another computer wrote. */
const FREE_TEXT: ReadonlySet<string> = new Set<AuditType>([
  'two_factor.reset.started',
  'session.logout_failed',
  'service.restored',
])

/** The reason is what a person wrote, whatever it says. */
const WRITTEN: ReadonlySet<string> = new Set<AuditType>([
  'account.noted',
  'two_factor.authenticator_added',
  'two_factor.authenticator_removed',
  'two_factor.authenticator_renamed',
  'two_factor.passkey_suspect',
])

const MAIL_FAILURES: ReadonlySet<string> = new Set<AuditType>([
  'two_factor.reset.mail_failed',
  'account.invitation_mail_failed',
  'account.password_mail_failed',
])

/** null: the sentence says it, or the log has none of it. */
const refusals: { readonly [K in Refusal['is'] | AuthorityRefusal]: Key | null } = {
  'sign-in-over': 'event.reason.interrupted',
  'not-enrolled': 'event.reason.no-factor',
  'code-incorrect': 'event.reason.wrong-code',
  'code-replayed': 'event.reason.used-code',
  'proof-too-old': 'event.reason.code-needed',
  'proof-too-weak': 'event.reason.code-needed',
  'proof-used': 'event.reason.code-needed',
  'passkey-incorrect': null,
  'passkey-stale': null,
  'passkey-required': null,
  'passkey-suspect': null,
  'too-many-authenticators': null,
  'already-added': null,
  'last-authenticator': null,
  'authenticator-unknown': null,
  'factor-too-new': 'event.reason.new-factor',
  paused: 'event.reason.paused',
  locked: 'event.reason.locked',
  'set-up-elsewhere': 'event.reason.elsewhere',
  'set-up-frozen': 'event.reason.blocked',
  'set-up-expired': 'event.reason.late',
  'password-missing': 'event.reason.no-password',
  'link-missing': 'event.reason.no-link',
  'link-unknown': 'event.reason.link-unknown',
  'link-expired': 'event.reason.link-expired',
  'link-used': 'event.reason.link-used',
  'link-replaced': 'event.reason.link-replaced',
  'link-cancelled': 'event.reason.link-cancelled',
  'mailbox-used': 'event.reason.mailbox',
  'password-too-new': 'event.reason.new-password',
  'setup-incomplete': 'event.reason.incomplete',
  'account-disabled': 'event.reason.disabled',
  'account-deleted': 'event.reason.deleted',
  'already-enrolled': null,
  'reset-not-found': null,
  'reset-finished': null,
  'superseded-meanwhile': null,
  'idempotency-conflict': null,
  'too-many-resets': 'event.reason.too-many',
  'record-lost': 'event.reason.damaged',
  'outbox-full': null,
  self: 'event.reason.self',
  authority: 'event.reason.authority',
}

const others: Readonly<Record<string, Key>> = {
  'no-code': 'event.reason.no-code',
  'code-empty': 'event.reason.no-code',
  'code-malformed': 'event.reason.no-digits',
  'no-role': 'event.reason.no-role',
  frozen: 'event.reason.blocked',
  link: 'event.reason.by-link',
  'sign-in': 'event.reason.at-sign-in',
  import: 'event.reason.imported',
  restore: 'event.reason.restored',
  'restored from a backup': 'event.reason.restored',
  disabled: 'event.reason.disabled',
  'password-changed': 'event.reason.password-changed',
  'short secret': 'event.reason.weak',
  'unusual profile': 'event.reason.weak',
  repeated: 'event.reason.repeated',
  'grant-ended': 'event.reason.access-over',
  // Fields of an account that were changed.
  name: 'event.reason.name',
  givenName: 'event.reason.name',
  familyName: 'event.reason.name',
  preferredUsername: 'event.reason.name',
  locale: 'event.reason.language',
  groups: 'event.reason.groups',
  'roles: admin': 'role.admin',
  'roles: helpdesk': 'role.helpdesk',
  'roles: none': 'event.reason.roleless',
}

const table: ReadonlyMap<string, Key | null> = new Map<string, Key | null>([
  ...Object.entries(refusals),
  ...Object.entries(others),
])

const methods = {
  password: 'event.reason.password',
  otp: 'event.reason.otp',
  backup_code: 'event.reason.backup_code',
  passkey: 'event.reason.passkey',
} as const satisfies Record<NonNullable<AuditEvent['method']>, Key>

/** In words, each once. A code without words is left out: the whole event has it. */
export function reasonsOf({ type, reason, method }: AuditEvent): readonly EventReason[] {
  if (method) return [{ says: methods[method] }]
  if (reason === null) return []
  if (WRITTEN.has(type)) return [{ says: null, text: reason }]
  if (type === ('audit.removed' satisfies AuditType)) return removals(reason)
  const parts = reason.replace(/\broles: admin helpdesk$/, 'roles: admin, roles: helpdesk').split(', ')
  const keys = parts.map((part) => table.get(part))
  if (keys.every((key) => key !== undefined))
    return [...new Set(keys)].flatMap((key) => (key === null ? [] : [{ says: key }]))
  if (MAIL_FAILURES.has(type)) return [{ says: 'event.reason.mail', text: reason }]
  return FREE_TEXT.has(type) || !isKey(keyOf(type as AuditType)) ? [{ says: null, text: reason }] : []
}

const removed: Readonly<Record<string, Key>> = {
  all: 'event.reason.all-until',
  refusals: 'event.reason.refusals-until',
}

/** `all up to TIME, refusals up to TIME` */
const removals = (reason: string): EventReason[] =>
  [...reason.matchAll(/\b(all|refusals) up to (\S+?)(?:,|$)/g)].flatMap(([, what = '', time = '']) => {
    const [says, at] = [removed[what], Date.parse(time) / 1000]
    return says === undefined || Number.isNaN(at) ? [] : [{ says, date: at }]
  })
