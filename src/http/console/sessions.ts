/** Ends all sessions of a user; the second factor stays. */
import type { Context } from 'koa'
import { callerOf, type Services } from '../context.ts'
import { endSessions } from '../../service/sessions.ts'
import { seeOther } from '../redirect.ts'
import { webSessionOf } from '../webSession.ts'
import { donePath } from './notices.ts'
import { idOf } from './paths.ts'
import { refusedError } from './refusals.ts'

export async function endUserSessions(services: Services, ctx: Context): Promise<void> {
  const { person: actor } = webSessionOf(ctx)
  const targetId = idOf(ctx)
  const ended = await endSessions(services, { actor, by: callerOf(ctx, actor.id), targetId })
  if (ended.is === 'refused') return refusedError(services, ctx, ended.refusal)
  seeOther(ctx, donePath(services, ctx, targetId, 'sessions'))
}
