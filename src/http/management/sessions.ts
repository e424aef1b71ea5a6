/** Calls about sessions: the operations in their HTTP clothes. */
import type { Context } from 'koa'
import type { Desk } from '../desk.ts'
import { askedOf, json, partOf } from './call.ts'
import * as operations from './operations/sessions.ts'
import { shownSession } from './shown.ts'

export async function listSessions(desk: Desk, ctx: Context): Promise<void> {
  json(ctx, 200, { items: (await operations.listSessions(desk, partOf(ctx, 'id'))).map(shownSession) })
}

export async function endSession(desk: Desk, ctx: Context): Promise<void> {
  await operations.endSession(desk, { ...askedOf(ctx), sessionId: partOf(ctx, 'sid') })
  ctx.status = 204
}

export async function endSessions(desk: Desk, ctx: Context): Promise<void> {
  await operations.endSessions(desk, askedOf(ctx))
  ctx.status = 204
}
