/** The OpenAPI description of each call. A test compares it with the table of routes in both directions. */
import type { z } from 'zod'
import type { ManagementScope } from '../../ports.ts'
import { auditQuery } from '../../service/auditEvents.ts'
import { usersQuery } from '../../service/users.ts'
import { changeBody, inviteBody } from './invitations.ts'
import { revokeRequest } from '../../service/resets.ts'
import { changeQuery, startBody } from './resets.ts'
import { deletionBody } from './users.ts'
import type { ProblemCode } from './codes.ts'
import type { SchemaName } from './schemas.ts'

export interface Call {
  readonly id: string
  readonly summary: string
  readonly scope: ManagementScope
  /** Scopes that are required besides. */
  readonly also?: readonly ManagementScope[]
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly status: number
  /** null: no body. */
  readonly answer: SchemaName | null
  /** The item of the export with one item per line (`application/x-ndjson`). */
  readonly lines?: SchemaName
  /** The meaning of a 304; absent: the call has none. */
  readonly unchanged?: string
  readonly problems: readonly ProblemCode[]
}

const always = ['invalid_token', 'insufficient_user_authentication', 'insufficient_scope', 'store_unavailable'] as const
const acting = [...always, 'origin_mismatch', 'user_not_found', 'forbidden_target', 'self_reset'] as const
const withBody = ['body_too_large', 'unsupported_media_type', 'invalid_request'] as const
const ofReset = ['reset_not_found', 'reset_finished'] as const

const read = (call: Pick<Call, 'id' | 'scope' | 'also' | 'answer' | 'summary'>, ...problems: ProblemCode[]): Call => ({
  ...call,
  status: 200,
  problems: [...always, ...problems],
})

const RESETS = '/users/{id}/two-factor/resets'

/** By method and path below the resource. */
export const calls: Readonly<Record<string, Call>> = {
  'GET /users': {
    ...read({ id: 'listUsers', scope: 'users:read', answer: 'Users', summary: 'People, by email' }, 'invalid_request'),
    query: usersQuery,
  },
  'POST /users': {
    id: 'inviteUser',
    scope: 'users:write',
    summary: 'Create a pending account and mail its invitation',
    body: inviteBody,
    status: 201,
    answer: 'User',
    problems: [
      ...always,
      ...withBody,
      'origin_mismatch',
      'forbidden_target',
      'idempotency_conflict',
      'email_taken',
      'code_incorrect',
      'factor_too_new',
      'too_many_attempts',
      'too_many_resets',
      'too_many_mails',
      'not_supported',
    ],
  },
  'POST /users/{id}/invitation': {
    id: 'inviteAgain',
    scope: 'users:write',
    summary: 'Mail another invitation; the earlier link is cancelled',
    status: 202,
    answer: 'User',
    problems: [...acting, 'account_disabled', 'already_set_up', 'record_lost', 'too_many_resets', 'too_many_mails'],
  },
  'GET /users/{id}': read(
    { id: 'showUser', scope: 'users:read', answer: 'User', summary: 'One person' },
    'user_not_found',
  ),
  'PATCH /users/{id}': {
    id: 'changeUser',
    scope: 'users:write',
    summary:
      'Change what is named. Roles, status and email: by administrators, with a proof of their own second factor',
    body: changeBody,
    status: 200,
    answer: 'User',
    problems: [
      ...acting,
      ...withBody,
      'factor_too_new',
      'setup_incomplete',
      'record_lost',
      'email_taken',
      'idempotency_conflict',
      'code_incorrect',
      'too_many_attempts',
      'too_many_resets',
      'not_supported',
    ],
  },
  'DELETE /users/{id}': {
    id: 'deleteUser',
    scope: 'users:write',
    summary: 'Delete an account for ever, by administrators, with a proof of their own second factor',
    body: deletionBody,
    status: 204,
    answer: null,
    problems: [
      ...acting,
      ...withBody,
      'factor_too_new',
      'idempotency_conflict',
      'code_incorrect',
      'too_many_attempts',
      'too_many_resets',
      'not_supported',
    ],
  },
  'GET /users/{id}/export': read(
    {
      id: 'exportUser',
      scope: 'users:read',
      also: ['two-factor:read', 'audit:read'],
      answer: 'UserExport',
      summary: 'What is kept about one person',
    },
    'user_not_found',
  ),
  'GET /users/{id}/sessions': read(
    {
      id: 'listSessions',
      scope: 'users:read',
      answer: 'Sessions',
      summary: 'Sessions of one person, newest first',
    },
    'user_not_found',
  ),
  'DELETE /users/{id}/sessions': {
    id: 'endSessions',
    scope: 'users:write',
    summary: 'End all sessions and tokens of a person; the second factor stays',
    status: 204,
    answer: null,
    problems: [...acting, 'record_lost'],
  },
  'DELETE /users/{id}/sessions/{sid}': {
    id: 'endSession',
    scope: 'users:write',
    summary: 'End one session with its grants',
    status: 204,
    answer: null,
    problems: [...acting, 'session_not_found'],
  },
  'GET /users/{id}/two-factor/reset-preview': read(
    {
      id: 'previewReset',
      scope: 'two-factor:read',
      answer: 'ResetPreview',
      summary: 'What a reset would end, and what the next set-up would require',
    },
    'user_not_found',
  ),
  [`GET ${RESETS}`]: read(
    { id: 'listResets', scope: 'two-factor:read', answer: 'Resets', summary: 'Resets, newest first' },
    'user_not_found',
  ),
  [`POST ${RESETS}`]: {
    id: 'startReset',
    scope: 'two-factor:reset',
    summary: 'Reset the second factor of a person',
    body: startBody,
    status: 201,
    answer: 'Reset',
    problems: [
      ...acting,
      ...withBody,
      'factor_too_new',
      'setup_incomplete',
      'account_disabled',
      'password_too_new',
      'reset_finished',
      'reset_superseded_meanwhile',
      'idempotency_conflict',
      'code_incorrect',
      'too_many_attempts',
      'too_many_resets',
    ],
  },
  [`GET ${RESETS}/{rid}`]: {
    ...read(
      { id: 'showReset', scope: 'two-factor:read', answer: 'Reset', summary: 'One reset, or its next change' },
      'invalid_request',
      'user_not_found',
      'reset_not_found',
    ),
    query: changeQuery,
    unchanged: 'The reset still has the `version` that was sent.',
  },
  [`POST ${RESETS}/{rid}/mail`]: {
    id: 'resendMail',
    scope: 'two-factor:reset',
    summary: 'Mail a new link; the old one is cancelled',
    status: 202,
    answer: 'Reset',
    problems: [...acting, ...ofReset, 'account_disabled', 'too_many_resets', 'too_many_mails'],
  },
  [`DELETE ${RESETS}/{rid}`]: {
    id: 'revokeReset',
    scope: 'two-factor:reset',
    summary:
      'Cancel the link; a new set-up stays required. With `freeze` neither link nor sign-in leads to it until a new reset',
    body: revokeRequest,
    status: 204,
    answer: null,
    problems: [...acting, ...withBody, ...ofReset],
  },
  'GET /audit-events': {
    ...read(
      { id: 'listAuditEvents', scope: 'audit:read', answer: 'AuditEvents', summary: 'Events, newest first' },
      'invalid_request',
    ),
    query: auditQuery,
    lines: 'AuditEvent',
  },
}
