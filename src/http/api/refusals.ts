/** Maps each refusal of the services to a problem. */
import { type AnyRefusal, explain, type RefusalOf, type Result } from '../../service/refusal.ts'
import type { Services } from '../context.ts'
import { type Problem, ProblemError, stepUpRequired } from '../problem.ts'
import { type ProblemCode, statusOf } from './codes.ts'

type Table = {
  readonly [K in AnyRefusal['is']]: (refusal: RefusalOf<K>, services: Services) => Problem
}

const plain =
  (code: ProblemCode) =>
  (refusal: AnyRefusal): Problem => ({ status: statusOf[code], code, detail: explain(refusal) })

const seconds = (count: number) => ({
  headers: { 'Retry-After': String(Math.max(1, count)) },
})

const waiting =
  <R extends AnyRefusal>(code: ProblemCode, at: (refusal: R) => number) =>
  (refusal: R, { clock }: Services): Problem => ({ ...plain(code)(refusal), ...seconds(at(refusal) - clock.now()) })

/** @param maxAge of the next proof; absent: the configured one */
const stepUp =
  (maxAge?: number) =>
  (refusal: AnyRefusal, services: Services): Problem =>
    stepUpRequired(services, explain(refusal), maxAge)

const iso = (at: number): string => new Date(at * 1000).toISOString()
/** Waiting does not unlock a factor. */
const DAY_SECONDS = 86_400

const problems: Table = {
  'user-not-found': plain('user_not_found'),
  'session-not-found': plain('session_not_found'),
  self: plain('self_reset'),
  'forbidden-target': plain('forbidden_target'),
  'change-needs-administrator': plain('forbidden_target'),
  'deletion-needs-administrator': plain('forbidden_target'),
  'roles-need-administrator': plain('forbidden_target'),
  'outside-groups': plain('forbidden_target'),
  'email-taken': plain('email_taken'),
  'not-supported': plain('not_supported'),
  'stays-pending': plain('setup_incomplete'),
  invalid: (refusal) => ({ ...plain('invalid_request')(refusal), more: { errors: refusal.errors } }),
  'step-up-required': stepUp(),
  'key-used': plain('idempotency_conflict'),
  'too-many-mails': waiting('too_many_mails', ({ retryAt }) => retryAt),
  'setup-incomplete': plain('setup_incomplete'),
  'account-disabled': plain('account_disabled'),
  'account-deleted': plain('user_not_found'),
  'password-too-new': (refusal, services) => ({
    ...waiting<typeof refusal>('password_too_new', ({ until }) => until)(refusal, services),
    more: { possible_from: iso(refusal.until) },
  }),
  'reset-not-found': plain('reset_not_found'),
  'reset-finished': plain('reset_finished'),
  'superseded-meanwhile': (refusal) => ({
    ...plain('reset_superseded_meanwhile')(refusal),
    more: { reset_id: refusal.resetId, requested_by: refusal.by, requested_at: iso(refusal.at) },
  }),
  'record-lost': plain('record_lost'),
  'already-enrolled': plain('already_set_up'),
  'idempotency-conflict': plain('idempotency_conflict'),
  'too-many-resets': waiting('too_many_resets', ({ retryAt }) => retryAt),
  paused: waiting('too_many_attempts', ({ until }) => until),
  locked: (refusal) => ({ ...plain('too_many_attempts')(refusal), ...seconds(DAY_SECONDS) }),
  'code-incorrect': plain('code_incorrect'),
  'code-replayed': plain('code_incorrect'),
  // Of sign-ins and of the own account; at a step-up, another proof is needed.
  'passkey-incorrect': stepUp(),
  'passkey-stale': stepUp(),
  'passkey-required': stepUp(0),
  'passkey-suspect': stepUp(0),
  'too-many-authenticators': stepUp(),
  'already-added': stepUp(),
  'last-authenticator': stepUp(),
  'authenticator-unknown': stepUp(),
  'factor-too-new': waiting('factor_too_new', ({ until }) => until),
  'outbox-full': plain('store_unavailable'),
  'proof-too-old': stepUp(),
  // 0: with a larger value, single sign-on would answer with the same proof.
  'proof-too-weak': stepUp(0),
  'proof-used': stepUp(0),
  'sign-in-over': stepUp(),
  'not-enrolled': stepUp(),
  'set-up-elsewhere': stepUp(),
  'set-up-frozen': stepUp(),
  'set-up-expired': stepUp(),
  'password-missing': stepUp(),
  'link-missing': stepUp(),
  'link-unknown': stepUp(),
  'link-expired': stepUp(),
  'link-used': stepUp(),
  'link-replaced': stepUp(),
  'link-cancelled': stepUp(),
  'mailbox-used': stepUp(),
}

function problemOf<K extends AnyRefusal['is']>(services: Services, refusal: RefusalOf<K>): Problem {
  const row = problems[refusal.is] as (refusal: RefusalOf<K>, services: Services) => Problem
  return row(refusal, services)
}

/** The outcome. @throws the problem of a refusal */
export function orProblem<T extends object>(services: Services, result: Result<T>): T {
  if (result.is === 'refused') throw new ProblemError(problemOf(services, result.refusal))
  return result
}
