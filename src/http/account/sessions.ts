/** Ending sessions of one's own, at once. */
import type { Context } from 'koa'
import type { AuditType } from '../../core/vocabulary.ts'
import { newId } from '../../crypto/tokens.ts'
import { callerOf, type Desk } from '../desk.ts'
import { Refused } from '../refused.ts'
import { to } from '../sign-in/progress.ts'
import { type Visit, visitOf } from '../visit.ts'

export async function endSession(desk: Desk, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const uid = String((ctx['params'] as Record<string, unknown>)['uid'])
  // This one ends by signing out, which tells the browser too.
  if (uid === visit.session.uid) throw new Refused('bad-request')
  if (await desk.sessions.end(visit.person.id, uid)) await tellAudit(desk, ctx, visit, 'session.ended', 'asked')
  to(ctx, `${desk.base}/account?ended=one`)
}

export async function endOtherSessions(desk: Desk, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const { accountId, epoch } = visit.session
  const sessions = await desk.sessions.list(accountId, epoch)
  const others = sessions.filter(({ uid }) => uid !== visit.session.uid)
  const ended = await Promise.all(others.map(({ uid }) => desk.sessions.end(accountId, uid)))
  if (ended.includes(true)) await tellAudit(desk, ctx, visit, 'session.ended', 'asked')
  to(ctx, `${desk.base}/account?ended=others`)
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
