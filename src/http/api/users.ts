/** Calls that read users. */
import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { answerUser, json, linkNext, partOf } from './call.ts'
import { orProblem } from './refusals.ts'
import * as operations from '../../service/users.ts'
import { shownPreview, shownUser } from '../representations.ts'

export async function listUsers(services: Services, ctx: Context): Promise<void> {
  const { users, next } = orProblem(services, await operations.listUsers(services, { ...ctx.query }))
  const now = services.clock.now()
  const items = users.map((user) => shownUser(user, services.rules, now))
  if (next === null) return json(ctx, 200, { items })
  linkNext(services, ctx, '/users', next)
  json(ctx, 200, { items, next_cursor: next })
}

export async function showUser(services: Services, ctx: Context): Promise<void> {
  answerUser(services, ctx, 200, orProblem(services, await operations.findUser(services, partOf(ctx, 'id'))))
}

export async function previewReset(services: Services, ctx: Context): Promise<void> {
  json(ctx, 200, shownPreview(orProblem(services, await operations.previewReset(services, partOf(ctx, 'id')))))
}
