/** Calls that make and change people: the operations in their HTTP clothes. */
import type { Context } from 'koa'
import { callerOf, type Desk } from '../desk.ts'
import { principalOf } from '../guards.ts'
import { readJson } from '../input.ts'
import { askedOf, codeIn, json, keyOf, ownCode } from './call.ts'
import { changeFields, changeUser as change, namesSomething } from './operations/changes.ts'
import * as operations from './operations/people.ts'
import { shownUser } from './shown.ts'

export const inviteBody = operations.userRequest.extend({ code: ownCode })
export const changeBody = changeFields.extend({ code: ownCode }).refine(namesSomething)

export async function inviteUser(desk: Desk, ctx: Context): Promise<void> {
  const body = codeIn(await readJson(ctx))
  const { person: actor, proof } = principalOf(ctx)
  const user = await operations.inviteUser(desk, {
    actor,
    by: callerOf(ctx, actor.id),
    key: keyOf(ctx),
    ...body,
    proof,
  })
  ctx.set('Location', `${desk.managementResource}/users/${user.person.id}`)
  json(ctx, 201, shownUser(user, desk.rules, desk.clock.now()))
}

export async function inviteAgain(desk: Desk, ctx: Context): Promise<void> {
  json(ctx, 202, shownUser(await operations.inviteAgain(desk, askedOf(ctx)), desk.rules, desk.clock.now()))
}

export async function changeUser(desk: Desk, ctx: Context): Promise<void> {
  const body = codeIn(await readJson(ctx))
  const user = await change(desk, { ...askedOf(ctx), ...body, key: keyOf(ctx), proof: principalOf(ctx).proof })
  json(ctx, 200, shownUser(user, desk.rules, desk.clock.now()))
}
