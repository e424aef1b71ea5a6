/** Ends sessions of the person who is signed in. */
import type { Context } from 'koa'
import type { AuditType } from '../../core/effect.ts'
import { newId } from '../../crypto/tokens.ts'
import { answerRefusal } from '../refusalPages.ts'
import { callerOf, type Services } from '../context.ts'
import { Refused } from '../requestError.ts'
import { seeOther } from '../redirect.ts'
import { webSessionOf } from '../webSession.ts'
import { endedPath } from './notices.ts'

export async function endSession(services: Services, ctx: Context): Promise<void> {
  const webSession = webSessionOf(ctx)
  const uid = String((ctx['params'] as Record<string, unknown>)['uid'])
  // The current session ends by a sign-out, which clears the cookies too.
  if (uid === webSession.session.uid) throw new Refused('bad-request')
  const { id } = webSession.person
  if (await services.sessions.has(id, uid)) {
    if (!(await signInsEnded(services, ctx, id))) return
    await services.sessions.end(id, uid)
  }
  seeOther(ctx, endedPath(services, ctx, 'one'))
}

export async function endOtherSessions(services: Services, ctx: Context): Promise<void> {
  const webSession = webSessionOf(ctx)
  const { accountId, epoch } = webSession.session
  // First, so that a sign-in that completes meanwhile is in the list or is refused.
  if (!(await signInsEnded(services, ctx, accountId))) return
  const sessions = await services.sessions.list(accountId, epoch)
  const others = sessions.filter(({ uid }) => uid !== webSession.session.uid)
  await Promise.all(others.map(({ uid }) => services.sessions.end(accountId, uid)))
  seeOther(ctx, endedPath(services, ctx, 'others'))
}

/** Ends sign-ins in progress too; false: refused, and already answered. */
async function signInsEnded(services: Services, ctx: Context, accountId: string): Promise<boolean> {
  const outcome = await services.signIns.endSignIns(accountId, callerOf(ctx, accountId))
  if (outcome.is === 'refused') answerRefusal(services, ctx, outcome.refusal)
  return outcome.is !== 'refused'
}

/** For acts of a person on their own account that no account record keeps. */
export async function appendAuditLine(
  services: Services,
  ctx: Context,
  type: AuditType,
  reason: string,
): Promise<void> {
  const { person } = webSessionOf(ctx)
  const line = { type, target: person.id, outcome: 'done' as const, reason, ...callerOf(ctx, person.id) }
  await services.audit.append({ id: newId(), at: services.clock.now(), ...line }, { durable: true })
}
