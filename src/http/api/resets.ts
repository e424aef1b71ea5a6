/** Calls about resets. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Reset } from '../../core/account.ts'
import type { Services } from '../context.ts'
import { principalOf, requireStill } from '../guards.ts'
import { readJson } from '../body.ts'
import { actionOf, codeIn, json, keyOf, ownCode, partOf, resetUrl } from './call.ts'
import { orProblem } from './refusals.ts'
import * as operations from '../../service/resets.ts'
import { checked, type Result } from '../../service/refusal.ts'
import { awaitReset } from '../../service/watchReset.ts'
import { resetVersion, shownReset } from '../representations.ts'
import { waiting } from '../waiting.ts'

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

export const changeQuery = z
  .object({
    version: z.string().min(1).max(100).optional().meta({
      description: 'The `version` that you have: 304 while the reset has no other.',
    }),
    wait: z.coerce.number().int().min(1).max(30).optional().meta({
      description:
        'With `version`: wait so many seconds for another one before the answer is 304. Shorter when the service stops, or when too many calls wait.',
    }),
  })
  .refine(({ version, wait }) => wait === undefined || version !== undefined, {
    path: ['wait'],
    message: 'needs version',
  })

export async function showReset(services: Services, ctx: Context): Promise<void> {
  const { version, wait } = orProblem(services, checked(changeQuery.safeParse({ ...ctx.query }))).value
  const [targetId, resetId] = [partOf(ctx, 'id'), partOf(ctx, 'rid')]
  const isKnown = (id: string, reset: Reset): boolean => resetVersion(id, reset, services.clock.now()) === version
  if (wait !== undefined) {
    const watched = { targetId, resetId, isKnown, seconds: wait }
    orProblem(services, await waiting(ctx, (signal) => awaitReset(services, { ...watched, signal })))
    await requireStill(services, ctx, 'two-factor:read')
  }
  const result = await operations.findReset(services, targetId, resetId)
  const { target, reset } = orProblem(services, result)
  if (!isKnown(target.id, reset)) return answerReset(services, ctx, 200, result)
  ctx.set('Cache-Control', 'no-store')
  ctx.status = 304
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
