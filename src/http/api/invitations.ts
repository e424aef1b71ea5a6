/** Calls that make and change people: the operations in their HTTP clothes. */
import type { Context } from 'koa'
import { callerOf, type Services } from '../context.ts'
import { principalOf } from '../guards.ts'
import { readJson } from '../body.ts'
import { actionOf, codeIn, json, keyOf, ownCode } from './call.ts'
import { changeFields, changeUser as change, namesSomething } from '../../service/userChanges.ts'
import * as operations from '../../service/invitations.ts'
import { shownUser } from './representations.ts'

export const inviteBody = operations.userRequest.extend({ code: ownCode })
export const changeBody = changeFields.extend({ code: ownCode }).refine(namesSomething)

export async function inviteUser(services: Services, ctx: Context): Promise<void> {
  const body = codeIn(await readJson(ctx))
  const { person: actor, proof } = principalOf(ctx)
  const user = await operations.inviteUser(services, {
    actor,
    by: callerOf(ctx, actor.id),
    key: keyOf(ctx),
    ...body,
    proof,
  })
  ctx.set('Location', `${services.managementResource}/users/${user.person.id}`)
  json(ctx, 201, shownUser(user, services.rules, services.clock.now()))
}

export async function inviteAgain(services: Services, ctx: Context): Promise<void> {
  json(ctx, 202, shownUser(await operations.inviteAgain(services, actionOf(ctx)), services.rules, services.clock.now()))
}

export async function changeUser(services: Services, ctx: Context): Promise<void> {
  const body = codeIn(await readJson(ctx))
  const user = await change(services, { ...actionOf(ctx), ...body, key: keyOf(ctx), proof: principalOf(ctx).proof })
  json(ctx, 200, shownUser(user, services.rules, services.clock.now()))
}
