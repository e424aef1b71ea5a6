/** Ending all sessions of somebody: whatever was proven before is worth nothing from then on; the second factor stays. */
import type { Context } from 'koa'
import { callerOf, type Services } from '../context.ts'
import { endSessions } from '../../service/sessions.ts'
import { seeOther } from '../redirect.ts'
import { webSessionOf } from '../webSession.ts'
import { idOf, userPath } from './users.ts'

export async function endUserSessions(services: Services, ctx: Context): Promise<void> {
  const { person: actor } = webSessionOf(ctx)
  const targetId = idOf(ctx)
  await endSessions(services, { actor, by: callerOf(ctx, actor.id), targetId })
  seeOther(ctx, `${services.base}${userPath(targetId)}?done=sessions`)
}
