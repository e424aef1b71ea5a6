/** Where somebody is signed in, and the end of that, for whoever presents it. The second factor stays; only a reset ends that. */
import type { LiveSession } from '../../../oidc/sessions.ts'
import type { Desk } from '../../desk.ts'
import { ProblemError } from '../problem.ts'
import { type Asked, refusedAs, refuseRank } from './acting.ts'
import { findPerson, findUser } from './users.ts'

/** Newest first. */
export async function listSessions(desk: Desk, targetId: string): Promise<readonly LiveSession[]> {
  const { account } = await findUser(desk, targetId)
  return account ? desk.sessions.list(targetId, account.epoch) : []
}

/** One session with everything that it allowed. */
export async function endSession(desk: Desk, asked: Asked & { readonly sessionId: string }): Promise<void> {
  const { by, sessionId } = asked
  const target = await findPerson(desk, asked.targetId)
  await refuseRank(desk, asked, target, 'session.end.refused')
  if (sessionId.length > 200 || !(await desk.sessions.has(target.id, sessionId))) {
    const detail = 'The person has no such session, or it has ended.'
    throw new ProblemError({ status: 404, code: 'session_not_found', detail })
  }
  const outcome = await desk.journey.endSignIns(target.id, by)
  if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
  await desk.sessions.end(target.id, sessionId)
}

/** All of them at once, and every token: whatever was proven before is worth nothing from then on. */
export async function endSessions(desk: Desk, asked: Asked): Promise<void> {
  const target = await findPerson(desk, asked.targetId)
  await refuseRank(desk, asked, target, 'session.end.refused')
  const outcome = await desk.journey.endSessions(target.id, 'asked', asked.by)
  if (outcome.is === 'refused') throw refusedAs(desk, outcome.refusal)
}
