/** Where somebody is signed in, and the end of that, for whoever presents it. The second factor stays; only a reset ends that. */
import type { LiveSession } from '../oidc/sessions.ts'
import type { Services } from '../http/context.ts'
import { ProblemError } from '../http/problem.ts'
import { type Action, refusedAs, refuseUnauthorised } from './authority.ts'
import { findPerson, findUser } from './users.ts'

/** Newest first. */
export async function listSessions(services: Services, targetId: string): Promise<readonly LiveSession[]> {
  const { account } = await findUser(services, targetId)
  return account ? services.sessions.list(targetId, account.epoch) : []
}

/** One session with everything that it allowed. */
export async function endSession(services: Services, action: Action & { readonly sessionId: string }): Promise<void> {
  const { by, sessionId } = action
  const target = await findPerson(services, action.targetId)
  await refuseUnauthorised(services, action, target, 'session.end.refused')
  if (sessionId.length > 200 || !(await services.sessions.has(target.id, sessionId))) {
    const detail = 'The person has no such session, or it has ended.'
    throw new ProblemError({ status: 404, code: 'session_not_found', detail })
  }
  const outcome = await services.enrolments.endSignIns(target.id, by)
  if (outcome.is === 'refused') throw refusedAs(services, outcome.refusal)
  await services.sessions.end(target.id, sessionId)
}

/** All of them at once, and every token: whatever was proven before is worth nothing from then on. */
export async function endSessions(services: Services, action: Action): Promise<void> {
  const target = await findPerson(services, action.targetId)
  await refuseUnauthorised(services, action, target, 'session.end.refused')
  const outcome = await services.enrolments.endSessions(target.id, 'asked', action.by)
  if (outcome.is === 'refused') throw refusedAs(services, outcome.refusal)
}
