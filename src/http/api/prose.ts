/** Texts of the OpenAPI document. They must be enough to build a client. */
import type { ManagementScope } from '../../ports.ts'
import type { Services } from '../context.ts'
import type { ProblemCode } from './codes.ts'

/** Describes the whole API. Markdown. */
export const overview = (
  services: Services,
): string => `People, their second factors and what happened to them, as JSON.

## Tokens

\`${services.managementResource}\` is an OAuth 2.0 protected resource. A person with role \`admin\` or \`helpdesk\` gets a token by the authorization
code flow with PKCE (S256). Send with the authorization request: \`resource=${services.managementResource}\` (RFC 8707), the scopes of the operations,
\`openid\` among them, and \`acr_values=${services.twoFactorAcr}\`; and \`resource\` once more with the token request. A sign-in without a
second factor is answered 401 \`insufficient_user_authentication\`. A machine gets a token by client credentials, with \`resource\` and read scopes that
its registration allows.

## Step-up

${stepUp(services)}

## Errors

A token that is bound to a key (RFC 9449) is sent with the scheme \`DPoP\` and a proof, whose \`htu\` is the address below this server's URL.

Every error is an \`application/problem+json\` document (RFC 9457) whose \`code\` is stable; each operation names those it has. Besides, an
address that is not here is 404 \`not_found\`, and a method that an address does not have 405 \`method_not_allowed\` with those it has in
\`Allow\`; a 500 \`server_error\` would be a fault of this service. A request that is not UTF-8 and a body that is not JSON are 422
\`invalid_request\` like any other that is not valid: nothing was changed and no code used up. Order: 401 token, 403 scope, an unreadable body, 404, a known
\`Idempotency-Key\`, 403 authority, 409, 429, 422, step-up. A 503 leaves the outcome open: send the same request again after \`Retry-After\`.

## Lists

They come in pages of \`limit\` (25 unless you say so, 200 at most). Follow the link \`rel="next"\` of the header \`Link\`, or send \`next_cursor\` as
\`cursor\` with the same filters, until there is none. No answer may be cached: \`Cache-Control: no-store\`.`

const stepUp = (
  services: Services,
): string => `Acting on others takes a proof of your own second factor. Either send \`code\`, your current authenticator code: it is burnt by this one call. Or
send none, with a token whose sign-in proved an authenticator code (neither a set-up nor a backup code) at most ${services.rules.stepUpMaxAgeSeconds} s ago: that proof is good for
one act, whichever of its tokens is shown. Otherwise the answer is 401 \`insufficient_user_authentication\` with a challenge (RFC 9470) in
\`WWW-Authenticate\`: repeat the authorization request with its \`acr_values\` and \`max_age\`, and call again with the new token and the same
\`Idempotency-Key\`. A client library that drops \`max_age=0\` sends \`prompt=login\` instead.`

export const tags = {
  Users: 'List, invite and change people',
  Sessions: 'Sessions of a person',
  Resets: 'Resets of a lost second factor',
  Audit: 'Events of the audit',
} as const

export const tagOf = (path: string): keyof typeof tags => {
  if (path.includes('/two-factor/')) return 'Resets'
  if (path.includes('/sessions')) return 'Sessions'
  return path === '/audit-events' ? 'Audit' : 'Users'
}

/** Path parameters. */
export const inPath: Readonly<Record<string, string>> = {
  id: 'Id of the user.',
  rid: 'Id of the reset.',
  sid: 'Id of the session.',
}

export const scopes: Readonly<Record<ManagementScope, string>> = {
  'users:read': 'Read people and their sessions',
  'users:write': 'Invite, change and delete people, end their sessions',
  'two-factor:read': 'See resets',
  'two-factor:reset': 'Reset second factors',
  'audit:read': 'Read the audit',
}

/** Descriptions by operationId, beyond the summary. */
export const descriptions: Readonly<Record<string, string>> = {
  listUsers:
    'Ordered by email. each word of `search` is the beginning of the email or of a word of the name, with or without its accents; `status` and `two_factor` are exact; all of them must match.',
  inviteUser:
    'The account is `pending` until its owner has followed the mailed link, chosen a password and set up an authenticator. Only administrators create an account with `roles`, by a step-up as in the description of the API; without `roles` there is no step-up.',
  inviteAgain: 'For an account that is still `pending`. The email goes to the address on file. No body is read.',
  changeUser:
    'Absent fields do not change. Only administrators change `roles`, `status` and `email`, by a step-up as in the description of the API; `name`, `locale` and `groups` need none. `disabled` ends every session, grant and token at once and cancels every mailed link, each time it is requested. A changed `email` cancels every link that was mailed to the old address and sends a notice to it: send the email again where one is needed. Only the invitation changes the `status` of a pending account.',
  showUser: '`two_factor` is the state of the second factor now, with the newest reset.',
  deleteUser:
    'With the answer every session, grant, code and token of this person has ended, their second factor, backup codes and mailed links are invalid, and their data is deleted. There is no way back, and the id is never used again. Events of the audit keep the id and lose address, device and the reason of a reset. Export the data first if it is needed. Requires a step-up as in the description of the API; a retry with the same key is answered although the user is gone.',
  exportUser:
    'The account, the state of its second factor, its resets, its sessions, and the events about it, newest first. It contains no secret. If there are more events than it contains, `audit_events.next_cursor` is the `cursor` of the next page of `GET /audit-events?user=`.',
  listSessions: 'Sessions at the identity provider; each names its applications.',
  endSessions:
    'Ends every session, grant, code and token of this person at once, and sends back-channel logout to the applications. No body is read.',
  endSession:
    'Ends the session with its grants and tokens, and sends back-channel logout to its applications. No body is read.',
  previewReset: 'Counted now. Changes nothing.',
  listResets: 'The last ten.',
  startReset:
    'With the answer the old authenticator and backup codes are invalid, every session, grant and token of this person has ended, and the email with a single-use link is in the outbox. They set up a new authenticator by that link or at their next sign-in. A later reset supersedes this one. Requires a step-up as in the description of the API. The configuration may require `reason`.',
  showReset:
    'To follow it: whether the email was accepted (`mail.status`), the link opened and a new authenticator set up (`status`). Call it with the `version` of the last answer and `wait=30`, at once again after each answer: it is 200 as soon as anything is different, by another process within about a second, and 304 otherwise. The token is checked again before the answer. Allow a little more than `wait` before you give up.',
  resendMail:
    'Until a new authenticator is set up. The reset gets a new expiry, also when it had `expired`. No body is read.',
  revokeReset:
    'Cancels the link. The person still sets up a new authenticator at their next sign-in; `freeze` prevents that too, until a new reset.',
  listAuditEvents:
    '`user` is the account that was acted on, `actor` the acting person, `type` a dotted name such as `two_factor.reset.started`; `from` and `to` are both included. `sign_in.done`, `sign_in.refused`, `password.refused` and `signed_out` appear about a second after they happened; wrong passwords cause one event per account and network in 15 minutes, with `target` null for an unknown email. With `Accept: application/x-ndjson` one event per line; the next page is in the header `Link`.',
}

/** The meaning and the remedy of each code. */
export const meanings: { readonly [C in ProblemCode]: string } = {
  invalid_token: 'The token is missing, expired, revoked or not for this API.',
  insufficient_user_authentication: 'A second factor, or a fresh proof of it, is required: see `WWW-Authenticate`.',
  insufficient_scope: 'The token lacks the scope, or the person a role.',
  origin_mismatch: 'The call came from a page of another site.',
  forbidden_target:
    'The role does not permit it: helpdesk acts only on people without a role, never on roles, status or email, and deletes no account.',
  self_reset: 'No person does this to themselves: see the own account page.',
  factor_too_new: 'The acting person’s authenticator was set up too short a time ago: see `Retry-After`.',
  user_not_found: 'There is no such user.',
  reset_not_found: 'This user has no such reset.',
  session_not_found: 'This user has no such session, or it has ended.',
  setup_incomplete: 'The account was never set up: there is nothing to reset, and it stays pending until it is.',
  account_disabled: 'The account is disabled.',
  record_lost: 'The record of the second factor is damaged: a reset repairs it.',
  password_too_new:
    'The next set-up requires the password and the mailed link, and a mailed link set the password within a day: `possible_from` and `Retry-After` say from when it is accepted. No code was used up.',
  reset_finished: 'The reset is completed, superseded or revoked.',
  reset_superseded_meanwhile:
    'There is a newer reset than `seen`: `reset_id`, `requested_by` and `requested_at` say which.',
  idempotency_conflict: 'The same key came with another user, reason or change, or too late.',
  email_taken: 'Another account has this email.',
  already_set_up: 'The account is complete: reset it instead.',
  body_too_large: 'The body is larger than 32 KB.',
  unsupported_media_type: 'The body is not `application/json`.',
  invalid_request: 'The request is not valid: `errors` names each fault.',
  code_incorrect: 'The code is wrong or was already used.',
  too_many_attempts: 'Too many wrong codes of the acting person.',
  too_many_mails: 'The acting person has caused too many emails within an hour.',
  too_many_resets: 'Too many emails to this person, or acts of the acting person, within an hour.',
  not_supported: 'This service does not create, change or delete accounts.',
  store_unavailable: 'The outcome is unknown, and it is safe to call again.',
}
