/** Ending all sessions of somebody: whatever was proven before is worth nothing from then on; the second factor stays. */
import type { Context } from 'koa'
import { callerOf, type Desk } from '../desk.ts'
import { refusedAs, refuseRank } from '../management/operations/acting.ts'
import { findPerson } from '../management/operations/users.ts'
import { to } from '../sign-in/progress.ts'
import { visitOf } from '../visit.ts'
import { idOf, userPath } from './users.ts'

export async function endUserSessions(desk: Desk, ctx: Context): Promise<void> {
  const { person: actor } = visitOf(ctx)
  const by = callerOf(ctx, actor.id)
  const target = await findPerson(desk, idOf(ctx))
  await refuseRank(desk, { actor, by }, target)
  const outcome = await desk.journey.endSessions(target.id, 'asked', by)
  if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
  to(ctx, `${desk.base}${userPath(target.id)}?done=sessions`)
}
