/** Calls about sessions. */
import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { actionOf, json, partOf } from './call.ts'
import { orProblem } from './refusals.ts'
import * as operations from '../../service/sessions.ts'
import { shownSession } from '../representations.ts'

export async function listSessions(services: Services, ctx: Context): Promise<void> {
  const { sessions } = orProblem(services, await operations.listSessions(services, partOf(ctx, 'id')))
  json(ctx, 200, { items: sessions.map(shownSession) })
}

export async function endSession(services: Services, ctx: Context): Promise<void> {
  const action = { ...actionOf(ctx), sessionId: partOf(ctx, 'sid') }
  orProblem(services, await operations.endSession(services, action))
  ctx.status = 204
}

export async function endSessions(services: Services, ctx: Context): Promise<void> {
  orProblem(services, await operations.endSessions(services, actionOf(ctx)))
  ctx.status = 204
}
