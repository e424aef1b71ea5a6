/** Reads a call of the API, and answers it. */
import type { Context } from 'koa'
import { z } from 'zod'
import { callerOf, type Services } from '../context.ts'
import { principalOf } from '../guards.ts'
import type { Action } from '../../service/authority.ts'
import type { User } from '../../service/users.ts'
import { shownUser } from '../representations.ts'

/** A parameter of the path: `/users/:id`. */
export const partOf = (ctx: Context, name: string): string => String((ctx['params'] as Record<string, unknown>)[name])

/** Not validated here: the step-up checks it, so that no other refusal comes after that. */
export const ownCode = z
  .unknown()
  .optional()
  .meta({
    type: 'string',
    description:
      'Your own current authenticator code, 6 digits, spaces and dashes forgiven. Absent: on the strength of a fresh sign-in.',
    examples: ['492039'],
  })

export function actionOf(ctx: Context): Action {
  const { person } = principalOf(ctx)
  return { actor: person, by: callerOf(ctx, person.id), targetId: partOf(ctx, 'id') }
}

export const keyOf = (ctx: Context): string | null => ctx.get('idempotency-key') || null

/** Separates the code from the rest. A body that is not an object is returned whole; the service refuses it. */
export function codeIn(body: unknown): {
  readonly code?: unknown
  readonly request: unknown
} {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { request: body }
  const { code, ...request } = body as Readonly<Record<string, unknown>>
  return { code, request }
}

export function json(ctx: Context, status: number, body: unknown): void {
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  ctx.body = body
}

export const answerUser = ({ rules, clock, passkeys }: Services, ctx: Context, status: number, user: User): void =>
  json(ctx, status, shownUser(user, rules, clock.now(), passkeys.rpId))

/** The next page of the same list. @see RFC 8288 */
export function linkNext(services: Services, ctx: Context, path: string, cursor: string): void {
  const query = new URLSearchParams({ ...(ctx.query as Record<string, string>), cursor })
  ctx.set('Link', `<${services.managementResource}${path}?${query.toString()}>; rel="next"`)
}

/** An id made elsewhere may hold any printable character. */
export const userUrl = (services: Services, id: string): string =>
  `${services.managementResource}/users/${encodeURIComponent(id)}`

export const resetUrl = (services: Services, targetId: string, resetId: string): string =>
  `${userUrl(services, targetId)}/two-factor/resets/${encodeURIComponent(resetId)}`
