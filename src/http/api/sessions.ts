/** Calls about sessions: the operations in their HTTP clothes. */
import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { actionOf, json, partOf } from './call.ts'
import * as operations from '../../service/sessions.ts'
import { shownSession } from './representations.ts'

export async function listSessions(services: Services, ctx: Context): Promise<void> {
  json(ctx, 200, { items: (await operations.listSessions(services, partOf(ctx, 'id'))).map(shownSession) })
}

export async function endSession(services: Services, ctx: Context): Promise<void> {
  await operations.endSession(services, { ...actionOf(ctx), sessionId: partOf(ctx, 'sid') })
  ctx.status = 204
}

export async function endSessions(services: Services, ctx: Context): Promise<void> {
  await operations.endSessions(services, actionOf(ctx))
  ctx.status = 204
}
