/** Refusals of the services in the console: at the form, on a page with the reason and a link to the user, or as an error page. */
import type { Context } from 'koa'
import type { Key } from '../../i18n/messages.ts'
import { type AnyRefusal, explain, type RefusalOf } from '../../service/refusal.ts'
import { findUser, type User } from '../../service/users.ts'
import type { Services } from '../context.ts'
import { answer, answerError } from '../respond.ts'
import { sayRetry } from '../retryAfter.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { namesOf } from './names.ts'
import { idOf, userPath } from './paths.ts'

interface Reply {
  readonly status: number
  readonly says: Key
  /** Replaces `says` for a change of a user. */
  readonly change?: Key
  /** When another attempt may succeed. Epoch seconds. */
  readonly retryAt?: number
  /** The earlier act that prevents this one. */
  readonly earlier?: { readonly by: string | null; readonly at: number }
}

type Table = { readonly [K in AnyRefusal['is']]: (refusal: RefusalOf<K>, now: number) => Reply }

const row =
  (status: number, says: Key = 'not-done.other', change: Key = says) =>
  (): Reply => ({ status, says, change })

const waiting =
  <R extends AnyRefusal>(status: number, says: Key, at: (refusal: R) => number) =>
  (refusal: R, now: number): Reply => ({ status, says, retryAt: Math.max(now + 1, at(refusal)) })

const noFactor = row(401, 'not-done.insufficient_user_authentication')
const pending = row(409, 'not-done.setup_incomplete', 'not-done.change.setup_incomplete')
/** Waiting does not unlock a factor. */
const DAY_SECONDS = 86_400

const replies: Table = {
  'user-not-found': row(404),
  'session-not-found': row(404),
  self: row(403, 'not-done.self_reset', 'not-done.change.self_reset'),
  'forbidden-target': row(403, 'not-done.forbidden_target'),
  'change-needs-administrator': row(403, 'not-done.forbidden_target'),
  'deletion-needs-administrator': row(403, 'not-done.forbidden_target'),
  'roles-need-administrator': row(403, 'not-done.forbidden_target'),
  'outside-groups': row(403, 'not-done.forbidden_target'),
  'email-taken': row(409, 'not-done.email_taken'),
  'not-supported': row(501, 'not-done.not_supported'),
  'stays-pending': pending,
  invalid: row(422),
  'step-up-required': noFactor,
  'key-used': row(409, 'not-done.idempotency_conflict'),
  'too-many-mails': waiting(429, 'not-done.too_many_mails', ({ retryAt }) => retryAt),
  'setup-incomplete': pending,
  'account-disabled': row(409, 'not-done.account_disabled'),
  'account-deleted': row(404),
  'password-too-new': waiting(409, 'not-done.password_too_new', ({ until }) => until),
  'reset-not-found': row(404),
  'reset-finished': row(409, 'not-done.reset_finished'),
  'superseded-meanwhile': ({ by, at }) => ({
    status: 409,
    says: 'not-done.reset_superseded_meanwhile',
    earlier: { by, at },
  }),
  'record-lost': row(409, 'not-done.record_lost'),
  'already-enrolled': row(409),
  'idempotency-conflict': row(409, 'not-done.idempotency_conflict'),
  'too-many-resets': waiting(429, 'not-done.too_many_resets', ({ retryAt }) => retryAt),
  paused: waiting(429, 'not-done.too_many_attempts', ({ until }) => until),
  locked: (_, now) => ({ status: 429, says: 'not-done.too_many_attempts', retryAt: now + DAY_SECONDS }),
  'code-incorrect': row(422),
  'code-replayed': row(422),
  'passkey-incorrect': row(422),
  'passkey-stale': row(422),
  'passkey-required': noFactor,
  'passkey-suspect': noFactor,
  'too-many-authenticators': noFactor,
  'already-added': noFactor,
  'last-authenticator': noFactor,
  'authenticator-unknown': noFactor,
  'factor-too-new': waiting(403, 'not-done.factor_too_new', ({ until }) => until),
  'outbox-full': row(503),
  'proof-too-old': noFactor,
  'proof-too-weak': noFactor,
  'proof-used': noFactor,
  'sign-in-over': noFactor,
  'not-enrolled': noFactor,
  'set-up-elsewhere': noFactor,
  'set-up-frozen': noFactor,
  'set-up-expired': noFactor,
  'password-missing': noFactor,
  'link-missing': noFactor,
  'link-unknown': noFactor,
  'link-expired': noFactor,
  'link-used': noFactor,
  'link-replaced': noFactor,
  'link-cancelled': noFactor,
  'mailbox-used': noFactor,
}

/** The reply, with `Retry-After`. */
function replyTo<K extends AnyRefusal['is']>({ clock }: Services, ctx: Context, refusal: RefusalOf<K>): Reply {
  const now = clock.now()
  const reply = (replies[refusal.is] as (refusal: RefusalOf<K>, now: number) => Reply)(refusal, now)
  if (reply.status === 503) sayRetry(ctx)
  if (reply.retryAt !== undefined) ctx.set('Retry-After', String(reply.retryAt - now))
  return reply
}

/** The status of the form with its fault. */
export function formStatus(services: Services, ctx: Context, refusal: AnyRefusal): number {
  return refusal.is === 'too-many-mails' ? replyTo(services, ctx, refusal).status : 422
}

const kinds: Readonly<Record<number, 'forbidden' | 'not-found' | 'too-many' | 'unavailable'>> = {
  403: 'forbidden',
  404: 'not-found',
  429: 'too-many',
  503: 'unavailable',
}

/** For a refusal that no page about a user explains. */
export function refusedError(services: Services, ctx: Context, refusal: AnyRefusal): void {
  const { status } = replyTo(services, ctx, refusal)
  const kind = kinds[status]
  answerError(services, ctx, { status, kind: kind ?? 'bad-request', detail: kind ? null : explain(refusal) })
}

/** A handler about one user. An unknown id is answered here. */
export const withUser =
  (handle: (services: Services, ctx: Context, user: User) => Promise<void> | void) =>
  async (services: Services, ctx: Context): Promise<void> => {
    const found = await findUser(services, idOf(ctx))
    return found.is === 'refused' ? refusedError(services, ctx, found.refusal) : handle(services, ctx, found)
  }

type What = ConsolePages['not-done']['what']

export async function refusedPage(
  services: Services,
  ctx: Context,
  user: User,
  { what, refusal }: { readonly what: What; readonly refusal: AnyRefusal },
): Promise<void> {
  const { status, says, change = says, retryAt = null, earlier = null } = replyTo(services, ctx, refusal)
  const nameOf = await namesOf(services, [earlier?.by])
  const [at, by] = earlier ? [earlier.at, nameOf(earlier.by)] : [retryAt, null]
  notDone(services, ctx, user, { status, what, says: what === 'reset' ? says : change, at, by })
}

interface NotDone {
  readonly status: number
  readonly what: What
  readonly says: Key
  readonly at?: number | null
  readonly by?: string | null
}

export function notDone(
  services: Services,
  ctx: Context,
  { person: { id, name, email } }: User,
  { status, what, says, at = null, by = null }: NotDone,
): void {
  const isOwn = says === 'not-done.self' || says === 'not-done.self_reset'
  const ownHref = isOwn && services.openApps().includes('account') ? '/account' : null
  const page = { what, says, person: name, email, at, by, ownHref, backHref: userPath(id) } as const
  answer(services, ctx, {
    status,
    page: 'not-done',
    locals: page,
    // The address of a form may have no page of its own.
    frame: { ...webSessionFrame(services, ctx, webSessionOf(ctx)), path: userPath(id), search: '' },
  })
}
