/** One call of the API: what is in its address, who makes it, and how it is answered. */
import type { Context } from 'koa'
import { callerOf, type Desk } from '../desk.ts'
import { principalOf } from '../guards.ts'
import type { Asked } from './operations/acting.ts'

/** A part of the address: `/users/:id`. */
export const partOf = (ctx: Context, name: string): string => String((ctx['params'] as Record<string, unknown>)[name])

/** Who acts on whom. */
export function askedOf(ctx: Context): Asked {
  const { person } = principalOf(ctx)
  return { actor: person, by: callerOf(ctx, person.id), targetId: partOf(ctx, 'id') }
}

export function json(ctx: Context, status: number, body: unknown): void {
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  ctx.body = body
}

export const resetUrl = (desk: Desk, targetId: string, resetId: string): string =>
  `${desk.managementResource}/users/${targetId}/two-factor/resets/${resetId}`
