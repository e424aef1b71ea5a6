/** Calls that make and change users. */
import type { Context } from 'koa'
import { callerOf, type Services } from '../context.ts'
import { principalOf } from '../guards.ts'
import { readJson } from '../body.ts'
import { actionOf, answerUser, codeIn, keyOf, ownCode, userUrl } from './call.ts'
import { orProblem } from './refusals.ts'
import { changeFields, changeUser as change, namesSomething } from '../../service/userChanges.ts'
import * as operations from '../../service/invitations.ts'

export const inviteBody = operations.userRequest.extend({ code: ownCode })
export const changeBody = changeFields.extend({ code: ownCode }).refine(namesSomething)

export async function inviteUser(services: Services, ctx: Context): Promise<void> {
  const body = codeIn(await readJson(ctx))
  const { person: actor, proof } = principalOf(ctx)
  const action = { actor, by: callerOf(ctx, actor.id), key: keyOf(ctx), ...body, proof }
  const user = orProblem(services, await operations.inviteUser(services, action))
  ctx.set('Location', userUrl(services, user.person.id))
  answerUser(services, ctx, 201, user)
}

export async function inviteAgain(services: Services, ctx: Context): Promise<void> {
  answerUser(services, ctx, 202, orProblem(services, await operations.inviteAgain(services, actionOf(ctx))))
}

export async function changeUser(services: Services, ctx: Context): Promise<void> {
  const body = codeIn(await readJson(ctx))
  const action = { ...actionOf(ctx), ...body, key: keyOf(ctx), proof: principalOf(ctx).proof }
  answerUser(services, ctx, 200, orProblem(services, await change(services, action)))
}
