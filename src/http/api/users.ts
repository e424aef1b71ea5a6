/** Calls that read users, and delete them. */
import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { personOf, principalOf } from '../guards.ts'
import { readJson } from '../body.ts'
import { actionOf, answerUser, codeIn, json, keyOf, linkNext, ownCode, partOf } from './call.ts'
import { orProblem } from './refusals.ts'
import { deleteUser as deletion, deletionRequest } from '../../service/userDeletion.ts'
import { exportUser as collect } from '../../service/userExport.ts'
import * as operations from '../../service/users.ts'
import { shownExport, shownPreview, shownUser } from '../representations.ts'

export const deletionBody = deletionRequest.extend({ code: ownCode })

export async function listUsers(services: Services, ctx: Context): Promise<void> {
  const request = { actor: personOf(ctx), query: { ...ctx.query } }
  const { users, next } = orProblem(services, await operations.listUsers(services, request))
  const now = services.clock.now()
  const items = users.map((user) => shownUser(user, services.rules, now, services.passkeys.rpId))
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

export async function exportUser(services: Services, ctx: Context): Promise<void> {
  const found = orProblem(services, await collect(services, partOf(ctx, 'id')))
  json(ctx, 200, shownExport(found, services.rules, services.clock.now(), services.passkeys.rpId))
}

export async function deleteUser(services: Services, ctx: Context): Promise<void> {
  const action = { ...actionOf(ctx), ...codeIn(await readJson(ctx)), key: keyOf(ctx), proof: principalOf(ctx).proof }
  orProblem(services, await deletion(services, action))
  ctx.status = 204
}
