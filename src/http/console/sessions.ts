/** Ending all sessions of somebody: whatever was proven before is worth nothing from then on; the second factor stays. */
import type { Context } from 'koa'
import { callerOf, type Desk } from '../desk.ts'
import { endSessions } from '../management/operations/sessions.ts'
import { to } from '../sign-in/progress.ts'
import { visitOf } from '../visit.ts'
import { idOf, userPath } from './users.ts'

export async function endUserSessions(desk: Desk, ctx: Context): Promise<void> {
  const { person: actor } = visitOf(ctx)
  const targetId = idOf(ctx)
  await endSessions(desk, { actor, by: callerOf(ctx, actor.id), targetId })
  to(ctx, `${desk.base}${userPath(targetId)}?done=sessions`)
}
