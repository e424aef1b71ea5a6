/** Calls that look at people: the operations in their HTTP clothes. */
import type { Context } from 'koa'
import type { Desk } from '../desk.ts'
import { json, linkNext, partOf } from './call.ts'
import * as operations from './operations/users.ts'
import { shownPreview, shownUser } from './shown.ts'

export async function listUsers(desk: Desk, ctx: Context): Promise<void> {
  const { users, next } = await operations.listUsers(desk, { ...ctx.query })
  const now = desk.clock.now()
  const items = users.map((user) => shownUser(user, desk.rules, now))
  if (next === null) return json(ctx, 200, { items })
  linkNext(desk, ctx, '/users', next)
  json(ctx, 200, { items, next_cursor: next })
}

export async function showUser(desk: Desk, ctx: Context): Promise<void> {
  json(ctx, 200, shownUser(await operations.findUser(desk, partOf(ctx, 'id')), desk.rules, desk.clock.now()))
}

export async function previewReset(desk: Desk, ctx: Context): Promise<void> {
  json(ctx, 200, shownPreview(await operations.previewReset(desk, partOf(ctx, 'id'))))
}
