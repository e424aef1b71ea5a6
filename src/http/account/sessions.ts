/** Ending sessions of one's own, at once. */
import type { Context } from 'koa'
import type { AuditType } from '../../core/vocabulary.ts'
import { newId } from '../../crypto/tokens.ts'
import { answerRefusal } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { Refused } from '../refused.ts'
import { to } from '../sign-in/progress.ts'
import { type Visit, visitOf } from '../visit.ts'

export async function endSession(desk: Desk, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const uid = String((ctx['params'] as Record<string, unknown>)['uid'])
  // This one ends by signing out, which tells the browser too.
  if (uid === visit.session.uid) throw new Refused('bad-request')
  const { id } = visit.person
  if (await desk.sessions.has(id, uid)) {
    if (!(await signInsEnded(desk, ctx, id))) return
    await desk.sessions.end(id, uid)
  }
  to(ctx, `${desk.base}/account?ended=one`)
}

export async function endOtherSessions(desk: Desk, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const { accountId, epoch } = visit.session
  // First: a sign-in that becomes a session after this is in the list, or is refused.
  if (!(await signInsEnded(desk, ctx, accountId))) return
  const sessions = await desk.sessions.list(accountId, epoch)
  const others = sessions.filter(({ uid }) => uid !== visit.session.uid)
  await Promise.all(others.map(({ uid }) => desk.sessions.end(accountId, uid)))
  to(ctx, `${desk.base}/account?ended=others`)
}

/** What is no session yet ends with those that are; false: refused, and answered. */
async function signInsEnded(desk: Desk, ctx: Context, accountId: string): Promise<boolean> {
  const outcome = await desk.journey.endSignIns(accountId, callerOf(ctx, accountId))
  if (outcome.is === 'refused') answerRefusal(desk, ctx, outcome.refusal)
  return outcome.is !== 'refused'
}

/** What somebody did to their own account that no record tells of. */
export async function tellAudit(
  desk: Desk,
  ctx: Context,
  { person }: Visit,
  type: AuditType,
  reason: string,
): Promise<void> {
  await desk.audit.append({
    id: newId(),
    at: desk.clock.now(),
    type,
    target: person.id,
    outcome: 'done',
    reason,
    ...callerOf(ctx, person.id),
  })
}
