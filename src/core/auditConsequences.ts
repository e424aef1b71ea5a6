/** What a line of the audit means for a store that was restored from a backup made before it. */
import type { AuditType } from './effect.ts'

/** `changed`: roles, groups or names, which the line does not contain. */
export const consequences = [
  'factor',
  'codes',
  'password',
  'email',
  'disabled',
  'enabled',
  'deleted',
  'created',
  'changed',
] as const
export type Consequence = (typeof consequences)[number]

/** Exhaustive by type, so that a new one is judged here. null: nothing that a restore brings back works, or nothing was ended. */
const ofType: { readonly [K in AuditType]: Consequence | null } = {
  'two_factor.reset.started': 'factor',
  'two_factor.reset.mail_accepted': null,
  'two_factor.reset.mail_failed': null,
  'two_factor.reset.opened': null,
  'two_factor.reset.completed': 'factor',
  'two_factor.reset.superseded': 'factor',
  // Perhaps frozen. The line does not say whether the sign-in remained open.
  'two_factor.reset.revoked': 'factor',
  'two_factor.reset.resent': null,
  'two_factor.reset.refused': null,
  'two_factor.enrolled': 'factor',
  'two_factor.replaced': 'factor',
  'two_factor.adopted': 'factor',
  'two_factor.authenticator_added': null,
  'two_factor.authenticator_removed': 'factor',
  'two_factor.authenticator_renamed': null,
  'two_factor.passkey_refused': null,
  // The backup has it without the mark.
  'two_factor.passkey_suspect': 'factor',
  'two_factor.code_refused': null,
  'two_factor.backup_code_used': 'codes',
  'two_factor.backup_codes_renewed': 'codes',
  'step_up.refused': null,
  'session.ended': null,
  'session.end.refused': null,
  'session.logout_failed': null,
  'access.ended': null,
  'account.invited': null,
  'account.invitation_mail_accepted': null,
  'account.invitation_mail_failed': null,
  'account.invitation_refused': null,
  'account.password_link_sent': null,
  'account.password_mail_accepted': null,
  'account.password_mail_failed': null,
  'account.password_changed': 'password',
  'account.email_changed': 'email',
  'account.disabled': 'disabled',
  'account.change_refused': null,
  'account.deleted': 'deleted',
  'account.deletion_refused': null,
  'sign_in.done': null,
  'sign_in.refused': null,
  'password.refused': null,
  'link.refused': null,
  signed_out: null,
  'refresh.refused': null,
  'audit.removed': null,
  'account.restored': null,
  'service.restored': null,
  'account.created': 'created',
  'account.changed': 'changed',
  'account.enabled': 'enabled',
  'account.noted': null,
}

const isKnown = (type: string): type is AuditType => Object.hasOwn(ofType, type)

/** undefined: this version does not know the type. */
export const consequenceOf = (type: string): Consequence | null | undefined =>
  isKnown(type) ? ofType[type] : undefined

/** What happened to one account after the backup: the newest time of each consequence. Epoch seconds. */
export type AfterBackup = { readonly [K in Consequence]?: number }

/** Of the same second the stricter one counts. */
export const isDisabledAfter = ({ disabled, enabled }: AfterBackup): boolean =>
  disabled !== undefined && disabled >= (enabled ?? -Infinity)
