/** Calls about resets: the operations in their HTTP clothes. */
import type { Context } from 'koa'
import type { Desk } from '../desk.ts'
import { principalOf } from '../guards.ts'
import { readJson } from '../input.ts'
import { askedOf, codeIn, json, keyOf, ownCode, partOf, resetUrl } from './call.ts'
import * as operations from './operations/resets.ts'
import { shownReset } from './shown.ts'

export const startBody = operations.resetRequest.extend({ code: ownCode })
function answerReset(desk: Desk, ctx: Context, status: number, { target, reset }: operations.ResetOf): void {
  if (status === 201) ctx.set('Location', resetUrl(desk, target.id, reset.id))
  json(ctx, status, shownReset(target.id, reset, desk.clock.now()))
}

export async function startReset(desk: Desk, ctx: Context): Promise<void> {
  const asked = { ...askedOf(ctx), ...codeIn(await readJson(ctx)), key: keyOf(ctx), proof: principalOf(ctx).proof }
  answerReset(desk, ctx, 201, await operations.startReset(desk, asked))
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
  const request = await readJson(ctx)
  await operations.revoke(desk, { ...askedOf(ctx), resetId: partOf(ctx, 'rid'), request })
  ctx.status = 204
}
