/** Calls about resets. */
import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { principalOf } from '../guards.ts'
import { readJson } from '../body.ts'
import { actionOf, codeIn, json, keyOf, ownCode, partOf, resetUrl } from './call.ts'
import { orProblem } from './refusals.ts'
import * as operations from '../../service/resets.ts'
import type { Result } from '../../service/refusal.ts'
import { shownReset } from '../representations.ts'

export const startBody = operations.resetRequest.extend({ code: ownCode })

function answerReset(services: Services, ctx: Context, status: number, result: Result<operations.ResetOf>): void {
  const { target, reset } = orProblem(services, result)
  if (status === 201) ctx.set('Location', resetUrl(services, target.id, reset.id))
  json(ctx, status, shownReset(target.id, reset, services.clock.now()))
}

export async function startReset(services: Services, ctx: Context): Promise<void> {
  const action = { ...actionOf(ctx), ...codeIn(await readJson(ctx)), key: keyOf(ctx), proof: principalOf(ctx).proof }
  answerReset(services, ctx, 201, await operations.startReset(services, action))
}

export async function listResets(services: Services, ctx: Context): Promise<void> {
  const id = partOf(ctx, 'id')
  const { resets } = orProblem(services, await operations.listResets(services, id))
  json(ctx, 200, { items: resets.map((reset) => shownReset(id, reset, services.clock.now())) })
}

export async function showReset(services: Services, ctx: Context): Promise<void> {
  answerReset(services, ctx, 200, await operations.findReset(services, partOf(ctx, 'id'), partOf(ctx, 'rid')))
}

export async function resendMail(services: Services, ctx: Context): Promise<void> {
  answerReset(services, ctx, 202, await operations.resend(services, { ...actionOf(ctx), resetId: partOf(ctx, 'rid') }))
}

export async function revokeReset(services: Services, ctx: Context): Promise<void> {
  const request = await readJson(ctx)
  const action = { ...actionOf(ctx), resetId: partOf(ctx, 'rid'), request }
  orProblem(services, await operations.revoke(services, action))
  ctx.status = 204
}
