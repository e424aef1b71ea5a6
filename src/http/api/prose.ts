/** The words of the OpenAPI document: all that somebody needs to know who has nothing else to build a client from. */
import type { Services } from '../context.ts'
import type { ProblemCode } from './codes.ts'

/** Of the whole API. Markdown. */
export const overview = (
  services: Services,
): string => `People, their second factors and what happened to them, as JSON.

## Tokens

\`${services.managementResource}\` is an OAuth 2.0 protected resource. A person with role \`admin\` or \`helpdesk\` gets a token by the authorization
code flow with PKCE (S256). Send with the authorization request: \`resource=${services.managementResource}\` (RFC 8707), the scopes of the operations,
\`openid\` among them, and \`acr_values=${services.twoFactorAcr}\`; and \`resource\` once more with the token request. Whoever signed in without a
second factor is answered 401 \`insufficient_user_authentication\`. A machine gets a token by client credentials, with \`resource\` and read scopes that
its registration allows.

## Step-up

${stepUp(services)}

## Errors

Every error is an \`application/problem+json\` document (RFC 9457) whose \`code\` is stable; each operation names those it has. Besides, an
address that is not here is 404 \`not_found\`, and a method that an address does not have 405 \`method_not_allowed\` with those it has in
\`Allow\`; a 500 \`server_error\` would be a fault of this service. A body that is no JSON is 422 \`invalid_request\` like any other that
does not fit: nothing was changed and no code spent. Order: 401 token, 403 scope, what cannot be read at all, 404, a known
\`Idempotency-Key\`, 403 rank, 409, 429, 422, step-up. A 503 leaves the outcome open: call again as you did, after \`Retry-After\`.

## Lists

They come in pages of \`limit\` (25 unless you say so, 200 at most). Follow the link \`rel="next"\` of the header \`Link\`, or send \`next_cursor\` as
\`cursor\` with the same filters, until there is none. No answer may be kept: \`Cache-Control: no-store\`.`

/** How an act on somebody else is proven to be one's own. */
const stepUp = (
  services: Services,
): string => `Acting on others takes a proof of your own second factor. Either send \`code\`, your current authenticator code: it is burnt by this one call. Or
send none, with a token whose sign-in proved an authenticator code (neither a set-up nor a backup code) at most ${services.rules.stepUpMaxAgeSeconds} s ago: that proof is good for
one act, whichever of its tokens is shown. Otherwise the answer is 401 \`insufficient_user_authentication\` with a challenge (RFC 9470) in
\`WWW-Authenticate\`: repeat the authorization request with its \`acr_values\` and \`max_age\`, and call again with the new token and the same
\`Idempotency-Key\`. A client library that drops \`max_age=0\` sends \`prompt=login\` instead.`

export const tags = {
  Users: 'Who there is, inviting and changing them',
  Sessions: 'Where they are signed in',
  Resets: 'The second factor of somebody who lost theirs',
  Audit: 'What happened',
} as const

export const tagOf = (path: string): keyof typeof tags => {
  if (path.includes('/two-factor/')) return 'Resets'
  if (path.includes('/sessions')) return 'Sessions'
  return path === '/audit-events' ? 'Audit' : 'Users'
}

/** What stands in an address. */
export const inPath: Readonly<Record<string, string>> = {
  id: 'Id of the user.',
  rid: 'Id of the reset.',
  sid: 'Id of the session.',
}

export const scopes = {
  'users:read': 'See people and where they are signed in',
  'users:write': 'Invite and change people, end their sessions',
  'two-factor:read': 'See resets',
  'two-factor:reset': 'Reset second factors',
  'audit:read': 'Read the audit',
} as const

/** By operationId, beyond the summary. */
export const descriptions: Readonly<Record<string, string>> = {
  listUsers:
    'Ordered by email. `search` is the beginning of the email or of a word of the name; `status` and `two_factor` are exact; all that are given must hold.',
  inviteUser:
    'The account is `pending` until its owner has followed the mailed link, chosen a password and set up an authenticator. An account with `roles` is made by administrators only, and takes a step-up, as the description of the API says; without `roles` none is asked for.',
  inviteAgain: 'For an account that is still `pending`. The letter goes to the address on file. No body is read.',
  changeUser:
    'What is not named stays. `roles`, `status` and `email` are changed by administrators only, and take a step-up, as the description of the API says; `name`, `locale` and `groups` take none. `disabled` ends every session, grant and token at once and kills every mailed link, and does so again when it is asked again. A changed `email` kills every link that was mailed to the old address and tells it: send a letter again where one is needed. The `status` of a pending account changes by its invitation alone.',
  showUser: '`two_factor` is the state of the second factor now, with the newest reset.',
  listSessions: 'Sessions at the identity provider; each names the applications that were reached through it.',
  endSessions:
    'Ends every session, grant, code and token of this person at once, and has the applications told by back-channel logout. No body is read.',
  endSession:
    'Ends the session with the grants and tokens that came of it, and has its applications told by back-channel logout. No body is read.',
  previewReset: 'Counted now. Nothing is changed.',
  listResets: 'The last ten.',
  startReset:
    'At once and whatever comes later: the old authenticator and backup codes are dead, every session, grant and token of this person has ended, and a single-use link is owed to their address. They set up a new authenticator by that link or at their next sign-in. A later reset supersedes this one. Takes a step-up, as the description of the API says. A service may be set up to insist on `reason`.',
  showReset:
    'Poll it to see whether the letter was accepted (`mail.status`), the link opened and a new authenticator set up (`status`).',
  resendMail:
    'While a new authenticator is still to be set up. The reset lives on with a new expiry, also when it had `expired`. No body is read.',
  revokeReset:
    'The letter leads nowhere any more; the person still sets up a new authenticator at their next sign-in, unless `freeze` shuts that door as well, until somebody resets anew.',
  listAuditEvents:
    '`user` is whom something happened to, `actor` who did it, `type` one of the dotted words such as `two_factor.reset.started`; `from` and `to` are both included. `sign_in.done`, `sign_in.refused`, `password.refused` and `signed_out` appear about a second after they happened; wrong passwords leave one line per account and network in a quarter of an hour, and `target` is null when the email is nobody’s. With `Accept: application/x-ndjson` one event a line; the next page is in the header `Link`.',
}

/** What each code means, and what helps. */
export const meanings: { readonly [C in ProblemCode]: string } = {
  invalid_token: 'The token is missing, expired, revoked or not for this API.',
  insufficient_user_authentication: 'A second factor, or a fresh proof of it, is asked for: see `WWW-Authenticate`.',
  insufficient_scope: 'The token lacks the scope, or the person a role.',
  origin_mismatch: 'The call came from a page of another site.',
  forbidden_target:
    'The role does not reach that far: helpdesk acts on people without a role only, and never on roles, status or email.',
  self_reset: 'Nobody does this to themselves: see the own account page.',
  factor_too_new: 'The acting person’s authenticator was set up too short a time ago: see `Retry-After`.',
  user_not_found: 'There is no such user.',
  reset_not_found: 'This user has no such reset.',
  session_not_found: 'This user has no such session, or it has ended.',
  setup_incomplete: 'The account was never set up: there is nothing to reset, and it stays pending until it is.',
  account_disabled: 'The account is disabled.',
  record_lost: 'What is recorded of the second factor is damaged: a reset repairs it.',
  password_too_new:
    'Setting up again would take the password and the mailed link, and a mailed link set the password within a day: `possible_from` and `Retry-After` say when it counts. No code was spent.',
  reset_finished: 'The reset is completed, superseded or revoked.',
  reset_superseded_meanwhile:
    'There is a newer reset than `seen`: `reset_id`, `requested_by` and `requested_at` say which.',
  idempotency_conflict: 'The same key came with another user, reason or change, or too late.',
  email_taken: 'Somebody else has this email.',
  already_set_up: 'The account is complete: reset it instead.',
  body_too_large: 'The body is larger than 32 KB.',
  unsupported_media_type: 'The body is not `application/json`.',
  invalid_request: 'Something does not fit: `errors` says what, where.',
  code_incorrect: 'The code is wrong or was already used.',
  too_many_attempts: 'Too many wrong codes of the acting person.',
  too_many_mails: 'The acting person has caused too many letters within an hour.',
  too_many_resets: 'Too many letters to this person, or acts of the acting one, within an hour.',
  not_supported: 'This service does not make or change accounts: they are kept elsewhere.',
  store_unavailable: 'The outcome is unknown, and it is safe to call again.',
}
