/** Calls about resets: the operations in their HTTP clothes. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Desk } from '../desk.ts'
import { principalOf } from '../guards.ts'
import { readJson } from '../input.ts'
import { askedOf, json, keyOf, ownCode, partOf, resetUrl } from './call.ts'
import * as operations from './operations/resets.ts'
import { shownReset } from './shown.ts'
import { valid } from './valid.ts'

export const startBody = operations.resetRequest.extend({ code: ownCode })
export const revokeBody = z.strictObject({
  freeze: z.boolean().default(false).meta({ description: 'Shut the sign-in door too, until a new reset.' }),
})

function answerReset(desk: Desk, ctx: Context, status: number, { target, reset }: operations.ResetOf): void {
  if (status === 201) ctx.set('Location', resetUrl(desk, target.id, reset.id))
  json(ctx, status, shownReset(target.id, reset, desk.clock.now()))
}

export async function startReset(desk: Desk, ctx: Context): Promise<void> {
  const { code, ...request } = valid(startBody, await readJson(ctx))
  const key = keyOf(ctx)
  const { proof } = principalOf(ctx)
  answerReset(desk, ctx, 201, await operations.startReset(desk, { ...askedOf(ctx), key, request, code, proof }))
}

export async function listResets(desk: Desk, ctx: Context): Promise<void> {
  const id = partOf(ctx, 'id')
  const now = desk.clock.now()
  json(ctx, 200, { items: (await operations.listResets(desk, id)).map((reset) => shownReset(id, reset, now)) })
}

export async function showReset(desk: Desk, ctx: Context): Promise<void> {
  answerReset(desk, ctx, 200, await operations.findReset(desk, partOf(ctx, 'id'), partOf(ctx, 'rid')))
}

export async function resendMail(desk: Desk, ctx: Context): Promise<void> {
  answerReset(desk, ctx, 202, await operations.resend(desk, { ...askedOf(ctx), resetId: partOf(ctx, 'rid') }))
}

export async function revokeReset(desk: Desk, ctx: Context): Promise<void> {
  const { freeze } = valid(revokeBody, await readJson(ctx))
  await operations.revoke(desk, { ...askedOf(ctx), resetId: partOf(ctx, 'rid'), freeze })
  ctx.status = 204
}
